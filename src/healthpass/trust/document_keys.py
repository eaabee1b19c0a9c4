"""Are these document keys to be believed, and newer than the ones before? The same answer for regions and scanners."""

from __future__ import annotations

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.errors import TrustListRefused
from healthpass.formats import cose
from healthpass.formats.document_keys import MAX_SIZE, parse_delivery, parse_keys
from healthpass.trust.signed import open_signed
from healthpass.trust.updates import Floor, check_not_older, check_times_under, floor_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from healthpass.crypto.sealing import Opener
    from healthpass.formats.document_keys import DocumentKeyDelivery
    from healthpass.formats.trust_list import TrustList


@guarded
def open_document_keys(
    data: bytes, trust_list: TrustList, opener: Opener
) -> tuple[bytes, DocumentKeyDelivery, dict[bytes, bytes]]:
    """The registrar that signed a delivery, the delivery, and the keys in it by their ids.

    1. It is a delivery in its one form, by a registrar of the trust list, whose signature holds. (Otherwise anybody
       could give a scanner a key under which an impostor's document fits.)
    2. It is for this recipient.
    3. It opens, and what is in it are keys.

    Args:
        data: the COSE_Sign1, at most 2,048 bytes.
        trust_list: whom to believe.
        opener: the recipient's sealing key.

    Raises:
        FormatError: 1 or 3.
        TrustListRefused: 1 ("not-a-registrar", "bad-signature") or 2 ("other-recipient").
        BadInput: 3 ("not-for-us").
    """
    message = open_signed(
        data,
        cose.DOCUMENT_KEYS,
        MAX_SIZE,
        by=trust_list.registrar_keys,
        not_theirs=TrustListRefused(
            "not-a-registrar", "the document keys are not by a registrar of the trust list; fetch the newest trust list"
        ),
        bad_signature=TrustListRefused(
            "bad-signature", "the signature of the document keys does not hold; fetch them again"
        ),
    )
    delivery = parse_delivery(message.payload)
    if delivery.recipient != opener.public_key:
        raise TrustListRefused(
            "other-recipient", "the document keys are for another region or scanner; fetch those for this one"
        )
    return message.key, delivery, parse_keys(opener.open(delivery.sealed))


@typed
def check_document_keys_update(
    data: bytes, trust_list: TrustList, opener: Opener, floors: Mapping[bytes, Floor], now: int
) -> tuple[bytes, dict[bytes, bytes], Floor]:
    """The signer, keys and floor of a delivery that may be taken.

    1. `open_document_keys`.
    2. It is not older than what this registrar has delivered before, nor issued before the newest of any registrar
       that is still listed.
    3. It is neither from the future nor expired, by a clock that is not behind what was signed before.

    Args:
        data: the delivery.
        trust_list, opener: as above.
        floors: of each registrar, the newest delivery that was ever accepted from it.
        now: seconds since 1970 UTC.

    Raises:
        FormatError, BadInput, TrustListRefused: as above; "rollback", "version-step", "clock-behind",
            "from-the-future" or "expired".
    """
    key, delivery, keys = open_document_keys(data, trust_list, opener)  # 1
    floor, new = floors.get(key, Floor()), floor_of(delivery, data)
    check_not_older(new, floor)  # 2
    if any(delivery.issued < floors[each].issued for each in trust_list.registrar_keys if each in floors):
        raise TrustListRefused("rollback", "newer document keys were accepted before; fetch the newest")
    check_times_under(trust_list, delivery, floor, now)  # 3
    return key, keys, new
