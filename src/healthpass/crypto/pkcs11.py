"""Keys that live in a hardware security module, a smart card or a KMS: whatever speaks PKCS#11 and knows Ed25519.

Needs the package python-pkcs11: `pip install 'healthpass[pkcs11]'`. Nothing else of healthpass imports this module.

An error says what kind of thing went wrong, and carries neither PIN nor label nor key.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import BadInput

if TYPE_CHECKING:
    from types import TracebackType

    from pkcs11 import Session

_POINT_HEAD = b"\x04\x20"
"""DER: an octet string of 32 bytes. Tokens of PKCS#11 3.1 leave it out."""
_ED25519 = bytes.fromhex("06032b6570")
"""DER: the object identifier of Ed25519 (RFC 8410), as `CKA_EC_PARAMS` has it."""
_SENTENCES = {
    "module": "the PKCS#11 module cannot be loaded or does not start: is this its path, and is it configured?",
    "no-token": "the PKCS#11 module has no token of this label",
    "several-tokens": "the PKCS#11 module has several tokens of this label",
    "pin": "the token refuses the PIN; after a few more tries it may lock",
    "pin-locked": "the token's PIN is locked",
    "logged-in": "this process has logged in to the token already: use that `Pkcs11Token` for all its keys",
    "no-key": "the token has no Ed25519 key pair of this label",
    "several-keys": "the token has several Ed25519 keys of this label",
    "key-exists": "the token has a key of this label already; it is not replaced",
    "not-supported": "the token does not know Ed25519 (CKM_EDDSA), or not on these terms",
    "read-only": "the token was not opened for making keys, or is write-protected",
    "public-key": "the token's public key has not the form of an Ed25519 key",
    "bad-signature": "the token's signature does not hold",
    "token": "the token failed; its session may be gone",
}
_CODES = {
    "NoSuchToken": "no-token",
    "MultipleTokensReturned": "several-tokens",
    "PinIncorrect": "pin",
    "PinInvalid": "pin",
    "PinLenRange": "pin",
    "PinLocked": "pin-locked",
    "UserAlreadyLoggedIn": "logged-in",
    "NoSuchKey": "no-key",
    "MultipleObjectsReturned": "several-keys",
    "MechanismInvalid": "not-supported",
    "MechanismParamInvalid": "not-supported",
    "DomainParamsInvalid": "not-supported",
    "TemplateInconsistent": "not-supported",
    "SessionReadOnly": "read-only",
    "TokenWriteProtected": "read-only",
}
"""python-pkcs11 has an exception for each return code; all others are "token"."""

_T = TypeVar("_T")


@typed
class Pkcs11Error(BadInput):
    """A token, its key or its signature cannot be used. `code` is one of the words in `_SENTENCES`."""

    def __init__(self, code: str) -> None:
        if code not in _SENTENCES:
            raise ValueError("no such word for what a token says")
        super().__init__(code, _SENTENCES[code])

    def __reduce__(self) -> tuple[type[BadInput], tuple[Any, ...]]:
        return type(self), (self.code,)


@typed
class Pkcs11Token:
    """A token that this process has logged in to. Close it, or use it in a `with` statement.

    Safe to call from several threads. A login is the whole process's, so there is one of these for each token.

    Args:
        module: the path of the vendor's PKCS#11 library.
        label: the token's label.
        pin: the user's PIN; None asks at the token's own keypad.
        writable: whether keys will be made; signing needs no more than reading.

    Raises:
        ImportError: python-pkcs11 is not installed.
        Pkcs11Error: "module", "no-token", "several-tokens", "pin", "pin-locked", "logged-in" or "token".
    """

    @guarded
    def __init__(self, module: str | os.PathLike[str], label: str, pin: str | None, *, writable: bool = False) -> None:
        pkcs11 = _library()
        user_pin = pkcs11.PROTECTED_AUTH if pin is None else pin
        library = _ask(lambda: pkcs11.lib(os.fspath(module)), "module")
        token = _ask(lambda: library.get_token(token_label=label))
        self._session: Session = _ask(lambda: token.open(rw=writable, user_pin=user_pin))
        self._open = True

    def signer(self, label: str) -> Pkcs11Signer:
        """The key of this label, until the token is closed.

        Raises:
            Pkcs11Error: "no-key", "several-keys", "public-key" or "token".
        """
        return Pkcs11Signer(self, label)

    def generate(self, label: str) -> Pkcs11Signer:
        """Make a key pair in the token, which its private half never leaves.

        Raises:
            Pkcs11Error: "key-exists", "read-only", "not-supported", "public-key" or "token".
        """
        pkcs11 = _library()
        names = {pkcs11.Attribute.LABEL: label, pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS}
        if _ask(lambda: list(self._session.get_objects(names))):
            raise Pkcs11Error("key-exists")
        curve = {pkcs11.Attribute.EC_PARAMS: _ED25519}
        secret = {pkcs11.Attribute.PRIVATE: True, pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}

        def make() -> None:
            domain = self._session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
            domain.generate_keypair(
                mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=label, store=True, private_template=secret
            )

        _ask(make)
        return self.signer(label)

    def close(self) -> None:
        """Log out. The token's signers are of no use from then on. Closing again does nothing."""
        if self._open:
            self._open = False
            _ask(self._session.close)

    def __enter__(self) -> Pkcs11Token:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "Pkcs11Token(...)"


