"""The roots of trust and those who act for them.

TrustListBuilder ──► draft ──► sign, on each root's machine ──► combine ──► what scanners and wallets load
Registrar ──► place certificates        RiskOffice ──► area tables
"""

from __future__ import annotations

from healthpass.authority.builder import TrustListBuilder
from healthpass.authority.bundles import make_bundle
from healthpass.authority.ceremony import combine, draft, sign
from healthpass.authority.changes import describe_changes
from healthpass.authority.offices import Registrar, RiskOffice
from healthpass.formats.check_policy import default_policy
from healthpass.formats.hand_in import HandIn
from healthpass.formats.place import PlaceClass
from healthpass.formats.text import encode_place_text
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import RootSet, Window

__all__ = [
    "HandIn",
    "PlaceClass",
    "Registrar",
    "RiskOffice",
    "RootSet",
    "TrustList",
    "TrustListBuilder",
    "Window",
    "combine",
    "default_policy",
    "describe_changes",
    "draft",
    "encode_place_text",
    "make_bundle",
    "sign",
]
