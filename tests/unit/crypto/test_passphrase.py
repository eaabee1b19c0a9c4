"""Files under a passphrase: opened by it, and by nothing else."""

from __future__ import annotations

import pytest

from healthpass.crypto.passphrase import INTERACTIVE, MAGIC, PassphraseBox, is_sealed
from healthpass.errors import KeyFileError
from tests.hostile.measuring import peak_memory

SALT = bytes(16)
SECRET = b"a private key of 32 bytes exactly"
BOX = PassphraseBox("correct horse", INTERACTIVE, SALT)
SEALED = BOX.seal(SECRET)
HEAD = len(MAGIC) + 1 + len(SALT)


def code_of(sealed: bytes, passphrase: str = "correct horse") -> str:
    with pytest.raises(KeyFileError) as caught:
        PassphraseBox.open(sealed, passphrase)
    assert SECRET[:8] not in str(caught.value).encode()
    assert passphrase not in repr(caught.value) or not passphrase
    return caught.value.code


def test_opened() -> None:
    box, data = PassphraseBox.open(SEALED, "correct horse")
    assert data == SECRET
    again = box.seal(b"more")
    assert PassphraseBox.open(again, "correct horse")[1] == b"more"


def test_what_is_sealed_shows_nothing() -> None:
    assert SECRET not in SEALED
    assert SEALED[:HEAD] == MAGIC + bytes((INTERACTIVE,)) + SALT
    assert len(SEALED) == HEAD + 24 + 16 + len(SECRET)
    assert repr(BOX) == "PassphraseBox(...)"


def test_no_nonce_and_no_salt_twice() -> None:
    assert BOX.seal(SECRET) != SEALED
    assert PassphraseBox("x", INTERACTIVE).seal(b"")[:HEAD] != PassphraseBox("x", INTERACTIVE).seal(b"")[:HEAD]


@pytest.mark.parametrize("passphrase", ["Correct horse", "correct horse "])
def test_another_passphrase(passphrase: str) -> None:
    assert code_of(SEALED, passphrase) == "passphrase"


def test_no_passphrase() -> None:
    assert code_of(SEALED, "") == "passphrase"
    with pytest.raises(ValueError, match=r"^a passphrase cannot be empty$"):
        PassphraseBox("")


def test_a_passphrase_of_any_characters() -> None:
    sealed = PassphraseBox("\u53e3\u4ee4\U0001f511", INTERACTIVE, SALT).seal(SECRET)
    assert PassphraseBox.open(sealed, "\u53e3\u4ee4\U0001f511")[1] == SECRET


@pytest.mark.parametrize(
    ("made", "typed"),
    [("caf\u00e9", "cafe\u0301"), ("correct horse", "correct\u3000horse"), ("\ud55c", "\u1112\u1161\u11ab")],
    ids=ascii,
)
def test_the_same_passphrase_on_another_keyboard(made: str, typed: str) -> None:
    for one, other in ((made, typed), (typed, made)):
        sealed = PassphraseBox(one, INTERACTIVE, SALT).seal(SECRET)
        assert PassphraseBox.open(sealed, other)[1] == SECRET


@pytest.mark.parametrize("passphrase", ["correct horse\udcff", "correct horse\n", "\ufeffcorrect horse"], ids=ascii)
def test_what_no_passphrase_can_be(passphrase: str) -> None:
    """A surrogate is what a command line gives for bytes that are not UTF-8."""
    assert code_of(SEALED, passphrase) == "passphrase-character"
    with pytest.raises(KeyFileError) as caught:
        PassphraseBox(passphrase, INTERACTIVE, SALT)
    assert caught.value.code == "passphrase-character"


@pytest.mark.parametrize("at", [HEAD - 1, HEAD, len(SEALED) - 1])
def test_each_byte_counts(at: int) -> None:
    assert code_of(SEALED[:at] + bytes((SEALED[at] ^ 1,)) + SEALED[at + 1 :]) == "passphrase"


@pytest.mark.parametrize("size", [HEAD, HEAD + 24, len(SEALED) - 1])
def test_cut_short(size: int) -> None:
    assert code_of(SEALED[:size]) == "passphrase"


@pytest.mark.parametrize(
    "data",
    [b"", MAGIC, MAGIC + b"\x00", SEALED[: HEAD - 1], b"HPS2" + SEALED[4:], MAGIC + b"\x03" + SEALED[5:], SECRET],
    ids=range(7),
)
def test_not_ours(data: bytes) -> None:
    assert code_of(data) == "not-ours"


def test_no_such_level() -> None:
    for level in (-1, 3, 255):
        with pytest.raises(ValueError, match=r"^no such level$"):
            PassphraseBox("x", level)


def test_is_sealed() -> None:
    assert is_sealed(SEALED)
    assert not is_sealed(SECRET)
    assert not is_sealed(b"")


def test_what_is_not_ours_takes_no_memory() -> None:
    data = MAGIC + b"\x03" + bytes(1 << 20)
    assert peak_memory(lambda: code_of(data)) < 200_000
