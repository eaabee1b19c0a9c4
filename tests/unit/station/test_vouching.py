"""The station as an attester: for whom and when it vouches, and which pass it takes for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from healthpass import Color
from healthpass.authority import Registrar
from healthpass.crypto.document_tag import document_seed
from healthpass.errors import AttestationRefused, BadInput, FormatError, StationRefused, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.batch import encode_batch, parse_batch
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.platform import Platform
from healthpass.formats.station_attestation import MAX_SIZE, StationAttestation, parse_station_attestation
from healthpass.formats.text import decode_text
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.issuer import SQLiteLedger, StationIssuer
from healthpass.station import Voucher
from healthpass.trust.signed import open_signed
from healthpass.verifier import TrustStore
from tests.documents import DOCUMENT_KEY, SCANNER, bound_claim, deliver, documents_store, grandmother, neighbour
from tests.issuing import make_issuer
from tests.making import (
    DAY,
    NOW,
    PLATFORM,
    ROOTS,
    TOMORROW,
    WINDOW,
    make_claim,
    make_verifier,
    sign_claim,
    sign_trust_list,
    signer,
)
from tests.raising import raises, raises_one_of
from tests.stations import (
    CERTIFICATE,
    GROUNDS,
    OTHER_STATION,
    STATION,
    certificate,
    station_list,
    stations_of,
    vouch,
)

LIST = station_list()


def voucher(trust_list: TrustList = LIST, **more: Any) -> Voucher:
    """A station that holds this list and the document key; `more` is what a test wants to be different."""
    values: dict[str, Any] = {"signer": STATION, "certificate": CERTIFICATE, **more}
    return Voucher(store=documents_store(trust_list=trust_list), **values)


def content_of(data: bytes) -> StationAttestation:
    return parse_station_attestation(open_signed(data, cose.STATION_ATTESTATION, MAX_SIZE).payload)


def vouched(by: Voucher, now: int = NOW) -> bytes:
    with grandmother() as document:
        return by.vouch(document, Color.YELLOW, GROUNDS, now=now)


def test_what_it_says() -> None:
    """A period and a seed; neither a kid nor a number."""
    station = voucher()
    station.check(now=NOW)
    data = vouched(station)
    made = content_of(data)
    assert (made.valid_from, made.expires) == (WINDOW.valid_from, WINDOW.expires)
    assert made.seed == document_seed(
        DOCUMENT_KEY, WINDOW.valid_from, WINDOW.expires, grandmother().type, grandmother().number
    )
    assert (made.color, made.grounds, made.certificate, made.issued) == (Color.YELLOW, GROUNDS, CERTIFICATE, NOW)
    assert WINDOW.kid not in data
    assert bytes(grandmother().number) not in data
    assert content_of(vouched(station)).reference != made.reference
    assert repr(station) == "Voucher(...)"


def test_the_platform_issues_what_it_vouches_for_and_it_takes_it(tmp_path: Path) -> None:
    ledger = SQLiteLedger(tmp_path / "ledger")
    stations = StationIssuer(make_issuer(ledger, stations=stations_of()), ledger, LIST)
    station = voucher()
    data = vouched(station)
    text = station.accept(data, stations.issue(data, now=NOW), now=NOW + 60)
    assert make_verifier().verify(text, now=NOW).colors == (Color.YELLOW,)
    assert len(decode_text(text)) == 108


def closed(window: Window = WINDOW, **more: Any) -> Window:
    values = dict(zip(("kid", "key", "valid_from", "expires", "capacity", "bindings"), window.values(), strict=False))
    return Window(**{**values, "document_key_id": b"doc0", **more})


LONG = closed(expires=WINDOW.valid_from + 26 * 3600 + 1)
JUST = closed(expires=WINDOW.valid_from + 26 * 3600)
NOT_NOW: dict[str, tuple[TrustList, int]] = {
    "not yet": (LIST, WINDOW.valid_from - 1),
    "all over": (station_list(expires=TOMORROW.expires + DAY), TOMORROW.expires),
    "no paper": (station_list(windows=[closed(bindings=Binding.DEVICE)]), NOW),
    "too long": (station_list(windows=[LONG]), NOW),
}


@pytest.mark.parametrize(("listed", "now"), NOT_NOW.values(), ids=NOT_NOW)
def test_no_period_to_vouch_for(listed: TrustList, now: int) -> None:
    """Said before anybody answers a survey for nothing, and again when it vouches."""
    issued = station_list(issued=min(listed.issued, now), expires=listed.expires, windows=listed.windows.values())
    station = voucher(issued, certificate=certificate(now=min(NOW, now) - DAY))
    for attempt in (lambda: station.check(now=now), lambda: vouched(station, now)):
        with pytest.raises(
            AttestationRefused, match="the trust list has no period of now of at most 26 hours"
        ) as caught:
            attempt()
        assert caught.value.code == "no-period"


def test_a_period_of_26_hours() -> None:
    assert content_of(vouched(voucher(station_list(windows=[JUST])))).expires == JUST.expires


def test_which_platform() -> None:
    listed = station_list(platforms=[Platform("a", (WINDOW.kid,)), Platform("b", (TOMORROW.kid,))])
    for name, code in ((None, "which-platform"), ("c", "unknown-platform"), ("b", "no-period")):
        with pytest.raises(AttestationRefused) as caught:
            vouched(voucher(listed, platform=name))
        assert caught.value.code == code
    assert content_of(vouched(voucher(listed, platform="a"))).expires == WINDOW.expires
    assert content_of(vouched(voucher(platform=PLATFORM))).expires == WINDOW.expires


@pytest.mark.parametrize(
    ("more", "kind", "code"),
    [
        ({"certificate": certificate(OTHER_STATION)}, StationRefused, "other-key"),
        ({"certificate": certificate(now=NOW - 40 * DAY)}, StationRefused, "certificate-expired"),
        ({"certificate": b""}, FormatError, "malformed"),
        ({"certificate": certificate(registrar=Registrar(signer(77)))}, StationRefused, "not-a-registrar"),
        ({"trust_list": station_list(risk_keys=(STATION.public_key,))}, TrustListRefused, "two-roles"),
    ],
    ids=["another's", "expired", "none", "no registrar's", "another role"],
)
def test_a_station_that_nobody_would_believe(more: dict[str, Any], kind: type[BadInput], code: str) -> None:
    station = voucher(**more)
    for attempt in (lambda: station.check(now=NOW), lambda: vouched(station)):
        with pytest.raises(kind) as caught:
            attempt()
        assert caught.value.code == code


def test_without_the_document_key_or_a_trust_list() -> None:
    bare = TrustStore(ROOTS, sealing_key=SCANNER)
    station = Voucher(STATION, CERTIFICATE, bare)
    with raises(
        StationRefused,
        "no-trust-list",
        "the trust list is missing, expired or ahead of the clock; fetch the newest, and set the clock",
    ):
        station.check(now=NOW)
    bare.update_trust_list(sign_trust_list(LIST), now=NOW)
    with raises(StationRefused, "no-document-key", "the document key of the period is not here: fetch the keys"):
        vouched(station)
    bare.update_document_keys(deliver(), now=NOW)
    assert vouched(station)


def test_a_wiped_document() -> None:
    document = grandmother()
    document.wipe()
    with pytest.raises(ValueError, match="wiped"):
        voucher().vouch(document, Color.GREEN, GROUNDS, now=NOW)


@pytest.mark.parametrize("grounds", [b"", bytes(31), bytes(33)])
def test_grounds_are_32_bytes(grounds: bytes) -> None:
    with grandmother() as document, raises(FormatError, "malformed", "digest of the grounds: not 32 bytes"):
        voucher().vouch(document, Color.GREEN, grounds, now=NOW)


def paper(**more: Any) -> bytes:
    """What the platform would issue for the grandmother, in yellow; `more` is what a test wants to be different."""
    values: dict[str, Any] = {"document": grandmother(), "color": Color.YELLOW, "binding": Binding.DOCUMENT, **more}
    return bound_claim(**values)


def moved() -> bytes:
    claim = parse_claim(paper(slot=1))
    claim.slot = 2
    return sign_claim(claim)


OTHER_PASSES: dict[str, tuple[list[bytes], str]] = {
    "another's": ([paper(document=neighbour())], "other-pass"),
    "another colour": ([paper(color=Color.GREEN)], "other-pass"),
    "two": ([paper(slot=1), paper(slot=2)], "other-pass"),
    "with the tag of another slot": ([moved()], "other-pass"),
    "a phone's": ([make_claim()], "not-a-paper-pass"),
    "not signed": ([paper()[:-64] + bytes(64)], "bad-claim-signature"),
}


@pytest.mark.parametrize("name", OTHER_PASSES)
def test_a_pass_that_it_does_not_take(name: str) -> None:
    claims, code = OTHER_PASSES[name]
    station = voucher()
    data = vouched(station)
    with pytest.raises(StationRefused) as caught:
        station.accept(data, encode_batch(claims), now=NOW)
    assert caught.value.code == code
    assert parse_batch(encode_batch([decode_text(station.accept(data, encode_batch([paper()]), now=NOW))]))


def test_a_pass_of_another_period() -> None:
    """Tomorrow's, when tomorrow has come: it was vouched for today."""
    station = voucher(certificate=certificate(now=NOW))
    data = vouched(station)
    with pytest.raises(StationRefused) as caught:
        station.accept(data, encode_batch([paper()]), now=WINDOW.expires)
    assert caught.value.code == "window-not-open"


def test_an_attestation_of_another_station() -> None:
    with raises(
        StationRefused, "other-station", "the attestation was made with another station's key; take it to that station"
    ):
        voucher().accept(vouch(OTHER_STATION), encode_batch([paper()]), now=NOW)
    with raises(
        StationRefused, "other-station", "the attestation was made with another station's key; take it to that station"
    ):
        voucher().revoke(vouch(OTHER_STATION), now=NOW)


@pytest.mark.parametrize("batch", [b"", b"\x82\x01\x80", b"\x80"])
def test_what_is_no_batch(batch: bytes) -> None:
    station = voucher()
    with raises_one_of("malformed"):
        station.accept(vouched(station), batch, now=NOW)
