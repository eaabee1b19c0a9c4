"""Signatures: one verification function over two backends, the `Signer` protocol, and signed messages.

Everything here is Ed25519 and SHA-512 of libsodium. Roles build on it; it knows none of them.
"""
