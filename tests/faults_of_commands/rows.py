"""One row, or some, for every command: what it is given in the country of `world`, and which files are its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache

from healthpass.formats.document import RESIDENT_ID
from tests.cli.desk_world import STRANGER, SURVEY, TRAVELLER
from tests.faults_of_commands.world import AT, LISTED, TRUST, Country

Told = Callable[[Country], Iterator[str]]
"""The lines of standard input, each made when the command waits for it."""


@dataclass(frozen=True)
class Row:
    """One command, with what it is given.

    Attributes:
        command: its name, as it is typed.
        words: its arguments.
        writes: its own files, as patterns: what it makes, and what it keeps.
        told: its standard input, if it reads that.
        keeps: it holds state that later commands depend on, or makes a secret: every kind of fault at every operation.
        case: what is special, where a command has several rows.
        counted: own files in which a run that is repeated may count once more, or use up one more.
        says: what it says to do, where the same again is refused although it was not done.
        talks: somebody answers it while it runs.
        once: it takes what it is given a single time: the same again is refused, as is what it cannot tell of.
        each: of how many operations one fails, in the suite and in the long run: it takes long.
    """

    command: str
    words: tuple[str, ...]
    writes: tuple[str, ...] = ()
    told: Told | None = None
    keeps: bool = False
    case: str = ""
    counted: frozenset[str] = frozenset()
    says: str = ""
    each: tuple[int, int] = (1, 1)
    talks: bool = False
    once: bool = False

    @property
    def name(self) -> str:
        return f"{self.command}, {self.case}" if self.case else self.command

    @cache  # noqa: B019  # rows live as long as the process
    def owns(self, path: str) -> bool:
        """Whether the file at a path is the command's own: also where it keeps the time of its last use."""
        return path.endswith((".clock", "/clock.txt")) or any(fnmatch(path, pattern) for pattern in self.writes)


def _lines(*lines: str) -> Told:
    return lambda country: iter(lines)


def _asked(country: Country) -> Iterator[str]:
    """A person at the desk whom the region knows."""
    yield TRAVELLER
    country.answers(country.folder / "query.cbor", country.folder / "answer.cbor")
    yield "answer.cbor"


def _answering(country: Country) -> Iterator[str]:
    """One query, and then the end of the day."""
    country.asks(country.folder / "day/sealing-key.cbor", country.folder / "asked/query.cbor")
    yield "asked/query.cbor"


def _at_the_desk(country: Country) -> Iterator[str]:
    """Somebody whom no region knows: the region is not asked, the survey is filled in, the platform issues."""
    yield from ("resident-id", STRANGER, "no", "yes", *SURVEY.split("\n")[:-1], "yellow")
    country.issues(country.folder / "person/attestation.cbor", country.folder / "asked/pass.txt")
    yield "asked/pass.txt"


_ENROLLED = ("--offer", "relative.offer", "--answer", "relative.answer", "--color", "绿")
_ANSWERS = ("--people", "people.toml", "--stations", "stations.toml", "--out", "day", "--state", "region")
_LOG = ("--audit", "audit.log", "--audit-key", "audit.key")
_VOUCHED = ("--color", "green", "--answers", "answers.txt")
_PLATFORM = ("--platform", "platform")
_LEDGER = ("platform/ledger.sqlite*", "platform.marks", "platform.marks/*")
_HANDED_IN = ("platform/windows.cbor", "platform/sealing.keys", "platform/platform.pub.cbor")
_NORTH = ("--key", "north.key")
_REGISTRAR = ("--key", "registrar.key")
_STATION = ("--key", "station.key", "--certificate", "station.cert")
_NORTH_KEYS = ("--sealing-key", "north.seal", "--document-keys", "north.keys")
_DESK = ("--region", "north.cert", "--region-sealing-key", "asked/sealing-key.cbor", *TRUST, "--state", "desk")
_DESK_KEYS = ("--sealing-key", "station.seal", "--document-keys", "station.keys")
_PERSON = ("--document", RESIDENT_ID)
_PUBLISHED = frozenset(("published/delta.cbor", "published/snapshot.cbor", "platform/ledger.sqlite"))
"""A publication that was given up has had its number, and its filling up."""
_SNAPSHOT = (*_PLATFORM, "--key", "revocation.key", "--out", "published", *AT)
_ANSWERING = 'input(); print(\'{"id":"one-1","answers":[{"decision":"ASSIST","refusal":4}]}\')'
"""A program that knows one answer."""
_VERIFY = ("--roots", "roots.txt", "--trust-list", "trust-list.cbor", "--area-table", "areas.cbor", *AT)
_GATE = ("--sealing-key", "gate.seal", "--document-keys", "gate.keys", "--place", "hospital.txt")
_FETCHED = ("--revocation", "published/snapshot.cbor", "--pieces", "published")
_ORIGIN = ("--origin", "audit.north.example/2027")
_CARD = ("--roots", "roots.txt", "--trust-list", "trust-list.cbor", "--zone", "Asia/Shanghai", "--card")

