"""The entries that read one message or file, and know nobody."""

from __future__ import annotations

from functools import partial

from healthpass.crypto import ed25519
from healthpass.crypto.envelope import open_padded, seal_padded
from healthpass.crypto.keyfile import (
    encode_public_key,
    encode_roots,
    parse_document_key,
    parse_private_key,
    parse_public_key,
    parse_roots,
    parse_sealing_key,
    parse_sealing_public_key,
)
from healthpass.crypto.sealing import seal
from healthpass.crypto.signer import sign_message
from healthpass.formats import base45, cbor, cose
from healthpass.formats.area_table import parse_area_table
from healthpass.formats.assisted import parse_answer, parse_daily_key, parse_query
from healthpass.formats.assisted_envelope import parse_answer_envelope, parse_query_envelope, unpad
from healthpass.formats.attestation import parse_attestation, parse_issue_request
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import parse_claim
from healthpass.formats.document import MAX_INPUT_CHARS, OTHER, PASSPORT, RESIDENT_ID, Document
from healthpass.formats.document_keys import parse_delivery, parse_keys
from healthpass.formats.enrolment import parse_key_request, parse_offer, parse_opening
from healthpass.formats.hand_in import encode_hand_in, parse_hand_in
from healthpass.formats.notice import parse_notice
from healthpass.formats.padding import pad as pad_sealed
from healthpass.formats.padding import unpad as unpad_sealed
from healthpass.formats.place import parse_place
from healthpass.formats.presentation import parse_presentation
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import parse_delta, parse_snapshot
from healthpass.formats.station import parse_region, parse_station
from healthpass.formats.station_attestation import parse_station_attestation
from healthpass.formats.text import decode_text
from healthpass.formats.trust_list import encode_trust_list, parse_trust_list
from healthpass.trust.places import open_place
from healthpass.trust.signed import open_signed
from healthpass.trust.stations import open_station
from tests.documents import SCANNER
from tests.entries import honest
from tests.entries.entry import Entry, plain, text
from tests.entries.hostile import MEGABYTE, TEXT
from tests.issuing import REGION
from tests.making import NOW, ROOTS, signer
from tests.placing import make_place, placed_list
from tests.stations import CERTIFICATE, station_list

_LIST, _STATIONS = placed_list(), station_list()


def _filter(data: bytes) -> None:
    opened = RevocationFilter(data)
    opened.check()


def _small(name: str, call: object, most: int = MEGABYTE) -> Entry:
    return Entry(f"format: {name}", (f"formats.{name}",), plain(call), most=most)  # type: ignore[arg-type]  # of bytes


def _payload(data: bytes, typ: str) -> bytes:
    return cose.decode_sign1(data, typ, MEGABYTE).payload


_OF_NUMBERS = (
    "formats.document.lines_to_come",
    "formats.machine_zone.check_digit",
    "formats.machine_zone.lines_to_come",
    "formats.machine_zone.number_of",
    "formats.typed.is_invisible",
    "formats.typed.joined",
    "formats.typed.marked",
)

