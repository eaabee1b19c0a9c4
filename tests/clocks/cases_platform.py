"""What the platform, paper and the command line decide by their clocks."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from datetime import UTC
from io import StringIO
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from healthpass.attester import Attester
from healthpass.cli.doctor.findings import Round
from healthpass.cli.main import main
from healthpass.cli.revoke import _warn_of_gaps
from healthpass.cli.trust_options import list_in_force
from healthpass.crypto.keyfile import encode_roots
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.revocation.messages import Snapshot
from healthpass.formats.window import LARGEST_SKEW
from healthpass.issuer import PublishingOptions, RecognitionRules, SQLiteLedger, StationIssuer, WindowKeys
from healthpass.issuer.ledger.protocol import Plan
from healthpass.issuer.platform import KEYS_FILE, TRUST_LIST_FILE
from healthpass.issuer.published import Standing, _check_newer
from healthpass.issuer.revoking import open_notice
from healthpass.issuer.window_keys import encode_window_keys
from healthpass.paper.language import Language
from healthpass.paper.layout import LONGEST_DAY, sheet
from healthpass.paper.passes import PaperPass, _checked
from healthpass.trust.platforms import STATION_PERIOD
from healthpass.trust.revocations import open_delta, open_snapshot
from healthpass.trust.updates import CLOCK_SKEW
from tests.clocks.holding import holds, outcome
from tests.issuing import (
    REGION,
    STATE,
    TODAY_KEY,
    attest,
    device_passes,
    list_issued,
    make_issuer,
    make_rule,
    window_key,
)
from tests.making import DAY, NOW, ROOTS, TOMORROW, WINDOW, make_claim, make_trust_list, sign_trust_list
from tests.revoking import REVOKER
from tests.stations import station_list, stations_of, vouch
from tests.unit.issuer.test_publisher import LIST, notice, publisher
from tests.unit.issuer.test_publisher import issue as issued_to

RECOGNITION = "issuer/recognition.py"
STATIONS = "issuer/stations.py"


@contextmanager
def a_ledger() -> Iterator[SQLiteLedger]:
    """A ledger in memory with an attestation of today and tomorrow, three claims each."""
    with SQLiteLedger(":memory:") as opened:
        issued_to(opened, 1)
        yield opened


def issue(issued: int, now: int, **rule: Any) -> object:
    with SQLiteLedger(":memory:") as ledger:
        issuer = make_issuer(ledger, rules=RecognitionRules([make_rule(**rule)]))
        return outcome(lambda: issuer.issue(attest(issued=issued), now=now))


@holds(
    RECOGNITION,
    "AttesterRule.check",
    "attestation.issued > now + CLOCK_SKEW",
    gives=("taken", "taken", "from-the-future"),
)
def _(second: int) -> object:
    return issue(NOW + CLOCK_SKEW + second, NOW)


@holds(
    RECOGNITION,
    "AttesterRule.check",
    "attestation.issued + self.attestation_age < now",
    gives=("taken", "taken", "too-old"),
)
def _(second: int) -> object:
    return issue(NOW, NOW + 600 + second, attestation_age=600)


@holds(RECOGNITION, "AttesterRule.check_window", "now >= window.expires", gives=("taken", "window-over", "window-over"))
def _(second: int) -> object:
    return issue(WINDOW.expires - 600, WINDOW.expires + second)


@holds(
    RECOGNITION,
    "AttesterRule.check_window",
    "window.valid_from > now + self.windows_ahead",
    gives=("window-too-far", "taken", "taken"),
)
def _(second: int) -> object:
    with SQLiteLedger(":memory:") as ledger:
        issuer = make_issuer(ledger, rules=RecognitionRules([make_rule(windows_ahead=3600)]))
        now = TOMORROW.valid_from - 3600 + second
        attestation = attest(device_passes(1, [TOMORROW]), issued=now)
        return outcome(lambda: issuer.issue(attestation, now=now))


def vouched(now: int, **more: Any) -> object:
    with SQLiteLedger(":memory:") as ledger:
        issuer = make_issuer(ledger, stations=stations_of())
        listed = station_list(issued=more.pop("listed", NOW - 60))
        return outcome(lambda: StationIssuer(issuer, ledger, listed).issue(vouch(**more), now=now))


@holds(
    STATIONS,
    "StationIssuer._check",
    "content.expires - content.valid_from > STATION_PERIOD",
    gives=("taken", "taken", "window-too-long"),
)
def _(second: int) -> object:
    key = window_key(900, NOW - 60, NOW - 60 + STATION_PERIOD + second)
    with SQLiteLedger(":memory:") as ledger:
        issuer = make_issuer(ledger, [key], stations=stations_of())
        data = vouch(valid_from=key.window.valid_from, expires=key.window.expires)
        listed = station_list(windows=[key.window])
        return outcome(lambda: StationIssuer(issuer, ledger, listed).issue(data, now=NOW))


@holds(
    "issuer/ledger/codes.py",
    "count_attempt",
    "totals.get(db, totals.HOUR) == hour",
    gives=("too-many-attempts", "unknown-attestation", "unknown-attestation"),
)
def _(second: int) -> object:
    hour = NOW - NOW % 3600
    with SQLiteLedger(":memory:") as ledger:
        ledger.most_attempts = 1
        outcome(lambda: ledger.revoke_by_recovery([], now=hour))
        return outcome(lambda: ledger.revoke_by_recovery([], now=hour + 3600 + second))


@holds(
    STATIONS,
    "StationIssuer._check",
    "content.issued > now + CLOCK_SKEW",
    gives=("taken", "taken", "from-the-future"),
)
def _(second: int) -> object:
    return vouched(NOW, issued=NOW + CLOCK_SKEW + second)


@holds(
    STATIONS,
    "StationIssuer._check",
    "content.issued + rules.attestation_age < now",
    gives=("taken", "taken", "too-old"),
)
def _(second: int) -> object:
    return vouched(NOW + 3600 + second, issued=NOW)


@holds("issuer/window_keys.py", "WindowKey.state", "now >= self.window.expires", gives=("OPEN", "OVER", "OVER"))
def _(second: int) -> object:
    return TODAY_KEY.state(WINDOW.expires + second).name


@holds("issuer/window_keys.py", "WindowKey.state", "now >= self.window.valid_from", gives=("UPCOMING", "OPEN", "OPEN"))
def _(second: int) -> object:
    return TODAY_KEY.state(WINDOW.valid_from + second).name


@holds(
    "issuer/window_keys.py",
    "WindowKeys.finished",
    "trust_list.issued > window.expires + LARGEST_SKEW",
    gives=(0, 0, 1),
)
def _(second: int) -> object:
    return len(WindowKeys([TODAY_KEY]).finished(list_issued(WINDOW.expires + LARGEST_SKEW + second)))


@holds(
    "issuer/revoking.py",
    "open_notice",
    "notice.issued > now + CLOCK_SKEW",
    gives=("taken", "taken", "from-the-future"),
)
def _(second: int) -> object:
    notice = Attester(REGION).revoke(bytes(16), now=NOW + CLOCK_SKEW + second)
    return outcome(lambda: open_notice(notice, NOW))


@holds("issuer/ledger/notices.py", "forget", "until < ?", gives=("kept", "kept", "forgotten"))
def _(second: int) -> object:
    with SQLiteLedger(":memory:") as ledger:
        ledger.revoke(REGION.public_key, bytes(16), now=NOW, until=WINDOW.expires)
        ledger.forget_notices(before=WINDOW.expires + second)
        rows = [list(ledger._db.execute(f"SELECT until FROM {table}")) for table in ("notices", "noticed")]
        return "kept" if all(rows) else "forgotten" if not any(rows) else "in part"


@holds(
    "issuer/ledger/revocations.py",
    "begin",
    "row.issued > plan.issued",
    gives=("clock-behind", "taken", "taken"),
)
def _(second: int) -> object:
    with a_ledger() as ledger, ledger.publishing(REVOKER.public_key) as turn:
        turn.begin(Plan(NOW, [WINDOW.kid], frozenset([WINDOW.kid])))
        return outcome(lambda: turn.begin(Plan(NOW + second, [WINDOW.kid], frozenset([WINDOW.kid]))))


@holds(
    "issuer/ledger/revocations.py",
    "_must_wait",
    "at > plan.issued - plan.longest_wait",
    gives=("waits", "goes out", "goes out"),
)
def _(second: int) -> object:
    with a_ledger() as ledger:
        patient = publisher(ledger, PublishingOptions(attestations=8, longest_wait=3600))
        patient.snapshot(NOW)
        patient.revoke(notice(1), STATE, now=NOW + 10)
        return "waits" if patient.delta(NOW + 10 + 3600 + second) is None else "goes out"


@holds("issuer/published.py", "_check_newer", "new.issued < each.issued", gives=("rollback", "taken", "taken"))
def _(second: int) -> object:
    before = Standing(Snapshot(1, NOW, NOW + DAY, {}), None, {}, False)
    return outcome(lambda: _check_newer(Snapshot(2, NOW + second, NOW + DAY, {}), before))


@holds(
    "formats/window.py",
    "Window.is_over",
    "now >= self.expires + LARGEST_SKEW",
    gives=(2, 1, 1),
)
def _(second: int) -> object:
    with a_ledger() as ledger:
        message, _ = publisher(ledger).snapshot(WINDOW.expires + LARGEST_SKEW + second)
        return len(open_snapshot(message, LIST)[1].filters)


@holds(
    "formats/window.py",
    "Window.is_over",
    "now >= self.expires + LARGEST_SKEW",
    gives=(5, 3, 3),
)
def _(second: int) -> object:
    """How many slots a delta has under today's window: filled up to five, while it is live."""
    with a_ledger() as ledger:
        mine = publisher(ledger, PublishingOptions(1, longest_wait=0, least_slots=5))
        mine.snapshot(NOW)
        mine.revoke(notice(1), STATE, now=NOW)
        message = mine.delta(WINDOW.expires + LARGEST_SKEW + second)
        assert message is not None
        return len(open_delta(message, LIST)[1].slots[WINDOW.kid]) // 4


