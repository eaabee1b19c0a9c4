"""Keys in a token: SoftHSM (Debian's softhsm2) by python-pkcs11 signs what scanners accept, and no error gives it away.

Skipped where one of the two is not installed.
"""

from __future__ import annotations

import pickle
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from healthpass import Color
from healthpass.authority import RootSet, TrustListBuilder, combine, draft, sign
from healthpass.crypto import ed25519
from healthpass.crypto import pkcs11 as tokens
from healthpass.crypto.pkcs11 import Pkcs11Error, Pkcs11Signer, Pkcs11Token, parse_point
from healthpass.crypto.signer import Signer
from healthpass.errors import BadInput
from healthpass.formats.claim import Binding
from healthpass.formats.window import Window
from healthpass.issuer import SQLiteLedger, WindowKey, WindowKeys
from healthpass.issuer.window_keys import encode_window_keys
from healthpass.verifier import TrustStore, Verifier
from tests.issuing import attest, device_passes, issued, make_issuer
from tests.making import DAY, HOLDER, NOW, ROOT, sealing_entries, show
from tests.raising import raises, raises_one_of

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "trust-list.md"
PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
MODULE = next((place for place in PLACES if Path(place).exists()), "")
TOKEN, PIN, SO_PIN = "the token of this test", "4711-0815", "0815-4711"

library = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SoftHSM with one token, in a folder of its own; its path."""
    if not MODULE or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed: apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(config))
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", SO_PIN],
            check=True,
            capture_output=True,
        )
        yield MODULE
        library.unload(MODULE)


@pytest.fixture
def token(module: str) -> Iterator[Pkcs11Token]:
    """Logged in, and free of keys."""
    with Pkcs11Token(module, TOKEN, PIN, writable=True) as opened:
        for each in list(opened._session.get_objects()):
            each.destroy()
        yield opened


def assert_clear(caught: pytest.ExceptionInfo[BadInput], code: str, *secrets: str) -> None:
    """A `BadInput` of this code, which carries no PIN, label or key, nor another error that does."""
    error = caught.value
    assert isinstance(error, BadInput)
    assert error.code == code
    assert (error.__cause__, error.__context__) == (None, None)
    for secret in (TOKEN, PIN, *secrets):
        assert secret not in str(error) + repr(error)


def test_a_key_is_made_in_the_token_and_found_again(module: str, token: Pkcs11Token) -> None:
    made = token.generate("root one")
    assert isinstance(made, Signer)
    assert token.signer("root one").public_key == made.public_key != token.generate("root two").public_key
    token.close()
    with Pkcs11Signer.open(module, TOKEN, "root one", PIN) as signer:
        assert signer.public_key == made.public_key
        for message in (b"", b"x", bytes(100_000)):
            signature = signer.sign(message)
            assert len(signature) == 64
            assert ed25519.verify(made.public_key, message, signature)


def test_the_private_half_cannot_be_read(token: Pkcs11Token) -> None:
    token.generate("root")
    key: Any = token._session.get_key(library.ObjectClass.PRIVATE_KEY, label="root")
    with pytest.raises(library.PKCS11Error):
        key[library.Attribute.VALUE]
    assert key[library.Attribute.SENSITIVE]
    assert not key[library.Attribute.EXTRACTABLE]


def test_a_root_in_a_token_and_one_in_memory_sign_a_trust_list(token: Pkcs11Token, tmp_path: Path) -> None:
    hardware = token.generate("root")
    roots = RootSet(2, (ROOT.public_key, hardware.public_key))
    windows = [WindowKey.new(NOW, NOW + 10 * DAY, bindings=Binding.DEVICE).window]
    builder = TrustListBuilder(roots).add_windows(windows).set_sealing_keys(sealing_entries())
    payload = draft(builder.build(now=NOW))
    data = combine(payload, [sign(payload, ROOT), sign(payload, hardware)], roots)
    store = TrustStore.open(tmp_path / "scanner", roots=roots)
    store.update_trust_list(data, now=NOW)
    assert store.trust_list is not None
    assert list(store.trust_list.windows.values()) == windows


def test_a_platform_with_its_windows_in_a_token(token: Pkcs11Token) -> None:
    windows = [hardware_window(token, n) for n in range(10)]
    with_roots = RootSet(1, (ROOT.public_key,))
    builder = TrustListBuilder(with_roots).add_windows(each.window for each in windows)
    payload = draft(builder.set_sealing_keys(sealing_entries()).build(now=NOW))
    store = TrustStore(with_roots)
    store.update_trust_list(combine(payload, [sign(payload, ROOT)], with_roots), now=NOW)
    ledger = SQLiteLedger(":memory:")
    issuer = make_issuer(ledger, windows)
    asked = device_passes(3, [windows[0].window, windows[1].window])
    first, *others = asked.keys or ()
    claims = issued(issuer, attest(replace(asked, keys=((HOLDER.public_key, *first[1:]), *others))))
    ledger.close()
    assert len(claims) == 6
    assert Verifier(store).verify(show(claims[0]), now=NOW).colors == (Color.GREEN,)


def hardware_window(token: Pkcs11Token, number: int) -> WindowKey:
    """A window whose key is in the token."""
    signer = token.generate(f"window {number}")
    start = NOW + number * DAY
    window = Window(number.to_bytes(4, "big"), signer.public_key, start, start + DAY, 4**10, Binding.DEVICE)
    return WindowKey(window, signer, number.to_bytes(32, "big"))


def test_a_key_in_a_token_is_not_written_to_a_file(token: Pkcs11Token) -> None:
    with raises(BadInput, "malformed", "only keys in memory can be written to a file"):
        encode_window_keys(WindowKeys([hardware_window(token, 1)]))


@pytest.mark.parametrize(
    ("token_label", "key", "pin", "code"),
    [
        (TOKEN, "root", "wrong-pin", "pin"),
        (TOKEN, "root", "1", "pin"),
        (TOKEN, "root", "\ud800" + PIN, "token"),
        ("another token", "root", PIN, "no-token"),
        (TOKEN, "another key", PIN, "no-key"),
        (TOKEN, "root", None, "token"),
    ],
)
def test_what_cannot_be_opened(
    module: str, token: Pkcs11Token, token_label: str, key: str, pin: str | None, code: str
) -> None:
    token.generate("root")
    token.close()
    with raises_one_of("no-key", "no-token", "pin", "token") as caught:
        Pkcs11Signer.open(module, token_label, key, pin)
    assert_clear(caught, code, token_label, *([pin] if pin and len(pin) > 1 else []), "another key")
    with Pkcs11Signer.open(module, TOKEN, "root", PIN) as signer:  # nothing is left open
        assert signer.sign(b"x")


@pytest.mark.parametrize("path", ["/nowhere/to/be/found.so", "/etc/passwd", "with\0nul"])
def test_a_module_that_is_none(path: str) -> None:
    with raises(
        Pkcs11Error,
        "module",
        "the PKCS#11 module cannot be loaded or does not start: is this its path, and is it configured?",
    ) as caught:
        Pkcs11Signer.open(path, TOKEN, "root", PIN)
    assert_clear(caught, "module", path)


def test_one_login_for_a_process(module: str, token: Pkcs11Token) -> None:
    with raises(
        Pkcs11Error,
        "logged-in",
        "this process has logged in to the token already: use that `Pkcs11Token` for all its keys",
    ) as caught:
        Pkcs11Token(module, TOKEN, PIN)
    assert_clear(caught, "logged-in")
    assert token.generate("root").sign(b"x")


def test_a_label_that_is_taken(token: Pkcs11Token) -> None:
    key = token.generate("root").public_key
    with raises(Pkcs11Error, "key-exists", "the token has a key of this label already; it is not replaced") as caught:
        token.generate("root")
    assert_clear(caught, "key-exists")
    assert token.signer("root").public_key == key


def test_two_keys_of_one_label(token: Pkcs11Token) -> None:
    token.generate("root")
    token.generate("another")
    second: Any = token._session.get_key(library.ObjectClass.PRIVATE_KEY, label="another")
    second[library.Attribute.LABEL] = "root"
    with raises(Pkcs11Error, "several-keys", "the token has several Ed25519 keys of this label") as caught:
        token.signer("root")
    assert_clear(caught, "several-keys")


def test_halves_that_do_not_belong_together(token: Pkcs11Token) -> None:
    """The private key of one pair under the label of another: its signatures do not hold, and do not get out."""
    token.generate("one")
    token.generate("two")
    kinds = library.ObjectClass
    one: Any = token._session.get_key(kinds.PRIVATE_KEY, label="one")
    two: Any = token._session.get_key(kinds.PRIVATE_KEY, label="two")
    one[library.Attribute.LABEL], two[library.Attribute.LABEL] = "three", "one"
    with raises(Pkcs11Error, "bad-signature", "the token's signature does not hold") as caught:
        token.signer("one").sign(b"x")
    assert_clear(caught, "bad-signature")


def test_a_token_opened_for_signing_makes_no_key(module: str, token: Pkcs11Token) -> None:
    token.close()
    with (
        Pkcs11Token(module, TOKEN, PIN) as reading,
        raises(Pkcs11Error, "read-only", "the token was not opened for making keys, or is write-protected") as caught,
    ):
        reading.generate("root")
    assert_clear(caught, "read-only")


def test_a_signer_of_a_closed_token(module: str, token: Pkcs11Token) -> None:
    signer = token.generate("root")
    token.close()
    with raises(Pkcs11Error, "token", "the token failed; its session may be gone") as caught:
        signer.sign(b"x")
    assert_clear(caught, "token")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pkcs11", None)
    with pytest.raises(ImportError, match=r"healthpass\[pkcs11\]"):
        Pkcs11Signer.open(MODULE, TOKEN, "root", PIN)


@pytest.mark.parametrize("head", [b"", b"\x04\x20"])
def test_the_forms_of_a_public_key(head: bytes) -> None:
    assert parse_point(head + ROOT.public_key) == ROOT.public_key


@pytest.mark.parametrize(
    "value",
    [b"", b"\x04\x20", b"\x04\x1f" + bytes(31), b"\x03\x20" + ROOT.public_key, ROOT.public_key + b"\0", bytes(32)],
)
def test_what_is_no_public_key(value: bytes) -> None:
    with raises(Pkcs11Error, "public-key", "the token's public key is not an Ed25519 key") as caught:
        parse_point(value)
    assert_clear(caught, "public-key")


def test_an_error_can_be_sent_to_another_process() -> None:
    for code, sentence in tokens._SENTENCES.items():
        copy = pickle.loads(pickle.dumps(Pkcs11Error(code)))
        assert (type(copy), copy.code, str(copy)) == (Pkcs11Error, code, sentence)
    assert set(tokens._CODES.values()) <= tokens._SENTENCES.keys()
    assert all(issubclass(getattr(library, name), library.PKCS11Error) for name in tokens._CODES)


def test_nothing_is_shown(token: Pkcs11Token) -> None:
    assert (repr(token), repr(token.generate("root"))) == ("Pkcs11Token(...)", "Pkcs11Signer(...)")


def test_the_program_of_the_page(module: str, token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/operations/trust-list.md: with this test's token, it makes a key and signs with it."""
    token.close()
    (program,) = re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.setattr("getpass.getpass", lambda prompt: PIN)
    names: dict[str, Any] = {}
    exec(program.replace("/usr/lib/vendor/libpkcs11.so", module).replace('"root 1"', repr(TOKEN)), names)
    with Pkcs11Signer.open(module, TOKEN, "2027", PIN) as signer:
        assert signer.public_key == names["root"].public_key
