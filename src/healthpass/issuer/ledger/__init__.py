"""The ledger: what whoever writes another one fulfils, and the values that it takes and gives.

`protocol` says what a ledger must do; `sqlite` and `postgres` do it, with what `sql` has in common.
"""

from __future__ import annotations

from healthpass.issuer.ledger.protocol import Entry, Ledger, Limit, Plan, Publication, Request, Turn

__all__ = ["Entry", "Ledger", "Limit", "Plan", "Publication", "Request", "Turn"]
