"""Signatures, sealing, document tags and what people keep: key files, passphrases, recovery codes.

Signatures and sealing are libsodium's (`healthpass.crypto.ed25519`) or a token's (`healthpass.crypto.pkcs11`); hashes
are libsodium's or `hashlib`'s. Roles build on it; it knows none of them.
"""
