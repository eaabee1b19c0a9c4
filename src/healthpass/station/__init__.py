"""A station: a desk of a hospital where people without a pass are helped.

    document + consent ──Desk.ask──► Question.envelope ──platform──► region
                                                                       │
    text of a pass, or None ◄──Question.answer── envelope ◄──platform──┘

    survey by hand ──Voucher.vouch──► station attestation ──platform──► batch
                                                                             │
    text of a pass of today, like anybody's ◄──Voucher.accept────────────────┘

Nothing is written to disk.
"""

from __future__ import annotations

from healthpass.formats.document import OTHER, PASSPORT, RESIDENT_ID, Document
from healthpass.station.desk import Desk
from healthpass.station.question import Question
from healthpass.station.survey import check_grounds
from healthpass.station.vouching import Voucher

__all__ = ["OTHER", "PASSPORT", "RESIDENT_ID", "Desk", "Document", "Question", "Voucher", "check_grounds"]
