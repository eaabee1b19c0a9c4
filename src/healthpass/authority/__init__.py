"""The roots of trust: a threshold of offline keys that signs the trust list."""

from __future__ import annotations

from healthpass.authority.ceremony import combine, draft, sign
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import RootSet, Window

__all__ = ["RootSet", "TrustList", "Window", "combine", "draft", "sign"]
