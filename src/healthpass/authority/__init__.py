"""The roots of trust: a threshold of offline keys that signs the trust list.

TrustListBuilder ──► draft ──► sign, on each root's machine ──► combine ──► what scanners and wallets load
"""

from __future__ import annotations

from healthpass.authority.builder import TrustListBuilder
from healthpass.authority.ceremony import combine, draft, sign
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import RootSet, Window

__all__ = ["RootSet", "TrustList", "TrustListBuilder", "Window", "combine", "draft", "sign"]