@holds("paper/passes.py", "_checked", "window.expires <= now", gives=("taken", "window-over", "window-over"))
def _(second: int) -> object:
    data = make_claim(binding=Binding.DOCUMENT)
    return outcome(lambda: _checked(parse_claim(data), data, WINDOW, WINDOW.expires + second))


@holds(
    "paper/layout.py",
    "sheet",
    "each.expires - each.valid_from > LONGEST_DAY",
    gives=("taken", "taken", "not-one-day"),
)
def _(second: int) -> object:
    printed = PaperPass("HP1:" + "0" * 162, NOW, NOW + LONGEST_DAY + second)
    return outcome(lambda: sheet([printed], Language.shipped("en"), UTC))


def impact(now: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(sign_trust_list(LIST))
        done = CliRunner().invoke(main, ["root", "impact", str(path), WINDOW.kid.hex(), "--now", str(now), "--json"])
        assert done.exit_code == 0, done.output
        return done.output


@holds("formats/window.py", "Window.is_over", "now >= self.expires + LARGEST_SKEW", gives=(1, 0, 0))
def _(second: int) -> object:
    return json.loads(impact(WINDOW.expires + LARGEST_SKEW + second))["live_windows"]


@holds(
    "cli/trust_options.py",
    "list_in_force",
    "now < content.issued - CLOCK_SKEW",
    gives=("clock-behind", "taken", "taken"),
)
def _(second: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        roots, listed = Path(folder) / "roots", Path(folder) / "list"
        roots.write_text(encode_roots(ROOTS))
        listed.write_bytes(sign_trust_list(LIST))
        return outcome(lambda: list_in_force(listed, roots, LIST.issued - CLOCK_SKEW + second))


@holds("formats/window.py", "Window.is_over", "now >= self.expires + LARGEST_SKEW", gives=(True, False, False))
def _(second: int) -> object:
    warned = StringIO()
    with tempfile.TemporaryDirectory() as name, redirect_stderr(warned):
        folder = Path(name)
        (folder / KEYS_FILE).write_bytes(encode_window_keys(WindowKeys([TODAY_KEY])))
        (folder / TRUST_LIST_FILE).write_bytes(sign_trust_list(make_trust_list()))
        _warn_of_gaps(folder, WINDOW.expires + LARGEST_SKEW + second)
    return "warning" in warned.getvalue()


@holds("cli/doctor/findings.py", "Round.has_come", "self.now >= moment", gives=("soon", "wrong", "wrong"))
def _what_has_run_out(second: int) -> object:
    return Round(NOW + second, days=1).lasts("thing", Path("file"), NOW, DAY, "renew it").state


@holds("cli/doctor/findings.py", "Round.has_come", "self.now >= moment", gives=("well", "soon", "soon"))
def _what_runs_out_soon(second: int) -> object:
    return Round(NOW + second, days=1).lasts("thing", Path("file"), NOW + DAY, DAY, "renew it").state


@holds("cli/doctor/findings.py", "Round.has_come", "self.now >= moment", gives=("well", "soon", "soon"))
def _what_is_in_its_last_quarter(second: int) -> object:
    return Round(NOW + second).lasts("thing", Path("file"), NOW + DAY // 4, DAY, "renew it").state
