"""What can go wrong, and nothing more.

Two kinds of error leave the library:

* `Refused`: a scanner does not accept what was shown. One code of the protocol, one fixed sentence per code.
* `BadInput` (a `ValueError`): everybody else was given bytes or values that cannot be used. A stable `code` for
  programs and a sentence for people.

Neither ever carries an identifier, a key, a document number or the offending bytes, so both may be logged.
"""

from __future__ import annotations

from healthpass._intenum import LightIntEnum
from healthpass._typed import typed, wrong


class RefusalCode(LightIntEnum):
    """Why a scanner refuses. The numbers are part of the protocol and never change meaning."""

    NOT_A_PASS = 1
    UNSUPPORTED_VERSION = 2
    MALFORMED = 3
    TRUST_LIST_EXPIRED = 4
    REVOCATION_DATA_STALE = 5
    UNKNOWN_ISSUER_KEY = 6
    ISSUER_KEY_NOT_VALID = 7
    ISSUER_NOT_ALLOWED = 8
    BAD_CLAIM_SIGNATURE = 9
    EXPIRED = 10
    HOLDER_PROOF_REQUIRED = 11
    BAD_HOLDER_SIGNATURE = 12
    PRESENTATION_STALE = 13
    PRESENTATION_FROM_FUTURE = 14
    WRONG_AUDIENCE = 15
    WRONG_NONCE = 16
    REPLAYED = 17
    DOCUMENT_REQUIRED = 18
    DOCUMENT_MISMATCH = 19
    REVOKED = 20
    CHECK_NOT_PERMITTED = 21
    DOCUMENT_KEY_MISSING = 22
    REPLAY_UNKNOWN = 23
    PLACE_NOT_CERTIFIED = 24


SENTENCES: dict[int, str] = {
    1: "This is not a health pass. Show the health pass.",
    2: "This pass is of a version that this scanner does not know. Update the scanner.",
    3: "This pass cannot be read. Show it again, or ask for a new one.",
    4: "This scanner's trust list is missing, expired, or ahead of its clock. Connect the scanner and set its clock.",
    5: "This scanner's revocation data is missing or too old. Connect the scanner.",
    6: "This scanner does not know who has signed this pass. Show another, or ask for a new one.",
    7: "This pass is not valid yet. Show the pass of today.",
    8: "This pass says something that its key may not sign. Ask for a new one.",
    9: "This pass is not genuine. Ask for a new one.",
    10: "This pass has expired. Show the pass of today.",
    11: "This pass must be shown live. Show it on the phone that holds it.",
    12: "This pass was not shown by the phone that holds it. Show it on that phone.",
    13: "This showing is too old. Show the pass again.",
    14: "This showing is dated in the future. Set the phone's clock.",
    15: "This showing was not made for this place. Scan the poster of this place, and show the pass again.",
    16: "This showing does not answer this scanner's question. Scan the code that it shows, and show the pass again.",
    17: "This showing was seen before. Show the pass again.",
    18: "Show the document that this pass belongs to.",
    19: "This pass does not belong to that document. Show the document that it belongs to.",
    20: "This pass is no longer valid. Ask for a new one.",
    21: "A check is not permitted here. Put the pass away.",
    22: "This scanner has not the key that documents are compared with. Connect the scanner.",
    23: "This scanner cannot tell whether this showing was seen before. Show the pass again in a few minutes.",
    24: "Nothing in force says that this scanner may check here. Connect it, renew its certificate, set its clock.",
}


class HealthpassError(Exception):
    """The base of every error that the library raises on purpose."""


class Refused(HealthpassError):
    """A presentation is not accepted. There is no verdict.

    Attributes:
        code: the step that refused (`RefusalCode`).
        index: in a presentation for several people, which of them (0 is the first); otherwise None.
    """

    def __init__(self, code: RefusalCode, index: int | None = None) -> None:
        if type(code) is not RefusalCode:
            raise wrong("code", "a RefusalCode", code)
        if index is not None and type(index) is not int:
            raise wrong("index", "an int or None", index)
        self.code = code
        self.index = index
        super().__init__(SENTENCES[code])

    def __reduce__(self) -> tuple[type[Refused], tuple[RefusalCode, int | None]]:
        return type(self), (self.code, self.index)


@typed
class BadInput(HealthpassError, ValueError):
    """Bytes or values from outside cannot be used; nothing has changed.

    Attributes:
        code: a stable word for programs, such as "malformed" or "window-full".
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)

    def __reduce__(self) -> tuple[type[BadInput], tuple[str, str]]:
        return type(self), (self.code, str(self))


class FormatError(BadInput):
    """Bytes or fields do not have the form that the protocol gives them."""

    def __init__(self, message: str, code: str = "malformed") -> None:
        super().__init__(code, message)

    def __reduce__(self) -> tuple[type[BadInput], tuple[str, str]]:
        return type(self), (str(self), self.code)


class TrustListRefused(BadInput):
    """A trust list or an area table is not taken; who holds one keeps it."""


class RevocationRefused(BadInput):
    """A snapshot, delta or filter is not taken; who holds others keeps them."""


class PlaceRefused(BadInput):
    """A place certificate is not believed, or no check is permitted at that place."""


class StationRefused(BadInput):
    """A station, or what it asks or answers, is not believed."""


class AttestationRefused(BadInput):
    """A region or the platform does not vouch or issue for what was asked."""


class LedgerError(BadInput):
    """The platform's ledger cannot be used as it is: it is damaged, or an old copy, or its second place is missing."""


class PaperRefused(BadInput):
    """Claims cannot be printed: not for paper, not genuine, or not together."""


class WalletError(BadInput):
    """A wallet cannot take, keep or show what was asked."""


class KeyFileError(BadInput):
    """A key file cannot be read: not one of ours, damaged, or the passphrase is wrong."""


class FolderError(BadInput):
    """A folder of one's own cannot be used as it is: a file in it is missing, damaged or half written."""
