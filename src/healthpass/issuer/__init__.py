"""The national platform: it recognises what regions vouch for, and signs claims. It knows no person.

attestation ──► recognition ──► ledger ──► slots ──► signature ──► batch of claims
                (rules, TOML)   (numbers)  (keyed permutation, one window's key)
notice or code ───────────────► ledger ──► slots ──► filters, snapshot, delta
                                           (the revocation key)
"""

from __future__ import annotations

from healthpass.formats.claim import Binding
from healthpass.issuer.batch import Batch
from healthpass.issuer.issuer import Issuer
from healthpass.issuer.ledger.protocol import Ledger
from healthpass.issuer.ledger.sqlite import SQLiteLedger
from healthpass.issuer.platform import PlatformFolder, PlatformState
from healthpass.issuer.published import Published
from healthpass.issuer.published_folder import PublishedFolder
from healthpass.issuer.publisher import RevocationPublisher
from healthpass.issuer.publishing_options import PublishingOptions
from healthpass.issuer.recognition import AttesterRule, RecognitionRules
from healthpass.issuer.revoking import Revocation, revoke, revoke_by_code
from healthpass.issuer.sealing_keys import SealingKeys
from healthpass.issuer.stations import StationIssuer, StationRules
from healthpass.issuer.window_keys import WindowKey, WindowKeys
from healthpass.trust.station_list import ListedStation, StationLimits, StationList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.issuer.ledger.postgres import PostgresLedger
else:  # a type checker would take any name for one that this gives

    def __getattr__(name: str) -> object:
        """`PostgresLedger` needs psycopg, an extra."""
        if name != "PostgresLedger":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from healthpass.issuer.ledger.postgres import PostgresLedger

        return PostgresLedger


__all__ = [
    "AttesterRule",
    "Batch",
    "Binding",
    "Issuer",
    "Ledger",
    "ListedStation",
    "PlatformFolder",
    "PlatformState",
    "PostgresLedger",
    "Published",
    "PublishedFolder",
    "PublishingOptions",
    "RecognitionRules",
    "Revocation",
    "RevocationPublisher",
    "SQLiteLedger",
    "SealingKeys",
    "StationIssuer",
    "StationLimits",
    "StationList",
    "StationRules",
    "WindowKey",
    "WindowKeys",
    "revoke",
    "revoke_by_code",
]
