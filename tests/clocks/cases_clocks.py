"""What is decided where a clock has jumped, or something was dated in the future."""

from __future__ import annotations

import tempfile
from pathlib import Path

from healthpass.attester.audit.log import CLOCK_STEP, PASS
from healthpass.authority.changes import describe_changes
from healthpass.cli.clocks import AHEAD, BEHIND, STEP, check, floor_by, keep
from healthpass.cli.publishing import keep_dated_ahead
from healthpass.crypto.signer import sign_message
from healthpass.formats import cose
from healthpass.formats.document import Document
from healthpass.formats.revocation.messages import Snapshot, encode_snapshot
from healthpass.issuer.published import Standing, without_the_future
from healthpass.issuer.published_folder import SNAPSHOT_FILE
from healthpass.trust.updates import CLOCK_SKEW
from tests.auditing import NEIGHBOUR, STATIONS, open_log
from tests.clocks.holding import holds, outcome
from tests.making import DAY, NOW, make_trust_list, sign_trust_list
from tests.revoking import REVOKER


@holds(
    "attester/audit/log.py",
    "AuditLog.set_clock",
    "time >= before - CLOCK_STEP",
    gives=(NOW, "clock-fits", "clock-fits"),
)
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as folder, open_log(Path(folder) / "log") as log:
        with Document(*NEIGHBOUR) as document:
            log.record(station=STATIONS[0], now=NOW, kind=PASS, document=document)
        return outcome(lambda: log.set_clock(now=NOW - CLOCK_STEP + second), taken=NOW)


@holds("authority/changes.py", "describe_changes", "new.issued < previous.issued", gives=(True, False, False))
def _(second: int) -> object:
    lines = describe_changes(make_trust_list(2, issued=NOW + second), make_trust_list(1, issued=NOW))
    return any("ISSUED BEFORE" in line for line in lines)


@holds("cli/clocks.py", "check", "newest - BEHIND <= now <= newest + AHEAD", gives=("clock-jump", "taken", "taken"))
def _(second: int) -> object:
    return outcome(lambda: check(NOW, NOW - BEHIND + second, False))


@holds("cli/clocks.py", "check", "newest - BEHIND <= now <= newest + AHEAD", gives=("taken", "taken", "clock-jump"))
def _(second: int) -> object:
    return outcome(lambda: check(NOW, NOW + AHEAD + second, False))


@holds("cli/clocks.py", "keep", "now >= newest + STEP", gives=(False, True, True))
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "clock.txt"
        keep([record], NOW)
        keep([record], NOW + STEP + second)
        return str(NOW + STEP + second) in record.read_text()


@holds("cli/clocks.py", "floor_by", "content.issued > now + CLOCK_SKEW", gives=(NOW, NOW, 0))
def _(second: int) -> object:
    content = make_trust_list(issued=NOW)
    return floor_by(content, sign_trust_list(content), NOW - CLOCK_SKEW - second, True).issued


@holds(
    "cli/publishing.py", "keep_dated_ahead", "content.issued > now + CLOCK_SKEW", gives=([], [], ["dated-ahead-1.cbor"])
)
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        payload = encode_snapshot(Snapshot(1, NOW, NOW + DAY, {}))
        (Path(folder) / SNAPSHOT_FILE).write_bytes(sign_message(REVOKER, cose.SNAPSHOT, payload))
        return keep_dated_ahead(Path(folder), NOW - CLOCK_SKEW - second)


@holds("issuer/published.py", "without_the_future", "each.issued > now + CLOCK_SKEW", gives=(False, False, True))
def _(second: int) -> object:
    found = Standing(Snapshot(1, NOW, NOW + DAY, {}), None, {}, False)
    return without_the_future(found, NOW - CLOCK_SKEW - second).snapshot is None
