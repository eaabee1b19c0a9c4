"""`healthpass demo`: the whole story in one minute, with real keys, a real QR picture and a real scanner."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from healthpass import Decision, RefusalCode
from healthpass._shown import groups
from healthpass.attester import Person
from healthpass.cli import qr
from healthpass.cli.context import FOLDER, clock, json_option, now_option, write
from healthpass.cli.demo.country import DAYS, SHOWINGS, Country, enrol, found
from healthpass.cli.demo.narration import Story, said
from healthpass.cli.demo.people import family, grandmother, traveller
from healthpass.cli.output import say, when
from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import PlaceRefused
from healthpass.formats import claim as claim_format
from healthpass.formats import presentation as presentation_format
from healthpass.formats.cose import DELTA, decode_sign1
from healthpass.formats.enrolment import parse_key_request, parse_offer
from healthpass.formats.revocation.messages import MAX_DELTA_SIZE, parse_delta
from healthpass.formats.text import decode_text, encode_text
from healthpass.holder import Wallet
from healthpass.issuer import PublishingOptions

REAL = PublishingOptions()
LEARNT = (
    ("", "this scanner", "a scanner of EU certificates"),
    ("colour, or what it stands for", "yes", "vaccine, dates, doses, test result"),
    ("when it expires", "the end of the window", "yes"),
    ("name", "no field for it", "yes"),
    ("date of birth", "no field for it", "yes"),
    ("who issued it, where", "no field for it", "yes: country, issuer, certificate id"),
    ("the same person as before?", "no: each showing is another claim", "yes: the same bytes every time"),
    ("good for a thief with a picture", "nothing elsewhere, and not here again", "until it expires"),
)


@click.command()
@click.option("--keep", type=FOLDER, help="Leave the picture and the scanner's state in this folder.")
@now_option
@json_option
def demo(keep: Path | None, fixed: int | None, as_json: bool) -> None:
    """Region, platform, phone, QR picture, scanner: a pass from its making to its refusal."""
    story = Story(quiet=as_json)
    with tempfile.TemporaryDirectory() as scratch:
        folder = scratch if keep is None else keep
        Path(folder).mkdir(parents=True, exist_ok=True)
        if any(Path(folder).iterdir()):
            raise click.UsageError("--keep is for a new or an empty folder")
        _play(story, clock(fixed), Path(folder))
    if as_json:
        say({"steps": story.steps}, True)
    else:
        _print_table()


def _play(story: Story, now: int, folder: Path) -> None:
    country = found(now, folder)
    with country.ledger:
        _tell(story, country, folder)


def _tell(story: Story, country: Country, folder: Path) -> None:
    story.tell(
        "The roots",
        f"2 of 3 offline keys sign a trust list of {len(country.trust_list)} bytes: for each of {DAYS} days a signing",
        "key, the keys to seal to, and where people may be checked. Phones and scanner pin the three",
        "keys. The scanner is offline now.",
    )
    wallet = country.wallet()
    enrolled = enrol(country, wallet, country.north, Person("绿"))
    story.tell(
        "The region vouches, the platform signs",
        "The phone makes its keys, seals them to the platform, and gives the region a commitment and the sealed bytes.",
        f'"Whoever holds the keys behind this commitment is 绿": with what is sealed, {enrolled.request} bytes.',
        f"The platform opens it, knows that 绿 is green in the North, and signs {enrolled.claims} one-time claims,",
        f"sealed: {enrolled.batch} bytes.",
        "The phone has checked each of them byte by byte, and that chance has drawn the key that they are signed with.",
    )
    text = _show(story, country, wallet, folder / "pass.png")
    _region_saw(story, country, text)
    _refusals(story, country, wallet, text)
    _second_showing(story, country, wallet, text)
    southern = _other_region(story, country, text)
    _quiet_area(story, country, wallet)
    _lost_phone(story, country, wallet, southern)
    grandmother(story, country, folder / "card.pdf")
    family(story, country)
    traveller(story, country)


def _show(story: Story, country: Country, wallet: Wallet, picture: Path) -> str:
    showing = wallet.present(now=country.now, place=country.station)
    write(picture, qr.png(showing.text))
    symbol = qr.draw(showing.text)
    story.tell(
        "The phone has read the poster of a station, and shows a pass for it",
        f"{len(decode_text(showing.text))} bytes, {len(showing.text)} characters, QR {symbol.designator}:",
    )
    if not story.quiet:
        qr.show_symbol(showing.text)
    (text,) = qr.read_image(picture)
    outcome = country.scanner.decide(text, now=country.now)
    expires = story.accepted(outcome).expires
    again = country.scanner.decide(text, now=country.now + 1)
    story.tell(
        "The scanner of the station reads the picture",
        f"{said(outcome)} until {when(expires)}. That is all it knows.",
        f"A second later its camera has read it once more: {again.decision.name}"
        + (", marked as repeated: the gate opens once." if again.repeated else "."),
    )
    return text


def _region_saw(story: Story, country: Country, text: str) -> None:
    """All that went through the region's hands, beside all that the scanner has just seen."""
    offer, answer, *_ = country.regions_saw
    asked, request = parse_offer(offer), parse_key_request(answer)
    shown = decode_text(text)
    expiry = presentation_format.template_of((claim_format.Binding.DEVICE, True, False, 0)).fields["exp"]
    pieces = {shown[at : at + 6] for at in range(len(shown) - 5) if at + 6 <= expiry.start or at >= expiry.stop}
    common = sum(piece in each for piece in pieces for each in country.regions_saw)
    story.tell(
        "All that the region has seen of this phone",
        f"a commitment: {groups(request.commitment)}",
        f"and {sum(map(len, country.regions_saw))} bytes, of which it can read {asked.keys} keys wanted for "
        f"{len(asked.periods)} periods, and not one of the keys.",
        f"Of the {len(pieces)} pieces of six bytes that the scanner saw (expiry apart), the region has seen {common}.",
    )
    if common:
        raise click.ClickException("region and scanner should have nothing in common")