ROWS = (
    # ---- Keys and lists
    Row("keygen", ("new.key",), ("new.key", "new.key.pub"), keeps=True),
    Row("keygen", ("new.key", "--seal"), ("new.key", "new.key.pub"), case="sealed with a passphrase"),
    Row("keygen", ("new.seal", "--sealing"), ("new.seal", "new.seal.pub"), case="for sealing"),
    Row("document-key new", ("new.document",), ("new.document",), keeps=True),
    Row(
        "document-key deliver",
        (*_REGISTRAR, "--to", "gate.seal.pub", "--keys", "document.key", "--version", "2", "--out", "gate.keys", *AT),
        ("gate.keys",),
        keeps=True,
    ),
    Row("windows", ("platform", "--days", "16", "--capacity", "1024", *AT), (*_HANDED_IN, *_LEDGER), keeps=True),
    Row("windows", ("other", *AT), ("other", "other/*"), keeps=True, case="of a new platform"),
    Row("sealing", ("platform", "--days", "20", *AT), _HANDED_IN[1:], keeps=True),
    Row("sealing", ("platform", "--drop", "SEALING", *AT), _HANDED_IN[1:], keeps=True, case="a stolen key"),
    Row(
        "sealing",
        ("platform", "--drop", "all", *AT),
        _HANDED_IN[1:],
        keeps=True,
        case="a stolen file",
        counted=frozenset(("platform/sealing.keys",)),
    ),
    Row("sealing", ("other", "--name", "north", *AT), ("other", "other/*"), keeps=True, case="of a new platform"),
    Row("hold", ("platform", "trust-list2.cbor", *AT), ("platform/trust-list.cbor",), keeps=True),
    Row(
        "root pin",
        ("root1.key.pub", "root2.key.pub", "--threshold", "1", "--out", "roots.txt"),
        ("roots.txt",),
    ),
    Row(
        "root draft",
        ("--roots", "roots.txt", "--previous", "trust-list.cbor", "--out", "new.draft", *AT),
        ("new.draft",),
    ),
    Row("root sign", ("draft.cbor", "--yes", "--key", "root1.key", "--out", "new.sig"), ("new.sig",)),
    Row(
        "root combine",
        ("draft.cbor", "root1.sig", "root2.sig", "--roots", "roots.txt", "--out", "new.list"),
        ("new.list",),
    ),
    Row("root check", ("trust-list2.cbor", "--roots", "roots.txt", "--previous", "trust-list.cbor")),
    Row(
        "root publish",
        ("trust-list2.cbor", "--roots", "roots.txt", "--to", "site", *AT),
        ("site/*",),
        keeps=True,
    ),
    Row(
        "root publish",
        ("trust-list.cbor", "--roots", "roots.txt", "--to", "new/site", *AT),
        ("new", "new/*"),
        case="into a new folder",
    ),
    Row("root impact", ("trust-list.cbor", "KID", *_PLATFORM, *AT), _LEDGER),
    # ---- Places
    Row(
        "place certify",
        (*_REGISTRAR, "--class", "hospital", "--area", "7", "--png", "new.png", "--out", "new.txt", *AT),
        ("new.txt", "new.png"),
    ),
    Row("place table", ("--key", "risk.key", "--version", "3", "--high", "7", "--out", "new.cbor", *AT), ("new.cbor",)),
    Row("place publish", ("areas2.cbor", *LISTED, "--to", "site", *AT), ("site/area-table.cbor",), keeps=True),
    Row(
        "bundle",
        ("--trust-list", "trust-list.cbor", "--revocation", "published", "--out", "new.bundle"),
        ("new.bundle",),
    ),
    # ---- The region
    Row(
        "attest offer",
        (*_NORTH, *LISTED, "--days", "2", "--showings", "9", "--out", "new.offer", *AT),
        ("new.offer",),
    ),
    Row(
        "attest sign",
        (*_NORTH, *_ENROLLED, *_NORTH_KEYS, *LISTED, *_PERSON, "--own-code", "--out", "new.request", *AT),
        ("new.request",),
        _lines(TRAVELLER),
    ),
    Row(
        "attest paper",
        (*_NORTH, "--color", "绿", *_NORTH_KEYS, *LISTED, *_PERSON, "--out", "new.request", *AT),
        ("new.request",),
        _lines(TRAVELLER),
    ),
    Row("attest revoke", (*_NORTH, "--request", "me.request", "--out", "new.notice", *AT), ("new.notice",)),
    Row("audit key", ("new.audit",), ("new.audit",), keeps=True),
    Row("audit check", ("audit.log", "--checkpoint", "checkpoint-1", "--key", "checkpoints.key.pub")),
    Row(
        "audit checkpoint",
        ("audit.log", "--key", "checkpoints.key", *_ORIGIN, "--previous", "checkpoint-1", "--out", "checkpoint-2"),
        ("checkpoint-2",),
        keeps=True,
    ),
    Row("audit set-clock", ("ahead.log", "--audit-key", "audit.key", *AT), ("ahead.log",), keeps=True),
    Row("audit find", ("audit.log", "--audit-key", "audit.key", *_PERSON), told=_lines(TRAVELLER)),
    # ---- The platform
    Row(
        "issue",
        ("third.request", *_PLATFORM, "--out", "third.batch", *AT),
        ("third.batch", *_LEDGER),
        keeps=True,
    ),
    Row("paper", ("paper.batch", *_CARD, "--out", "new.pdf", *AT), ("new.pdf",)),
    Row("paper", ("paper.batch", *_CARD, "--out", "new.svg", *AT), ("new.svg",), case="as SVG"),
    Row("revoke", (*_PLATFORM, "--notice", "other.notice", *AT), _LEDGER, keeps=True),
    Row("snapshot", _SNAPSHOT, ("published/*", *_LEDGER), keeps=True, counted=_PUBLISHED),
    Row(
        "snapshot",
        (*_SNAPSHOT, "--delta", "--attestations", "1"),
        ("published/*", *_LEDGER),
        keeps=True,
        case="--delta",
        counted=_PUBLISHED,
    ),
    Row(
        "recover",
        ("--platform", "restored", "--published", "published"),
        ("restored/ledger.sqlite*", "restored.marks", "restored.marks/*"),
        keeps=True,
    ),
    # ---- The phone and the gate
    Row("wallet new", ("new.wallet", "--roots", "roots.txt"), ("new.wallet",), keeps=True),
    Row(
        "wallet answer",
        ("me.wallet", "third.offer", "--name", "mother", "--out", "new.answer", *AT),
        ("me.wallet", "new.answer"),
        keeps=True,
    ),
    Row("wallet code", ("other.wallet", "--used", *AT), ("other.wallet",), keeps=True),
    Row(
        "wallet accept",
        ("other.wallet", "other.batch", "--trust-list", "trust-list.cbor", *AT),
        ("other.wallet",),
        keeps=True,
    ),
    Row(
        "wallet update",
        ("me.wallet", "--trust-list", "trust-list2.cbor", "--area-table", "areas2.cbor", *AT),
        ("me.wallet",),
        keeps=True,
    ),
    Row(
        "present",
        ("me.wallet", "--place", "hospital.txt", "--png", "new.png", *AT),
        ("me.wallet", "new.png"),
        keeps=True,
        counted=frozenset(("me.wallet",)),
    ),
    Row(
        "present",
        ("me.wallet", "--place", "hospital.txt", "--png", "new.png", "--redraw", *AT),
        ("me.wallet", "new.png"),
        _lines(""),
        case="--redraw",
        counted=frozenset(("me.wallet",)),
    ),
    Row(
        "verify",
        ("pass.txt", "--state", "scanner", "--require-memory", *_VERIFY, *_GATE, *_FETCHED),
        ("scanner", "scanner/*"),
        keeps=True,
        once=True,
    ),
    Row("scanner-test", ("--svg", "code.svg"), ("code.svg",)),
    Row("inspect", ("trust-list.cbor",)),
    Row("doctor", ("published", "site", "audit.log", "me.wallet", *AT)),
    Row("vectors run", ("--", sys.executable, "-S", "-c", _ANSWERING)),
    Row(
        "demo",
        ("--keep", "kept", *AT),
        ("kept", "kept/*"),
        says="--keep is for a new or an empty folder",
        each=(61, 25),
    ),
    # ---- People without a phone
    Row(
        "station certify",
        (*_REGISTRAR, "--station", "station.key.pub", "--area", "7", "--out", "new.cert", *AT),
        ("new.cert",),
    ),
    Row(
        "station certify-region",
        (*_REGISTRAR, "--region", "north.key.pub", "--name", "North", "--out", "new.cert", *AT),
        ("new.cert",),
    ),
    Row(
        "station answer",
        (*_NORTH, *_NORTH_KEYS, *TRUST, *AT, *_PLATFORM, *_ANSWERS, *_LOG),
        ("audit.log", "day", "day/*", "region", "region/*", "asked/query.cbor*", *_LEDGER),
        _answering,
        talks=True,
        keeps=True,
        counted=frozenset(("audit.log", "region/queries/queries.txt", "platform/ledger.sqlite")),
        each=(3, 1),
    ),
    Row(
        "station ask",
        (*_STATION, *_DESK, *_DESK_KEYS, *_PERSON, "--consent", "--out", "query.cbor", "--png", "new.png", *AT),
        ("desk", "desk/*", "query.cbor", "answer.cbor", "new.png"),
        _asked,
        talks=True,
    ),
    Row(
        "station desk",
        (*_STATION, *_DESK, *_DESK_KEYS, "--folder", "person", "--png", "new.png", *AT),
        ("desk", "desk/*", "person", "person/*", "new.png", "asked/pass.txt"),
        _at_the_desk,
        talks=True,
        says="--folder names a new one for each person",
    ),
    Row("station form", ("--out", "form.pdf"), ("form.pdf",)),
    Row("station survey", ("--out", "new.answers", *AT), ("new.answers",), _lines(*SURVEY.split("\n")[:-1])),
    Row(
        "station vouch",
        (*_STATION, *_VOUCHED, *_DESK_KEYS, *TRUST, *_PERSON, "--out", "new.vouched", *AT),
        ("new.vouched",),
        _lines(STRANGER),
    ),
    Row(
        "station revoke",
        ("--key", "station.key", "--attestation", "vouched.cbor", "--out", "new.notice", *AT),
        ("new.notice",),
    ),
    Row("station check", ("answers.txt", "--attestation", "vouched.cbor")),
    Row(
        "station issue",
        ("vouched.cbor", *_PLATFORM, *TRUST, "--out", "new.txt", "--png", "new.png", *AT),
        ("new.txt", "new.png", *_LEDGER),
        keeps=True,
    ),
    Row(
        "station add",
        ("stations.toml", "--certificate", "station.cert", "--name", "City hospital, after all"),
        ("stations.toml",),
    ),
    Row(
        "station add",
        ("list/stations.toml", "--certificate", "station.cert", "--name", "City hospital"),
        ("list", "list/*"),
        case="to a new list",
    ),
    Row("station remove", ("stations.toml", "STATION"), ("stations.toml",)),
    Row("station list", ("stations.toml",)),
)