@typed
class Pkcs11Signer:
    """A `healthpass.crypto.signer.Signer` whose key is in a token.

    `Pkcs11Token.signer` and `Pkcs11Token.generate` give one of several keys; `Pkcs11Signer.open` is for one key alone.

    Args:
        token: where the key is.
        label: of both halves of the key pair.
    """

    def __init__(self, token: Pkcs11Token, label: str) -> None:
        pkcs11 = _library()
        find, kind = token._session.get_key, pkcs11.KeyType.EC_EDWARDS
        public = _ask(lambda: find(pkcs11.ObjectClass.PUBLIC_KEY, kind, label))
        private: Any = _ask(lambda: find(pkcs11.ObjectClass.PRIVATE_KEY, kind, label))
        self._token = token
        self._public_key = parse_point(_ask(lambda: bytes(public[pkcs11.Attribute.EC_POINT])))
        self._sign: Callable[[bytes], bytes] = lambda message: bytes(
            private.sign(message, mechanism=pkcs11.Mechanism.EDDSA)
        )

    @classmethod
    @guarded
    def open(cls, module: str | os.PathLike[str], token: str, label: str, pin: str | None) -> Pkcs11Signer:
        """Log in to a token for one key. Close it, or use it in a `with` statement.

        Args:
            module: the path of the vendor's PKCS#11 library.
            token: the token's label.
            label: the key's label.
            pin: the user's PIN; None asks at the token's own keypad.

        Raises:
            ImportError, Pkcs11Error: as `Pkcs11Token` and `Pkcs11Token.signer`.
        """
        opened = Pkcs11Token(module, token, pin)
        try:
            return opened.signer(label)
        except BaseException:
            opened.close()
            raise

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`, checked: one that was computed wrongly could give the key away.

        Raises:
            Pkcs11Error: "bad-signature", "not-supported" or "token".
        """
        signature = _ask(lambda: self._sign(message))
        if not ed25519.verify(self._public_key, message, signature):
            raise Pkcs11Error("bad-signature")
        return signature

    def close(self) -> None:
        """Close the token, for all of its signers."""
        self._token.close()

    def __enter__(self) -> Pkcs11Signer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "Pkcs11Signer(...)"


@typed
def parse_point(value: bytes) -> bytes:
    """The 32 bytes of a `CKA_EC_POINT`, bare or in a DER octet string.

    Raises:
        Pkcs11Error: "public-key": another length, or not a key that anybody would accept.
    """
    key = value[len(_POINT_HEAD) :] if len(value) == 34 and value.startswith(_POINT_HEAD) else value
    if not ed25519.is_canonical(key):
        raise Pkcs11Error("public-key")
    return key


def _library() -> Any:
    try:
        import pkcs11
    except ImportError:
        raise ImportError("a PKCS#11 token needs python-pkcs11: pip install 'healthpass[pkcs11]'") from None
    return pkcs11


def _ask(question: Callable[[], _T], otherwise: str = "token") -> _T:
    """What the library answers. Its errors name labels, so they are left behind, also as the context of ours."""
    try:
        return question()
    except (_library().PKCS11Error, ValueError, OSError) as error:
        code = _CODES.get(type(error).__name__, otherwise)
    raise Pkcs11Error(code)
