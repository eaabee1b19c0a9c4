"""Is a trust list signed by enough roots, and a message by one of those who may? Shared by all who believe somebody."""

from __future__ import annotations

from healthpass.crypto import ed25519, x25519
from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cose
from healthpass.formats.trust_list import MAX_SIZE, TrustList, parse_trust_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from healthpass.formats.cose import Sign1
    from healthpass.formats.window import RootSet


def open_signed(
    data: bytes,
    typ: str,
    most: int,
    *,
    by: Container[bytes] | None = None,
    not_theirs: BadInput | None = None,
    bad_signature: BadInput | None = None,
) -> Sign1:
    """A COSE_Sign1 whose signature holds, by whoever may sign it.

    1. It is a message of type `typ` in its one form, of at most `most` bytes.
    2. Its signer is one of `by`.
    3. The signature holds.

    Args:
        data: the message.
        typ: one of the types in `healthpass.formats.cose`.
        most: bytes.
        by: whose it may be, public keys of 32 bytes. None: anybody's, for who looks next at the signer's key.
        not_theirs: what to raise for 2; by default the same as for 3.
        bad_signature: what to raise for 3; by default `BadInput` ("bad-signature").

    Raises:
        FormatError: 1.
        not_theirs: 2.
        bad_signature: 3.
    """
    message = cose.decode_sign1(data, typ, most)  # 1
    bad = bad_signature or BadInput("bad-signature", "the message's signature does not hold; have it sent again")
    if by is not None and message.key not in by:  # 2
        raise not_theirs or bad
    if not ed25519.verify(message.key, message.signed, message.signature):  # 3
        raise bad
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
