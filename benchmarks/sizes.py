"""Bytes, characters and QR version of everything that is shown, beside the same content in other formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import _enrolments, _world, targets
from benchmarks._model import NotMeasured, Part, Table, Target
from benchmarks._world import AUDIENCE, FULL, GROUP, LIVE, NONCE, PAPER, Kind
from healthpass.formats import base45
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text

TITLE = "Sizes: bytes, characters, QR symbols"
BOTH_KINDS = Kind("device and document", binding=Binding.BOTH)
KINDS = (
    LIVE,
    Kind("device, place", audience=AUDIENCE),
    Kind("device, nonce", nonce=NONCE),
    FULL,
    BOTH_KINDS,
    Kind("device and document, place", binding=Binding.BOTH, audience=AUDIENCE),
    GROUP,
    Kind("group of three, place and nonce", binding=Binding.BOTH, audience=AUDIENCE, nonce=NONCE, people=3),
    Kind("group of eight, place and nonce", binding=Binding.BOTH, audience=AUDIENCE, nonce=NONCE, people=8),
    PAPER,
)
Counter = Callable[[str, int, str], int]


def run(rounds: int) -> Part:
    """Counted, not timed: there are no rounds."""
    part = Part(TITLE)
    rows: list[tuple[str, ...]] = []
    make_qr = _qr()

    def count(name: str, size: int, text: str) -> int:
        low, medium = (int(make_qr(text, error=level, boost_error=False).version) for level in "LM")
        rows.append((name, str(size), str(len(text)), f"{low}-L", f"{medium}-M"))
        part.data[name] = {"bytes": size, "characters": len(text), "qr_l": low, "qr_m": medium}
        return low

    for kind in KINDS:
        data = _world.make(kind, 0)
        found = count(f"healthpass, {kind.name}", len(data), encode_text(data))
        limit = targets.SIZES.get(kind.name)
        if limit is not None:
            met = len(data) <= limit.bytes and found <= limit.version
            part.targets.append(Target(f"size: {kind.name}", f"{len(data)} bytes, {found}-L", str(limit), met))
    counted = {keys: _enrolments.sizes(keys) for keys in _enrolments.KEYS}
    part.data["enrolment"] = {str(keys): each for keys, each in counted.items()}
    for peer in (_eu, _sd_jwt, _mdoc):
        try:
            peer(count)
        except ModuleNotFoundError as missing:
            part.notes.append(f"{peer.__name__.strip('_')}: not measured (no module {missing.name}).")
    part.notes.append(_NOTE)
    part.tables.append(Table(("what", "bytes", "characters", "QR, level L", "QR, level M"), rows))
    head = ("enrolment, in one period", *(f"bytes, {keys} keys" for keys in counted))
    messages = next(iter(counted.values()))
    part.tables.append(Table(head, [(name, *(str(each[name]) for each in counted.values())) for name in messages]))
    return part


_NOTE = (
    "Content of the others: a colour and an expiry, and with a holder's proof the holder's key, an audience and a "
    "nonce. Bytes are those before base45; an EU certificate's are compressed. An mdoc is not shown as a QR code in "
    "practice (it goes over NFC or Bluetooth); base45 stands in to compare."
)


def _qr() -> Callable[..., Any]:
    try:
        import segno
    except ModuleNotFoundError:
        raise NotMeasured("there is no module segno") from None
    make: Callable[..., Any] = segno.make_qr
    return make


def _eu(count: Counter) -> None:
    from benchmarks import _peer_eu

    for name, content in (
        ("EU certificate, colour and expiry", {"co": "green"}),
        ("EU certificate, as in use", _peer_eu.VACCINATION),
    ):
        packed, text = _peer_eu.packed_and_text(content)
        count(name, len(packed), text)


def _sd_jwt(count: Counter) -> None:
    from benchmarks import _peer, _peer_sd_jwt

    text = _peer_sd_jwt.make(_peer.p256_key("sd-jwt issuer"), _peer.p256_key("sd-jwt holder 0"))
    count("SD-JWT with key binding", len(text), text)


def _mdoc(count: Counter) -> None:
    from benchmarks import _peer_mdoc

    for name, certified in (("mdoc, without a certificate", False), ("mdoc, with the issuer's certificate", True)):
        message = _peer_mdoc.message(certified)
        count(name, len(message), base45.encode(message))
