"""A region's audit: a log of entries, each sealed by the one before, and how one is checked and mended."""

from __future__ import annotations

from healthpass.attester.audit.check import Problem, Report, check_log
from healthpass.attester.audit.entry import FAILED, NOT_KNOWN, PASS
from healthpass.attester.audit.log import AuditLog
from healthpass.attester.audit.reading import checkpoint_of, find_entries

__all__ = [
    "FAILED",
    "NOT_KNOWN",
    "PASS",
    "AuditLog",
    "Problem",
    "Report",
    "check_log",
    "checkpoint_of",
    "find_entries",
]
