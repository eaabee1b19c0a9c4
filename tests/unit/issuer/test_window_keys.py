"""The issuer's windows: what goes together, and the secret file that keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import FormatError
from healthpass.formats import cbor
from healthpass.formats.claim import ANY_BINDING, Binding
from healthpass.issuer import WindowKey, WindowKeys
from healthpass.issuer.window_keys import CAPACITY, MAX_FILE_SIZE, WindowState, encode_window_keys, parse_window_keys
from tests.issuing import TODAY_KEY, TOMORROW_KEY, holder_key, list_issued, window_key
from tests.making import DAY, NOW, TOMORROW, WINDOW, signer
from tests.raising import raises, raises_one_of

KEYS = WindowKeys([TODAY_KEY, TOMORROW_KEY])
FILE = encode_window_keys(KEYS)


class Elsewhere:
    """A key that can be used and not seen, as one in an HSM."""

    public_key = TODAY_KEY.signer.public_key

    def sign(self, message: bytes) -> bytes:
        return TODAY_KEY.signer.sign(message)


def test_a_fresh_window() -> None:
    key = WindowKey.new(NOW, datetime.fromtimestamp(NOW + DAY, UTC), document_key_id=b"doc0")
    window = key.window
    assert (window.valid_from, window.expires, window.capacity) == (NOW, NOW + DAY, CAPACITY)
    assert (window.bindings, window.document_key_id) == (ANY_BINDING, b"doc0")
    assert window.key == key.signer.public_key
    assert len(key.slot_secret) == 32


def test_no_two_fresh_windows_share_anything() -> None:
    keys = [WindowKey.new(NOW, NOW + DAY, bindings=Binding.DEVICE) for _ in range(50)]
    assert len(WindowKeys(keys)) == 50
    assert len({key.slots.slot(0) for key in keys}) > 40


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"expires": NOW}, "expires: not an integer from 1800000001 to 4294967295"),
        ({"capacity": 1000}, "capacity: not a power of four from 4 to 2^32"),
        ({"bindings": 0}, "binding kinds: not an integer from 1 to 7"),
        ({"bindings": 8}, "binding kinds: not an integer from 1 to 7"),
        ({"document_key_id": None}, "a window that binds to documents names their key"),
        ({"document_key_id": b"doc"}, "document key id: not 4 bytes"),
    ],
)
def test_a_window_that_cannot_be(wrong: dict[str, Any], sentence: str) -> None:
    values: dict[str, Any] = {"valid_from": NOW, "expires": NOW + DAY, "document_key_id": b"doc0"}
    assert WindowKey.new(**values)
    with raises(FormatError, "malformed", sentence):
        WindowKey.new(**values | wrong)


def test_the_signer_is_the_windows_own() -> None:
    with pytest.raises(FormatError, match="signer"):
        WindowKey(WINDOW, signer(99), TODAY_KEY.slot_secret)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_slot_secret_of_another_size(size: int) -> None:
    with pytest.raises(FormatError, match="slot secret"):
        WindowKey(WINDOW, TODAY_KEY.signer, bytes(size))


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (0, WindowState.UPCOMING),
        (WINDOW.valid_from - 1, WindowState.UPCOMING),
        (WINDOW.valid_from, WindowState.OPEN),
        (WINDOW.expires - 1, WindowState.OPEN),
        (WINDOW.expires, WindowState.OVER),
        (2**32 - 1, WindowState.OVER),
    ],
)
def test_states(now: int, state: WindowState) -> None:
    assert TODAY_KEY.state(now) is state


def test_marks_tell_keys_apart_under_one_secret_alone() -> None:
    marks = {key.mark(holder_key(n)) for key in KEYS for n in range(20)}
    assert len(marks) == 40
    assert {len(mark) for mark in marks} == {16}
    assert TODAY_KEY.mark(holder_key(1)) == TODAY_KEY.mark(holder_key(1))


def test_in_the_order_in_which_they_begin() -> None:
    spares = [window_key(n) for n in (92, 90, 91)]
    listed = list(WindowKeys([TOMORROW_KEY, *spares]))
    assert listed == [*spares, TOMORROW_KEY], "spares stay in the order in which they were given"
    again = parse_window_keys(encode_window_keys(WindowKeys(listed)))
    assert [key.window for key in again] == [key.window for key in listed]


def test_the_same_thing_in_two_windows() -> None:
    other = window_key(90)
    kid = WindowKey(type(WINDOW)(WINDOW.kid, *other.window.values()[1:]), other.signer, other.slot_secret)  # type: ignore[arg-type]  # in order
    key = WindowKey(type(WINDOW)(b"new0", *WINDOW.values()[1:]), TODAY_KEY.signer, other.slot_secret)  # type: ignore[arg-type]  # in order
    secret = WindowKey(other.window, other.signer, TODAY_KEY.slot_secret)
    assert len(WindowKeys([TODAY_KEY, other])) == 2
    for again, name in ((kid, "kids"), (key, "window keys"), (secret, "slot secrets")):
        with pytest.raises(FormatError, match=name):
            WindowKeys([TODAY_KEY, again])


def test_by_kid() -> None:
    assert (KEYS.get(WINDOW.kid), KEYS.get(b"none"), len(KEYS)) == (TODAY_KEY, None, 2)


def test_what_is_live() -> None:
    assert [key.window for key in KEYS.live(WINDOW.expires + 3599)] == [WINDOW, TOMORROW]
    assert [key.window for key in KEYS.live(WINDOW.expires + 3600)] == [TOMORROW]
    assert len(KEYS.live(TOMORROW.expires + 3600)) == 0


@pytest.mark.parametrize(("after", "kids"), [(3600, []), (3601, [WINDOW.kid]), (2 * DAY, [WINDOW.kid, TOMORROW.kid])])
def test_what_a_trust_list_says_is_over(after: int, kids: list[bytes]) -> None:
    assert KEYS.finished(list_issued(WINDOW.expires + after)) == kids
    assert KEYS.giving_up([WINDOW.kid]).finished(list_issued(WINDOW.expires + after)) == kids[::-1]
    left = KEYS.giving_up([WINDOW.kid]).without(kids)
    assert [key.window.kid for key in left] == [kid for kid in (TOMORROW.kid,) if kid not in kids]
    assert [window.kid for window in left.given_up] == [kid for kid in (WINDOW.kid,) if kid not in kids]


def test_what_is_given_up_is_remembered_without_its_secrets() -> None:
    left = KEYS.giving_up([WINDOW.kid]).giving_up([WINDOW.kid])
    data = encode_window_keys(left)
    again = parse_window_keys(data)
    assert ([key.window for key in again], again.given_up) == ([TOMORROW], (WINDOW,))
    assert TODAY_KEY.slot_secret not in data
    assert TODAY_KEY.signer.seed not in data  # type: ignore[attr-defined]  # a key in memory
    with pytest.raises(FormatError, match="kids"):
        WindowKeys([TODAY_KEY], [WINDOW])


def test_the_file_comes_back() -> None:
    again = parse_window_keys(FILE)
    assert encode_window_keys(again) == FILE
    for one, other in zip(again, KEYS, strict=True):
        assert (one.window, one.slot_secret) == (other.window, other.slot_secret)
        assert one.signer.sign(b"x") == other.signer.sign(b"x")
        assert [one.slots.slot(n) for n in range(9)] == [other.slots.slot(n) for n in range(9)]


def test_no_windows_at_all() -> None:
    assert len(parse_window_keys(encode_window_keys(WindowKeys([])))) == 0


def test_a_key_that_is_elsewhere_is_not_written() -> None:
    with pytest.raises(FormatError, match="memory"):
        encode_window_keys(WindowKeys([WindowKey(WINDOW, Elsewhere(), TODAY_KEY.slot_secret)]))


def test_no_file_is_written_that_could_not_be_read() -> None:
    keys = [window_key(n) for n in range(3000, 3000 + 2049)]
    assert len(parse_window_keys(encode_window_keys(WindowKeys(keys[:2048])))) == 2048
    with pytest.raises(FormatError, match="2048 windows"):
        encode_window_keys(WindowKeys(keys))


def put(*path: int, value: Any) -> bytes:
    """The file with something else at that path. An entry: 0 window, 1 seed, 2 slot secret."""
    content: Any = cbor.decode(FILE)
    target = content
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return cbor.encode(content)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (put(0, value=2), "format: not an integer from 1 to 1"),
        (put(0, value=None), "format: not an integer from 1 to 1"),
        (put(1, value={}), "window keys: not an array of 0 to 2048 items"),
        (put(1, 0, value=[]), "window keys: not an array of 3 items"),
        (put(1, 0, 0, value=WINDOW.values()[:6]), "window: not an array of 7 items"),
        (put(1, 0, 0, value=TOMORROW.values()), "a window's signer is the key that the window names"),
        (put(1, 0, 0, 4, value=5), "capacity: not a power of four from 4 to 2^32"),
        (put(1, 0, 1, value=bytes(31)), "seed: not 32 bytes"),
        (put(1, 0, 1, value=bytes(32)), "a window's signer is the key that the window names"),
        (put(1, 0, 1, value=None), "seed: not 32 bytes"),
        (put(1, 0, 2, value=bytes(31)), "slot secret: not 32 bytes"),
        (put(1, 0, 2, value="0" * 32), "slot secret: not 32 bytes"),
        (put(1, 0, 2, value=TOMORROW_KEY.slot_secret), "slot secrets: the same item twice"),
        (put(1, 1, value=[WINDOW.values(), signer(2).seed, bytes(32)]), "kids: the same item twice"),
        (put(2, value=0), "windows given up: not an array of 0 to 2048 items"),
        (put(2, value=[WINDOW.values()]), "kids: the same item twice"),
        (put(2, value=[[]]), "window: not an array of 7 items"),
        (cbor.encode([1, []]), "window keys: not an array of 3 items"),
        (cbor.encode([1, [], [], 0]), "window keys: not an array of 3 items"),
        (cbor.encode({1: []}), "window keys: not an array of 3 items"),
    ],
)
def test_a_broken_file(data: bytes, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_window_keys(data)


def test_a_file_cut_or_longer() -> None:
    for data in [*(FILE[:size] for size in range(len(FILE))), FILE + b"\x00", bytes(MAX_FILE_SIZE + 1)]:
        with raises(
            FormatError,
            "malformed",
            "CBOR: bytes after the end",
            "CBOR: cut short",
            "a window key file has at most 1048576 bytes",
        ):
            parse_window_keys(data)


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    for each in (data, FILE[: len(data)] + data):
        if each != FILE:
            with raises_one_of("malformed"):
                parse_window_keys(each)


def test_reprs_show_nothing() -> None:
    assert (repr(TODAY_KEY), repr(KEYS)) == ("WindowKey(...)", "WindowKeys(2 windows)")
    assert repr(SoftwareSigner(bytes(32))) == "SoftwareSigner(...)"