def _refusals(story: Story, country: Country, wallet: Wallet, text: str) -> None:
    now, decide, refuse = country.now, country.scanner.decide, Decision.REFUSE
    story.expect("The same picture again", decide(text, now=now + 5), refuse, RefusalCode.REPLAYED)
    story.expect(
        "A screenshot, two minutes later",
        decide(text, now=now + 120),
        Decision.ASSIST,
        RefusalCode.PRESENTATION_STALE,
    )
    shown = presentation_format.parse_presentation(decode_text(text))
    claim = shown.claim_bytes[0]
    stolen = presentation_format.unsigned_presentation([claim], shown.iat, shown.audience)
    thief = SoftwareSigner().sign(presentation_format.signed_part(stolen))
    resigned = encode_text(claim_format.with_signature(stolen, thief))
    story.expect(
        "A stolen copy, signed with the thief's key",
        decide(resigned, now=now),
        refuse,
        RefusalCode.BAD_HOLDER_SIGNATURE,
    )
    story.expect(
        "The stolen claim without any signature of its holder",
        decide(encode_text(claim), now=now),
        refuse,
        RefusalCode.HOLDER_PROOF_REQUIRED,
    )
    fresh = bytearray(decode_text(wallet.present(now=now, place=country.station).text))
    at = presentation_format.template_of((claim_format.Binding.DEVICE, True, False, 0)).fields["color"].start
    fresh[at] ^= 0b11
    story.expect(
        "A fresh pass with its colour changed from green to yellow, two bits",
        decide(encode_text(bytes(fresh)), now=now),
        refuse,
        RefusalCode.BAD_CLAIM_SIGNATURE,
    )
    end = shown.claims[0].exp + 60  # so much may a clock be off
    story.expect("The pass a minute after its window", decide(text, now=end), Decision.ASSIST, RefusalCode.EXPIRED)