FORMATS = [
    Entry(
        "format: CBOR",
        (
            "formats.cbor.read_bytes",
            "formats.cbor.read_head",
            "formats.cbor.decode",
        ),
        plain(cbor.decode),
    ),
    Entry("format: base45", ("formats.base45.decode",), text(base45.decode), TEXT, base45.MAX_CHARS),
    Entry("format: text of a pass", ("formats.text.decode_text",), text(decode_text), TEXT, base45.MAX_CHARS),
    Entry(
        "format: a signed message",
        ("formats.cose.decode_sign1", "formats.cose.type_of", "trust.signed.open_signed"),
        plain(lambda data: open_signed(data, cose.ATTESTATION, MEGABYTE)),
        honest=lambda: {"a megabyte that is signed": sign_message(REGION, cose.ATTESTATION, bytes(MEGABYTE - 256))},
    ),
    Entry(
        "format: one that several sign",
        ("formats.cose.decode_sign",),
        plain(lambda data: cose.decode_sign(data, cose.TRUST_LIST, MEGABYTE)),
    ),
    Entry(
        "format: a trust list",
        ("formats.trust_list.parse_trust_list",),
        plain(parse_trust_list),
        honest=lambda: {"2,048 windows": encode_trust_list(honest.list_content())},
    ),
    Entry(
        "format: hand-in",
        ("formats.hand_in.parse_hand_in",),
        plain(parse_hand_in),
        most=262_144,
        honest=lambda: {"2,048 windows": encode_hand_in("national", honest.windows())},
    ),
    Entry(
        "format: an area table",
        ("formats.area_table.parse_area_table",),
        plain(parse_area_table),
        honest=lambda: {"131,072 areas": _payload(honest.area_table(), cose.AREA_TABLE)},
    ),
    Entry(
        "format: a snapshot",
        ("formats.revocation.messages.parse_snapshot",),
        plain(parse_snapshot),
        honest=lambda: {"2,048 windows": _payload(honest.snapshot()[0], cose.SNAPSHOT)},
    ),
    Entry(
        "format: a delta",
        ("formats.revocation.messages.parse_delta",),
        plain(parse_delta),
        honest=lambda: {"260,000 slots": _payload(honest.delta(), cose.DELTA)},
    ),
    Entry(
        "format: a filter",
        ("formats.revocation.filter.RevocationFilter.__init__", "trust.revocations.check_filter"),
        plain(_filter),
        honest=lambda: {"0.9 MB": next(each for each in honest.snapshot(1)[1].values() if len(each) > 9999)},
        work="each block of the filter counted, once when it comes",
    ),
    Entry(
        "format: an attestation",
        ("formats.attestation.parse_attestation",),
        plain(parse_attestation),
        honest=lambda: {"eight people": _payload(honest.family_attestation(), cose.ATTESTATION)},
    ),
    Entry(
        "format: a batch",
        ("formats.batch.parse_batch",),
        plain(parse_batch),
        honest=lambda: {"6,900 claims": honest.batch_of_a_family()},
    ),
    Entry(
        "format: a wallet's answer",
        ("formats.enrolment.parse_key_request",),
        plain(parse_key_request),
        most=300_000,
        honest=lambda: {"for 4,096 keys": honest.key_request()},
    ),
    Entry(
        "format: a wallet's opening",
        ("formats.enrolment.parse_opening",),
        plain(parse_opening),
        most=262_144,
        honest=lambda: {"4,096 keys": honest.opening()},
    ),
    Entry(
        "format: an issue request",
        ("formats.attestation.parse_issue_request",),
        plain(parse_issue_request),
        most=300_000,
        honest=lambda: {"for 4,096 keys": honest.issue_request()},
    ),
    Entry(
        "format: what was sealed during enrolment",
        ("formats.padding.unpad",),
        plain(unpad_sealed),
        honest=lambda: {"an opening": pad_sealed(honest.opening())},
    ),
    _small("enrolment.parse_offer", parse_offer, 2048),
    Entry(
        "format: claim.parse_claim",
        ("formats.claim.parse_claim", "formats.claim.read_fields", "formats.template.Template.matches"),
        plain(parse_claim),
        most=151,
    ),
    _small("presentation.parse_presentation", parse_presentation, 2800),
    _small("place.parse_place", parse_place, 512),
    _small("notice.parse_notice", parse_notice),
    _small("station.parse_station", parse_station),
    _small("station.parse_region", parse_region),
    _small("station_attestation.parse_station_attestation", parse_station_attestation),
    _small("document_keys.parse_delivery", parse_delivery),
    _small("document_keys.parse_keys", parse_keys),
    _small("assisted.parse_daily_key", parse_daily_key),
    _small("assisted.parse_query", parse_query),
    _small("assisted.parse_answer", parse_answer),
    _small("assisted_envelope.parse_query_envelope", parse_query_envelope),
    _small("assisted_envelope.parse_answer_envelope", parse_answer_envelope),
    _small("assisted_envelope.unpad", partial(unpad, size=512)),
    Entry(
        "trust: a place",
        ("trust.places.open_place",),
        plain(lambda data: open_place(data, _LIST)),
        most=512,
        honest=lambda: {"a place": make_place()},
    ),
    Entry(
        "trust: a station",
        ("trust.stations.open_station", "trust.stations.registrar_of"),
        plain(lambda data: open_station(data, _STATIONS, NOW)),
        most=512,
        honest=lambda: {"a certificate": CERTIFICATE},
    ),
    *(
        Entry(
            f"document number: {kind}",
            ("formats.document.Document.__init__", *_OF_NUMBERS),
            text(partial(Document, kind)),
            TEXT,
            MAX_INPUT_CHARS,
        )
        for kind in (RESIDENT_ID, PASSPORT, OTHER)
    ),
    *(
        Entry(
            f"key file: {name}",
            (f"crypto.keyfile.{name}",),
            text(call),
            TEXT,
            65_536,
            lambda: {"a key": encode_public_key(bytes(32)).encode()},
        )
        for name, call in (
            ("parse_public_key", parse_public_key),
            ("parse_private_key", parse_private_key),
            ("parse_sealing_key", parse_sealing_key),
            ("parse_sealing_public_key", parse_sealing_public_key),
            ("parse_document_key", parse_document_key),
        )
    ),
    Entry(
        "key file: roots",
        ("crypto.keyfile.parse_roots", "crypto.keyfile.is_sealed_key"),
        text(parse_roots),
        TEXT,
        65_536,
        lambda: {"a root": encode_roots(ROOTS).encode()},
    ),
    Entry(
        "sealed box",
        ("crypto.sealing.SealingKey.open",),
        plain(SCANNER.open),
        honest=lambda: {"a megabyte": seal(SCANNER.public_key, bytes(MEGABYTE - 48))},
    ),
    Entry(
        "sealed box: what was sealed during enrolment",
        ("crypto.envelope.open_padded",),
        plain(lambda data: open_padded(SCANNER, data)),
        honest=lambda: {"an opening": seal_padded(SCANNER.public_key, honest.opening())},
    ),
    Entry(
        "signature",
        ("crypto.ed25519.verify",),
        plain(lambda data: ed25519.verify(signer(1).public_key, data, bytes(64))),
    ),
    Entry("hash", ("crypto.ed25519.sha512",), plain(ed25519.sha512)),
]
