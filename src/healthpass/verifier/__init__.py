"""What a scanner embeds: `Verifier` and the `TrustStore` that it believes.

    trust list ──► TrustStore ◄── area table        place certificate ──► Gate: may people be checked here?
                       └──► Verifier.decide(text) ──► Outcome: ADMIT, REFUSE, ASSIST, NO_CHECK or ASK, and why
                                └─ Verifier.verify(text) ──► Verdict, or Refused: for who wants the parts

Imports nothing of the other roles, and loads nothing that verification does not need.
"""

from __future__ import annotations

from healthpass.formats.window import RootSet
from healthpass.verifier.outcome import Outcome
from healthpass.verifier.steps import needs_documents
from healthpass.verifier.trust_store import TrustStore
from healthpass.verifier.verifier import Verifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.document import OTHER, PASSPORT, RESIDENT_ID, Document
    from healthpass.verifier.bundle import BundleReport
    from healthpass.verifier.policy import Policy
    from healthpass.verifier.replay import ReplayMemory
    from healthpass.verifier.replay_boot import ram_folders, this_boot
    from healthpass.verifier.replay_shared import SharedReplayMemory
    from healthpass.verifier.sentences import Sentences
    from healthpass.verifier.wedge import reading, readings
else:  # a type checker would take any name for one that this gives
    _LATER = {
        "BundleReport": "healthpass.verifier.bundle",
        "Document": "healthpass.formats.document",
        "OTHER": "healthpass.formats.document",
        "PASSPORT": "healthpass.formats.document",
        "Policy": "healthpass.verifier.policy",
        "RESIDENT_ID": "healthpass.formats.document",
        "ReplayMemory": "healthpass.verifier.replay",
        "Sentences": "healthpass.verifier.sentences",
        "SharedReplayMemory": "healthpass.verifier.replay_shared",
        "ram_folders": "healthpass.verifier.replay_boot",
        "reading": "healthpass.verifier.wedge",
        "readings": "healthpass.verifier.wedge",
        "this_boot": "healthpass.verifier.replay_boot",
    }

    def __getattr__(name: str) -> object:
        """What not every program has a use for, once it is asked for: a scanner starts faster without it."""
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(__import__(_LATER[name], fromlist=(name,)), name)


__all__ = [
    "OTHER",
    "PASSPORT",
    "RESIDENT_ID",
    "BundleReport",
    "Document",
    "Outcome",
    "Policy",
    "ReplayMemory",
    "RootSet",
    "Sentences",
    "SharedReplayMemory",
    "TrustStore",
    "Verifier",
    "needs_documents",
    "ram_folders",
    "reading",
    "readings",
    "this_boot",
]
