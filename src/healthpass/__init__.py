"""healthpass: a pass that reveals a colour and an expiry, and has no room for anything else.

This package holds what every role shares. The roles are packages of their own: `healthpass.verifier` (scanners),
`healthpass.holder` (wallets), `healthpass.issuer` (the platform), `healthpass.attester` (regions) and
`healthpass.authority` (the roots of trust).
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
