"""A region: it knows the person, and says "whoever holds the keys behind this commitment is
yellow in these periods", without naming anybody and without seeing a key."""

from __future__ import annotations

from healthpass.attester.answer_parts import AuditSink
from healthpass.attester.answers import QueryAnswerer
from healthpass.attester.attester import Attester, Person
from healthpass.attester.daily_keys import DailyKeys
from healthpass.attester.documents import DocumentSeeds
from healthpass.attester.query_memory import QueryMemory
from healthpass.formats.claim import Binding
from healthpass.formats.document import OTHER, PASSPORT, RESIDENT_ID, Document
from healthpass.trust.document_keys import check_document_keys_update
from healthpass.trust.station_list import ListedStation, StationLimits, StationList

__all__ = [
    "OTHER",
    "PASSPORT",
    "RESIDENT_ID",
    "Attester",
    "AuditSink",
    "Binding",
    "DailyKeys",
    "Document",
    "DocumentSeeds",
    "ListedStation",
    "Person",
    "QueryAnswerer",
    "QueryMemory",
    "StationLimits",
    "StationList",
    "check_document_keys_update",
]