def _common_fields(text: str, other: str) -> list[str]:
    first, second = (presentation_format.parse_presentation(decode_text(each)).claims[0] for each in (text, other))
    return [name for name in ("kid", "exp", "color", "slot", "key") if getattr(first, name) == getattr(second, name)]


def _second_showing(story: Story, country: Country, wallet: Wallet, text: str) -> None:
    showing = wallet.present(now=country.now, place=country.station)
    outcome = country.scanner.decide(showing.text, now=country.now)
    story.tell(
        "The same person shows another pass",
        f"{said(outcome)}. In common with the first: {', '.join(_common_fields(text, showing.text))}.",
        f"{showing.unused} of {SHOWINGS} showings are left for today.",
    )


def _other_region(story: Story, country: Country, text: str) -> Wallet:
    wallet = country.wallet()
    enrol(country, wallet, country.south, Person("low"))
    showing = wallet.present(now=country.now, place=country.station)
    outcome = country.scanner.decide(showing.text, now=country.now)
    story.tell(
        'Somebody from the South, where green is called "low", shows a pass',
        f"{said(outcome)}. In common with the first: {', '.join(_common_fields(text, showing.text))}: the very same.",
        "So the scanner can tell neither the regions apart nor the people.",
    )
    return wallet


def _quiet_area(story: Story, country: Country, wallet: Wallet) -> None:
    try:
        wallet.present(now=country.now, place=country.market)
    except PlaceRefused as refusal:
        story.tell("A shop in an area of low risk asks: the phone shows nothing", str(refusal))
    else:
        raise click.ClickException("a low-risk area: the phone should have shown nothing")
    _, scanner = country.scanner_at(country.market, "market")
    text = wallet.present(now=country.now, anywhere=True).text
    story.expect(
        "Its scanner, shown a pass all the same",
        scanner.decide(text, now=country.now),
        Decision.NO_CHECK,
        RefusalCode.CHECK_NOT_PERMITTED,
    )


def _lost_phone(story: Story, country: Country, wallet: Wallet, southern: Wallet) -> None:
    publisher, decide, now = country.publisher, country.scanner.decide, country.now + 15 * 60
    done = publisher.revoke_by_code(wallet.recovery_code(), now=country.now)
    delta = publisher.delta(now)
    if delta is None:
        raise click.ClickException("the platform of this country waits for nobody: there should be a delta")
    content = parse_delta(decode_sign1(delta, DELTA, MAX_DELTA_SIZE).payload)
    sizes = " + ".join(str(len(slots)) for slots in content.slots.values())
    story.tell(
        "The phone of the first person is lost",
        f"The recovery code from the slip of paper revokes its {done.claims} claims. The next delta has "
        f"{len(delta)} bytes:",
        f"{sizes} for what is revoked under two windows; the rest is signature, key and times.",
        f"(Where more people live, it waits until {REAL.attestations} attestations are in it, and is filled up with "
        "numbers of nobody.)",
    )
    country.store.update_revocation(delta, now=now)
    lost = wallet.present(now=now, place=country.station).text
    story.expect(
        "The lost phone at the scanner, which has taken the delta and is offline again",
        decide(lost, now=now),
        Decision.REFUSE,
        RefusalCode.REVOKED,
    )
    outcome = decide(southern.present(now=now, place=country.station).text, now=now)
    story.tell(
        "The person from the South at the same scanner", f"{said(outcome)}, as before: nobody is refused by chance."
    )
    country.now = now  # the scanner has seen a later time by now


def _print_table() -> None:
    click.secho("\nWhat a scanner learns", bold=True)
    widths = [max(len(row[column]) for row in LEARNT) for column in range(3)]
    for number, row in enumerate(LEARNT):
        line = "   " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.secho(line, underline=number == 0)
    click.echo()
