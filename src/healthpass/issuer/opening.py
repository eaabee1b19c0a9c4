"""What a wallet has sealed for the platform: opened, and held to what the region vouched for."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from healthpass._frames import guarded
from healthpass.crypto.commitment import commitment
from healthpass.crypto.ed25519 import is_canonical
from healthpass.crypto.envelope import open_padded
from healthpass.crypto.sealing import is_weak
from healthpass.errors import AttestationRefused, BadInput, FormatError
from healthpass.formats.enrolment import Opening, encode_offer, parse_opening

if TYPE_CHECKING:
    from healthpass.formats.attestation import Attestation, IssueRequest
    from healthpass.issuer.sealing_keys import SealingKeys

_ANEW = "the region makes a new offer, and the wallet answers that"


@guarded
def opening_of(
    request: IssueRequest, attester: bytes, content: Attestation, sealing: SealingKeys, now: int
) -> Opening | None:
    """The opening of a request; None exactly on paper.

    1. There is one exactly if the attestation has a commitment.
    2. It is sealed to a key of the platform that is not over, and opens.
    3. With the offer, rebuilt from the attestation, it is what the region has the commitment of. Only then is it read:
       nobody but who was vouched for has a say in what is parsed here.
    4. It has as many keys for each period as the region vouched for.
    5. No holder key is there twice, of small order, or in a second encoding; nor is the answer key of small order.

    Args:
        request: as it came.
        attester: who signed the attestation, 32 bytes.
        content: of the attestation.
        sealing: the platform's sealing keys.
        now: seconds since 1970 UTC.

    Raises:
        FormatError: 1.
        AttestationRefused: 2 ("unknown-sealing-key", "bad-opening"), 3 ("other-opening", "bad-opening"), 4
            ("other-keys") or 5 ("repeated-key", "weak-key", "weak-answer-key").
    """
    if (content.commitment is None) != (request.sealing_key is None):  # 1
        raise FormatError("an issue request has a sealed opening exactly if its passes are for a phone")
    if content.commitment is None or request.sealing_key is None or request.sealed_opening is None:
        return None
    opener = sealing.opener(request.sealing_key, now)  # 2
    try:
        plain = open_padded(opener, request.sealed_opening)
    except AttestationRefused:  # the key was erased meanwhile
        raise
    except BadInput:
        raise _unreadable() from None
    expected = commitment(encode_offer(content.offer(attester)), plain)  # 3
    if not hmac.compare_digest(expected, content.commitment):
        raise AttestationRefused(
            "other-opening", f"what the wallet sealed is not what the region has the commitment of: {_ANEW}"
        )
    try:
        opening = parse_opening(plain)
    except FormatError:
        raise _unreadable() from None
    if [len(keys) for keys in opening.keys] != [period.count for period in content.periods]:  # 4
        raise AttestationRefused(
            "other-keys", f"the wallet has sealed more or fewer keys than the region vouched for: {_ANEW}"
        )
    _check_keys(opening)  # 5
    return opening


def _check_keys(opening: Opening) -> None:
    keys = opening.all_keys
    if len(set(keys)) != len(keys):
        raise AttestationRefused("repeated-key", f"a holder key is there twice, each is for one showing: {_ANEW}")
    if not all(map(is_canonical, keys)):
        raise AttestationRefused("weak-key", f"a holder key is of small order, or not canonical: {_ANEW}")
    if is_weak(opening.answer_key):
        raise AttestationRefused("weak-answer-key", f"anybody could open what is sealed to the answer key: {_ANEW}")


def _unreadable() -> AttestationRefused:
    return AttestationRefused("bad-opening", f"what the wallet sealed cannot be read: {_ANEW}")
