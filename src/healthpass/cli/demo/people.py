"""The demonstration's second half: people without a phone, people who help them, and a hospital's green channel."""

from __future__ import annotations

from datetime import timedelta, timezone
from io import BytesIO
from pathlib import Path

import click
from nacl.utils import random

from healthpass import Color, Decision, RefusalCode
from healthpass.attester import (
    OTHER,
    PASSPORT,
    RESIDENT_ID,
    DailyKeys,
    Document,
    Person,
    QueryAnswerer,
    QueryMemory,
)
from healthpass.attester.audit.log import AuditLog, check_log
from healthpass.authority import PlaceClass, encode_place_text
from healthpass.cli import qr
from healthpass.cli.context import write
from healthpass.cli.demo.country import BUSY_AREA, Country, enrol
from healthpass.cli.demo.narration import Story, said
from healthpass.crypto.signer import SoftwareSigner
from healthpass.formats import cose
from healthpass.formats.batch import parse_batch
from healthpass.formats.station import MAX_SIZE, parse_station
from healthpass.formats.text import decode_text
from healthpass.issuer import ListedStation, StationIssuer, StationList
from healthpass.paper import Language, card, passes_of, to_pdf
from healthpass.station import Desk, Voucher
from healthpass.station.survey import answer, encode_answers, grounds_digest
from healthpass.station.survey_form import CHOICE, DATE, TEXT, YES_NO, form_from_toml, shipped_form
from healthpass.trust.signed import open_signed
from healthpass.verifier import Verifier

DPI = 300
BLUR = 0.25
"""Millimetres: the standard deviation of the blur."""
GRANDMOTHER, NEIGHBOUR = "11010519491231002X", "440524188001010014"
"""Numbers with good check characters that stand in textbooks."""
TYPED = {TEXT: "none", DATE: "2026-01-01", YES_NO: "no", CHOICE: "1"}
"""What is answered to the survey: the demonstration has nobody to ask. A number is the least that it may be."""


def grandmother(story: Story, country: Country, file: Path) -> None:
    """A card, printed, photographed badly, and compared with her identity card and with a neighbour's."""
    own, other = Document(RESIDENT_ID, GRANDMOTHER), Document(RESIDENT_ID, NEIGHBOUR)
    person = Person("绿", country.seeds().of(own))
    request = country.north.attest_paper(country.content, person, now=country.now)
    claims = parse_batch(country.issuer.issue(request, now=country.now))
    windows = {key.window.kid: key.window for key in country.issuer.windows}
    china = timezone(timedelta(hours=8))
    write(file, to_pdf(card(passes_of(claims, windows, now=country.now), Language.shipped("en"), china)))
    story.tell(
        "A grandmother has no phone: the region makes a seed of her identity card's number",
        "Under a key that regions and scanners share. Of the seed the platform makes two bytes of a pass;",
        "it never sees the number.",
        f"Her pass has {len(claims[0])} bytes. It is printed as a card of the size of a bank card.",
    )
    (text,) = _photographed(file)
    outcome = country.scanner.decide(text, now=country.now, documents=[own])
    story.tell(
        f"The card, printed at {DPI} dpi and photographed out of focus ({BLUR} mm), with her identity card",
        said(outcome),
    )
    story.expect(
        "Her card with a neighbour's identity card (which would fit once in 65,536)",
        country.scanner.decide(text, now=country.now, documents=[other]),
        Decision.REFUSE,
        RefusalCode.DOCUMENT_MISMATCH,
    )
    own.wipe()
    other.wipe()


def family(story: Story, country: Country) -> None:
    """Three people on one phone, and two of them at the gate."""
    wallet = country.wallet()
    documents = [Document(OTHER, f"FAMILY{number}") for number in range(3)]
    seeds = country.seeds()
    people = [Person(color, seeds.of(each)) for color, each in zip(("绿", "黄", "绿"), documents, strict=True)]
    enrol(country, wallet, country.north, *people)
    all_three = wallet.present(now=country.now, place=country.station).text
    outcome = country.scanner.decide(all_three, now=country.now, documents=documents[::-1])
    two = wallet.present(now=country.now, place=country.station, people=[1, 2]).text
    pair = country.scanner.decide(two, now=country.now, documents=documents[1:])
    story.tell(
        "A family of three on one phone: one picture, three documents in any order",
        f"{said(outcome)} ({len(decode_text(all_three))} bytes, {qr.draw(all_three).designator}).",
        f"Later only two of them are there, and only two are shown: {said(pair)}.",
    )
    again = wallet.present(now=country.now, place=country.station).text
    story.expect(
        "The family, with another's document in place of one of theirs",
        country.scanner.decide(again, now=country.now, documents=[*documents[:2], Document(OTHER, "ANOTHER1")]),
        Decision.REFUSE,
        RefusalCode.DOCUMENT_MISMATCH,
    )


