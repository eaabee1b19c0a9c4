"""Signatures, sealing, document tags and what people keep: key files, passphrases, recovery codes.

Signatures and sealing are libsodium's (`healthpass.crypto.ed25519`) or a token's (`healthpass.crypto.pkcs11`); hashes
are libsodium's or `hashlib`'s. Roles build on it; it knows none of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.crypto.ed25519 import use_backend
    from healthpass.crypto.keyfile import encode_public_key, parse_private_key, parse_roots, parse_sealing_key
    from healthpass.crypto.pkcs11 import Pkcs11Token
    from healthpass.crypto.recovery import new_recovery_code, recovery_hash
    from healthpass.crypto.sealing import SealingKey
    from healthpass.crypto.signer import Signer, SoftwareSigner
else:  # a type checker would take any name for one that this gives
    _LATER = {
        "Pkcs11Token": "healthpass.crypto.pkcs11",
        "SealingKey": "healthpass.crypto.sealing",
        "Signer": "healthpass.crypto.signer",
        "SoftwareSigner": "healthpass.crypto.signer",
        "encode_public_key": "healthpass.crypto.keyfile",
        "new_recovery_code": "healthpass.crypto.recovery",
        "parse_private_key": "healthpass.crypto.keyfile",
        "parse_roots": "healthpass.crypto.keyfile",
        "parse_sealing_key": "healthpass.crypto.keyfile",
        "recovery_hash": "healthpass.crypto.recovery",
        "use_backend": "healthpass.crypto.ed25519",
    }

    def __getattr__(name: str) -> object:
        """What not every program has a use for, once it is asked for: a scanner starts faster without it."""
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(__import__(_LATER[name], fromlist=(name,)), name)


__all__ = [
    "Pkcs11Token",
    "SealingKey",
    "Signer",
    "SoftwareSigner",
    "encode_public_key",
    "new_recovery_code",
    "parse_private_key",
    "parse_roots",
    "parse_sealing_key",
    "recovery_hash",
    "use_backend",
]
