"""What a scanner embeds: `Verifier` and the `TrustStore` that it believes.

Imports nothing of the other roles, and loads nothing that verification does not need.
"""

from __future__ import annotations

from healthpass.formats.window import RootSet
from healthpass.verifier.trust_store import TrustStore
from healthpass.verifier.verifier import Verifier

__all__ = ["RootSet", "TrustStore", "Verifier"]
