"""What the tests of a ledger ask of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from healthpass.crypto.signer import SoftwareSigner
from healthpass.errors import AttestationRefused
from healthpass.formats.window import Window
from healthpass.issuer import Issuer, Ledger, SQLiteLedger, WindowKey
from healthpass.issuer.ledger import Plan, Publication, Request
from healthpass.issuer.ledger.postgres import PostgresLedger
from tests.issuing import (
    ANSWER_SECRET,
    BOTH_DAYS,
    SCALE,
    TOMORROW_KEY,
    WALLET,
    attest,
    both_passes,
    device_passes,
    issued,
    make_issuer,
    paper_passes,
)
from tests.making import NOW, WINDOW
from tests.raising import raises

AnyLedger = SQLiteLedger | PostgresLedger
Open = Callable[[], AnyLedger]
KINDS = ["sqlite", "postgres"]
KID, OTHER_KID = b"kid0", b"kid1"
CAPACITY = 64
REGION, OTHER_REGION = bytes(32), bytes(range(100, 132))
REVOKER, OTHER_REVOKER = b"r" * 32, b"s" * 32


def request_for(
    reference: int = 1,
    count: int = 3,
    kids: tuple[bytes, ...] = (KID,),
    attester: bytes = REGION,
    digest: bytes = bytes(32),
    capacity: int = CAPACITY,
    marks: tuple[tuple[bytes, bytes], ...] = (),
) -> Request:
    wanted = [(kid, capacity, count) for kid in kids]
    return Request(attester, reference.to_bytes(16, "big"), digest, wanted, marks=marks)


def open_named(name: str, second_place: Path | None = None) -> AnyLedger:
    """The ledger of a name that processes can give each other: a file's path, or "SCHEMA@CONNINFO"."""
    schema, at, conninfo = name.partition("@")
    if at:
        return PostgresLedger(conninfo, schema=schema, second_place=second_place)
    return SQLiteLedger(Path(name), second_place=second_place)


def begun(ledger: Ledger, plan: Plan, key: bytes = REVOKER) -> Publication | None:
    """A publication that comes no further."""
    with ledger.publishing(key) as turn:
        return turn.begin(plan)


def published(ledger: Ledger, plan: Plan, key: bytes = REVOKER) -> Publication:
    """A publication that came to its end."""
    with ledger.publishing(key) as turn:
        made = turn.begin(plan)
        assert made is not None
        turn.signed(made.version, digest_of(made))
        assert turn.published(made.version, digest_of(made))
    return made


def digest_of(made: Publication) -> bytes:
    """As if it were of what was signed."""
    return made.version.to_bytes(32, "big")


def issue_much(ledger: Ledger) -> tuple[Issuer, list[bytes]]:
    """Issues 122 claims of every kind, among them one of reference 3 that is found again by it, and refuses some.

    Returns:
        The platform; and all that no ledger may hold of it, of the regions and of the holders.
    """
    seed = sha256(b"today").digest()
    today = Window(WINDOW.kid, SoftwareSigner(seed).public_key, *WINDOW.values()[2:])  # type: ignore[arg-type]  # in order
    issuer = make_issuer(ledger, [WindowKey(today, SoftwareSigner(seed), sha256(seed).digest()), TOMORROW_KEY])
    phone = device_passes(20, BOTH_DAYS)
    family, colors = both_passes(8, 5, BOTH_DAYS, 100), [*SCALE, *list(SCALE)[:2], *SCALE]
    paper = paper_passes(BOTH_DAYS)
    wallet = replace(WALLET, recovery_hash=b"\x98" * 32)
    claims = [
        *issued(issuer, attest(phone, recovery_hash=b"\x99" * 32, wallet=wallet)),
        *issued(issuer, attest(family, colors, reference=2)),
        *issued(issuer, attest(paper, ["stay in"], reference=3)),
    ]
    assert len(claims) == 40 + 80 + 2
    with raises(
        AttestationRefused,
        "repeated-key",
        "a holder key is bound to a document in another attestation already; make a new offer",
    ):
        issuer.issue(attest(family, colors, reference=4), now=NOW)
    secrets = [seed, sha256(seed).digest(), TOMORROW_KEY.slot_secret]
    secrets += [*(word.encode() for word in SCALE), b"North"]
    secrets += [WALLET.blinder, WALLET.answer_key, ANSWER_SECRET]
    secrets += [key for asked in (phone, family) for keys in asked.keys or () for key in keys]
    secrets += [each for asked in (family, paper) for seeds in asked.seeds or () for each in seeds]
    return issuer, secrets + [claim[-64:] for claim in claims]