def traveller(story: Story, country: Country) -> None:
    """The green channel: a person whom a region knows, and one whom nobody knows."""
    now, hospital_key = country.now, SoftwareSigner()
    certificate = country.registrar.certify_station(hospital_key.public_key, BUSY_AREA, now=now)
    poster = encode_place_text(country.registrar.certify(PlaceClass.HOSPITAL, BUSY_AREA, now=now))
    store, scanner = country.scanner_at(poster, "hospital")
    story.tell(
        "Somebody with nothing at all comes to a hospital",
        f"By the check policy the gate's answer is {scanner.decide(None, now=now).decision.name}: a person is helped, "
        "not turned away.",
    )
    station = parse_station(open_signed(certificate, cose.STATION, MAX_SIZE).payload)
    country.issuer.stations = StationList([ListedStation("Hospital", station.id, station.key)])
    desk = Desk(hospital_key, certificate, store)
    file = country.folder / "audit.log"
    with AuditLog.open(file, key=random(32)) as log:
        _asked(story, country, desk, scanner, log)
        _unknown(story, country, desk, Voucher(hospital_key, certificate, store), scanner, log)
        size = log.size
    report = check_log(file)
    story.tell(
        "The region's log of such questions",
        f"{size} entries, chained, {'sound' if report.sound else 'damaged'}: which station, when, what kind of answer; "
        "no number.",
    )


def _ask(
    country: Country, desk: Desk, document: Document, known: Person | None, log: AuditLog
) -> tuple[int, str | None]:
    """A question to the South and its answer, relayed by the platform. Returns the bytes that it saw."""
    now, region = country.now, country.south_signer
    keys = DailyKeys(region, QueryMemory(None))
    (sealing_key, *_) = keys.rotate(now=now)
    south = QueryAnswerer(
        region,
        keys,
        country.store,
        look_up=lambda asked: known if asked == document else None,
        issue=lambda request: country.issuer.issue(request, now=now),
        audit=log,
        stations=country.issuer.stations,
    )
    certificate = country.registrar.certify_region(region.public_key, "South", now=now)
    question = desk.ask(document, certificate, sealing_key, consent=True, now=now)
    answered = south.answer(question.envelope, now=now)
    return len(question.envelope) + len(answered), question.answer(answered, now=now)


def _asked(story: Story, country: Country, desk: Desk, scanner: Verifier, log: AuditLog) -> None:
    document = Document(PASSPORT, "L898902C3")
    known = Person("low", country.seeds().of(document))
    size, text = _ask(country, desk, document, known, log)
    if text is None:
        raise click.ClickException("the South knows this traveller and should have said so")
    outcome = scanner.decide(text, now=country.now, documents=[Document(PASSPORT, "L898902C3")])
    story.tell(
        "A traveller from the South consents: the desk asks the South, sealed, through the platform",
        f"The platform has seen {size} bytes, as for every question. The answer is a pass for today:",
        said(outcome) + " with the passport.",
    )


def _unknown(story: Story, country: Country, desk: Desk, voucher: Voucher, scanner: Verifier, log: AuditLog) -> None:
    size, text = _ask(country, desk, Document(PASSPORT, "C01X00T47"), None, log)
    if text is not None:
        raise click.ClickException("nobody knows this traveller")
    form, document = form_from_toml(shipped_form()), Document(PASSPORT, "C01X00T47")
    typed = {each.id: answer(each, TYPED.get(each.kind, str(each.least)), "en") for each in form.questions}
    filled_in = {name: value for name, value in typed.items() if value is not None}
    answers = encode_answers(form, filled_in, "en", country.now)
    grounds = grounds_digest(answers, random(16))
    attestation = voucher.vouch(document, Color.YELLOW, grounds, now=country.now)
    batch = StationIssuer(country.issuer, country.ledger, country.store).issue(attestation, now=country.now)
    text = voucher.accept(attestation, batch, now=country.now)
    outcome = scanner.decide(text, now=country.now, documents=[document])
    story.tell(
        f"A traveller whom no region knows ({size} bytes again: not even that shows)",
        "The survey is filled in by hand and stays at the desk. The station vouches; the platform issues a pass for",
        f"today under everybody's key: {said(outcome)}.",
        f"Its {len(decode_text(text))} bytes do not tell the hospital.",
    )
    document.wipe()


def _photographed(file: Path) -> list[str]:
    """What a reader finds in the printed page after a bad photograph, which is left beside it."""
    import pypdfium2  # type: ignore[import-untyped]  # lazy: nothing else of the command line draws a PDF
    from PIL import ImageFilter

    data = BytesIO()
    with pypdfium2.PdfDocument(file) as pdf:
        picture = pdf[0].render(scale=DPI / 72).to_pil().convert("L")
    picture.filter(ImageFilter.GaussianBlur(BLUR * DPI / 25.4)).save(data, "PNG")
    photograph = file.with_name(f"{file.stem}-photographed.png")
    write(photograph, data.getvalue())
    return qr.read_image(photograph)
