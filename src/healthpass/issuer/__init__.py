"""The national platform: it recognises what regions vouch for, and signs claims. It knows no person.

attestation ──► recognition ──► ledger ──► slots ──► signature ──► batch of claims
                (rules, TOML)   (numbers)  (keyed permutation, one window's key)
"""

from __future__ import annotations

from healthpass.issuer.issuer import Batch, Issuer
from healthpass.issuer.ledger import Entry, Ledger, Request
from healthpass.issuer.recognition import AttesterRule, RecognitionRules
from healthpass.issuer.slots import SlotPermutation
from healthpass.issuer.sqlite_ledger import SQLiteLedger
from healthpass.issuer.window_keys import WindowKey, WindowKeys, WindowState

__all__ = [
    "AttesterRule",
    "Batch",
    "Entry",
    "Issuer",
    "Ledger",
    "RecognitionRules",
    "Request",
    "SQLiteLedger",
    "SlotPermutation",
    "WindowKey",
    "WindowKeys",
    "WindowState",
]
