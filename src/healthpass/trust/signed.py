"""Is a trust list signed by enough roots, and a message by one of those who may? Shared by all who believe somebody."""

from __future__ import annotations

from healthpass.crypto import ed25519, x25519
from healthpass.errors import TrustListRefused
from healthpass.formats import cose
from healthpass.formats.trust_list import MAX_SIZE, TrustList, parse_trust_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from healthpass.errors import BadInput
    from healthpass.formats.cose import Sign1
    from healthpass.formats.window import RootSet


def open_signed_by(
    keys: Container[bytes], data: bytes, typ: str, most: int, *, not_theirs: BadInput, bad_signature: BadInput
) -> Sign1:
    """A COSE_Sign1 of type `typ`, at most `most` bytes, by one of `keys`, whose signature holds.

    Raises:
        FormatError: it is malformed.
        not_theirs: it is by nobody of them. Before the signature is looked at.
        bad_signature: the signature does not hold.
    """
    message = cose.decode_sign1(data, typ, most)
    if message.key not in keys:
        raise not_theirs
    if not ed25519.verify(message.key, message.signed, message.signature):
        raise bad_signature
    return message


def open_trust_list(data: bytes, roots: RootSet) -> TrustList:
    """The content of a trust list that a threshold of `roots` has signed.

    1. The envelope has its one form; signers are distinct and in order.
    2. Every signature by one of `roots` holds; there are at least `threshold` of them. Others do not count.
    3. The payload has its form, no key stands in two roles, and windows that share a binding kind have the same bounds
       or do not overlap.
    4. No key in it is of small order or has a second encoding.
    5. If it names other roots for the next list, a threshold of those has signed it too.

    Args:
        data: the COSE_Sign, at most 262,144 bytes.
        roots: whom to believe.

    Returns:
        The content. Its `roots` are whom to believe next.

    Raises:
        FormatError: 1 or 3 ("malformed", or "overlapping-windows").
        TrustListRefused: 2 ("bad-signature", "threshold"), 4 ("weak-key") or 5 ("new-roots").
    """
    message = cose.decode_sign(data, cose.TRUST_LIST, MAX_SIZE)  # 1
    if _signatures_by(roots, message) < roots.threshold:  # 2
        raise TrustListRefused(
            "threshold", "too few of the known roots have signed the trust list; fetch the list with all signatures"
        )
    trust_list = parse_trust_list(message.payload)  # 3
    signing, sealing = trust_list.signing_keys(), trust_list.sealing_keys()
    if not all(map(ed25519.is_canonical, signing)) or not all(map(x25519.is_canonical, sealing)):  # 4
        raise TrustListRefused(
            "weak-key", "the trust list has a key of small order or with a second encoding; make a new one"
        )
    new = trust_list.roots
    if new != roots and _signatures_by(new, message) < new.threshold:  # 5
        raise TrustListRefused(
            "new-roots", "too few of the roots that the trust list names next have signed it; have them sign it, too"
        )
    return trust_list


def _signatures_by(roots: RootSet, message: cose.Sign) -> int:
    """How many of `roots` have signed. Raises `TrustListRefused` if the signature of one of them does not hold."""
    good = 0
    for key, signature in message.signatures:
        if key in roots.keys:
            if not ed25519.verify(key, cose.sign_signed_part(cose.TRUST_LIST, key, message.payload), signature):
                raise TrustListRefused(
                    "bad-signature", "a root's signature on the trust list does not hold; fetch the list again"
                )
            good += 1
    return good
