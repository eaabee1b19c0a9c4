"""What a scanner embeds: `Verifier` and the `TrustStore` that it believes.

    trust list ──► TrustStore ◄── area table        place certificate ──► Gate: may people be checked here?
                       └──► Verifier.verify(text) ──► Verdict, or Refused ──► Policy.decide: admit, assist, refuse

Imports nothing of the other roles, and loads nothing that verification does not need.
"""

from __future__ import annotations

from healthpass.formats.window import RootSet
from healthpass.verifier.steps import needs_documents
from healthpass.verifier.trust_store import TrustStore
from healthpass.verifier.verifier import Verifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.document import Document
    from healthpass.verifier.policy import Decision, Policy
else:  # a type checker would take any name for one that this gives

    def __getattr__(name: str) -> object:
        """What not every scanner has a use for, once it is asked for: the others start faster without it."""
        if name == "Document":
            from healthpass.formats.document import Document

            return Document
        if name in ("Decision", "Policy"):
            from healthpass.verifier import policy

            return getattr(policy, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Decision", "Document", "Policy", "RootSet", "TrustStore", "Verifier", "needs_documents"]
