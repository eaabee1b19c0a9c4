"""healthpass: a pass that reveals a colour and an expiry, and has no room for anything else.

This package holds what every role shares. The roles are packages of their own: `healthpass.verifier` (scanners),
`healthpass.holder` (wallets), `healthpass.issuer` (the platform), `healthpass.attester` (regions) and
`healthpass.authority` (the roots of trust), with `healthpass.station` (the green channel), `healthpass.paper` and
`healthpass.crypto` (keys).

Public is what the `__all__` of these packages names, of `healthpass.errors`, `healthpass.attester.audit` and
`healthpass.issuer.ledger`, and what the reference shows of `healthpass.formats`. Everything else is internal.
"""

from __future__ import annotations

from healthpass._values import Color, Decision, DocumentCheck, Verdict
from healthpass.errors import BadInput, HealthpassError, RefusalCode, Refused

__version__ = "0.1.0"
__all__ = [
    "BadInput",
    "Color",
    "Decision",
    "DocumentCheck",
    "HealthpassError",
    "RefusalCode",
    "Refused",
    "Verdict",
    "__version__",
]
