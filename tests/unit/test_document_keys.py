"""Document keys on their way: one form, signed by a registrar, sealed to one recipient; all else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.authority import Registrar
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.crypto.signer import sign_message
from healthpass.errors import BadInput, FormatError
from healthpass.formats import cbor, cose
from healthpass.formats.document_keys import (
    MAX_KEYS,
    MAX_SIZE,
    DocumentKeyDelivery,
    encode_delivery,
    encode_keys,
    parse_delivery,
    parse_keys,
)
from healthpass.trust.document_keys import open_document_keys
from tests.documents import (
    DOCUMENT_KEY,
    KEYS,
    NEXT_KEY,
    OTHER_SCANNER,
    REGISTRAR,
    SCANNER,
    deliver,
    documents_list,
)
from tests.making import NOW, STRANGER, signer
from tests.raising import raises, raises_one_of

LIST = documents_list()
KEY_SETS = st.dictionaries(
    st.binary(min_size=4, max_size=4), st.binary(min_size=32, max_size=32), min_size=1, max_size=MAX_KEYS
)
SEALED = seal(SCANNER.public_key, encode_keys(KEYS))


def delivery(**more: object) -> DocumentKeyDelivery:
    values = {"version": 1, "issued": NOW, "expires": NOW + 60, "recipient": bytes(32), "sealed": SEALED, **more}
    return DocumentKeyDelivery(**values)  # type: ignore[arg-type]  # whatever the test wants


def opened(data: bytes, opener: SealingKey = SCANNER) -> dict[bytes, bytes]:
    return open_document_keys(data, LIST, opener)[2]


@given(KEY_SETS)
def test_keys_there_and_back(keys: dict[bytes, bytes]) -> None:
    data = encode_keys(keys)
    assert len(data) == 36 * len(keys)
    assert parse_keys(data) == keys
    assert encode_keys(parse_keys(data)) == data
    message = deliver(keys=keys)
    assert len(message) <= MAX_SIZE
    assert opened(message) == keys


def test_the_largest_message() -> None:
    keys = {bytes((0, 0, 0, n)): bytes(32) for n in range(MAX_KEYS)}
    assert len(deliver(version=2**31, keys=keys)) == 839 < MAX_SIZE
    with pytest.raises(FormatError, match="1 to 16"):
        deliver(keys={**keys, b"more": bytes(32)})
    with pytest.raises(FormatError, match="1 to 16"):
        deliver(keys={})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        encode_keys(KEYS)[:-1],
        encode_keys(KEYS) + b"\x00",
        encode_keys(KEYS) * 2,
        b"b" * 4 + bytes(32) + b"a" * 4 + bytes(32),
        b"".join(n.to_bytes(4, "big") + bytes(32) for n in range(MAX_KEYS + 1)),
    ],
    ids=["none", "cut", "longer", "twice", "out of order", "seventeen"],
)
def test_other_keys_are_refused(data: bytes) -> None:
    with raises(FormatError, "malformed", "document keys: 36 bytes each, in ascending order of ids"):
        parse_keys(data)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({b"doc": bytes(32)}, "document key id: not 4 bytes"),
        ({b"doc00": bytes(32)}, "document key id: not 4 bytes"),
        ({b"doc0": bytes(31)}, "document key: not 32 bytes"),
        ({}, "1 to 16 document keys"),
        ({n.to_bytes(4, "big"): bytes(32) for n in range(17)}, "1 to 16 document keys"),
    ],
)
def test_sizes_of_keys(keys: dict[bytes, bytes], sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        encode_keys(keys)


@given(
    st.integers(1, 2**32 - 1), st.integers(65_536, 2**32 - 2), st.binary(min_size=32, max_size=32), st.integers(1, 16)
)
def test_a_delivery_there_and_back(version: int, issued: int, recipient: bytes, count: int) -> None:
    sealed = bytes(48 + 36 * count)
    made = DocumentKeyDelivery(version, issued, issued + 1, recipient, sealed)
    again = parse_delivery(encode_delivery(made))
    for name in DocumentKeyDelivery.__slots__:
        assert getattr(again, name) == getattr(made, name)
    assert repr(again) == f"DocumentKeyDelivery(version={version})"


BAD_FIELDS = [
    {"version": 0},
    {"version": 2**32},
    {"issued": 0},
    {"expires": NOW},
    {"expires": 2**32},
    {"recipient": bytes(31)},
    {"sealed": SEALED[:-1]},
    {"sealed": bytes(48)},
    {"sealed": bytes(48 + 17 * 36)},
    {"sealed": b""},
]


@pytest.mark.parametrize("fields", BAD_FIELDS, ids=range(len(BAD_FIELDS)))
def test_fields_out_of_range(fields: dict[str, object]) -> None:
    with raises(
        FormatError,
        "malformed",
        "expires: not an integer from 1800000001 to 4294967295",
        "issued: not an integer from 65536 to 4294967295",
        "recipient: not 32 bytes",
        "sealed keys: not 1 to 16 keys",
        "version: not an integer from 1 to 4294967295",
    ):
        delivery(**fields)


MESSAGE = deliver(keys={b"doc0": DOCUMENT_KEY, b"doc1": NEXT_KEY})


@pytest.mark.parametrize("at", range(len(MESSAGE)))
def test_every_bit_and_every_length(at: int) -> None:
    for bit in range(8):
        with raises_one_of("malformed", "not-a-registrar", "bad-signature"):
            opened(MESSAGE[:at] + bytes((MESSAGE[at] ^ 1 << bit,)) + MESSAGE[at + 1 :])
    with raises(BadInput, "malformed", "CBOR: cut short", "a message with unprotected headers", "not a COSE_Sign1"):
        opened(MESSAGE[:at])
    with raises_one_of("malformed", "not-a-registrar", "bad-signature"):
        opened(MESSAGE[:at] + b"\x00" + MESSAGE[at:])


def resealed(content: bytes) -> bytes:
    """Other content, sealed and signed as it should be."""
    made = delivery(recipient=SCANNER.public_key, sealed=seal(SCANNER.public_key, content))
    return sign_message(signer(30), cose.DOCUMENT_KEYS, encode_delivery(made))


def with_addition() -> bytes:
    """The same delivery with one more field, which a reader of another kind of message might leave out."""
    content = cbor.decode(encode_delivery(delivery()))
    assert isinstance(content, dict)
    return sign_message(signer(30), cose.DOCUMENT_KEYS, cbor.encode({**content, -1: 0}))


STOLEN = delivery(recipient=OTHER_SCANNER.public_key, sealed=SEALED)
REFUSED = {
    "nobody's": (deliver(registrar=Registrar(STRANGER)), SCANNER, "not-a-registrar"),
    "another's name": (
        deliver(registrar=Registrar(STRANGER)).replace(STRANGER.public_key, REGISTRAR.public_key),
        SCANNER,
        "bad-signature",
    ),
    "for another": (deliver(recipient=OTHER_SCANNER), SCANNER, "other-recipient"),
    "for us, read by another": (deliver(), OTHER_SCANNER, "other-recipient"),
    "sealed to another than it says": (
        sign_message(signer(30), cose.DOCUMENT_KEYS, encode_delivery(STOLEN)),
        OTHER_SCANNER,
        "not-for-us",
    ),
    "keys in no order": (resealed(b"b" * 36 + b"a" * 36), SCANNER, "malformed"),
    "another type": (sign_message(signer(30), cose.PLACE, encode_delivery(delivery())), SCANNER, "malformed"),
    "an addition": (with_addition(), SCANNER, "malformed"),
    "too large": (MESSAGE + bytes(MAX_SIZE), SCANNER, "malformed"),
}


@pytest.mark.parametrize(("data", "opener", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes, opener: SealingKey, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        opened(data, opener)
    assert caught.value.code == code


def test_the_keys_are_nowhere_in_the_message() -> None:
    assert DOCUMENT_KEY not in MESSAGE
    assert NEXT_KEY not in MESSAGE
    assert opened(MESSAGE) == {b"doc0": DOCUMENT_KEY, b"doc1": NEXT_KEY}
