"""A station: a desk of a hospital where people without a pass are helped.

    document + consent ──Desk.ask──► Question.envelope ──platform──► region
                                                                       │
    text of a pass, or None ◄──Question.answer── envelope ◄──platform──┘

Nothing is written to disk.
"""

from __future__ import annotations

from healthpass.formats.document import Document
from healthpass.station.desk import Desk
from healthpass.station.question import Question

__all__ = ["Desk", "Document", "Question"]
