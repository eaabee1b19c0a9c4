"""docs/operations/revocation.md: its commands run and print what stands there, its numbers are measured."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from healthpass.attester import Attester
from healthpass.cli.inspect.revocation import delta_fields
from healthpass.cli.publishing import publishing_options
from healthpass.formats.revocation.builder import build_filter
from healthpass.issuer import PublishingOptions, RevocationPublisher, SQLiteLedger, WindowKeys
from tests.cli.terminal import Terminal
from tests.cli.test_documentation import PAGE as COMMAND_LINE
from tests.cli.test_documentation import play
from tests.cli.test_revocation import next_list, notice, revoke, snapshot, told
from tests.issuing import REGION, STATE, attest, device_passes, make_issuer, window_key
from tests.making import DAY, NOW, WINDOW, make_trust_list, signer
from tests.shelf import Shelf

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operations" / "revocation.md").read_text(encoding="utf-8")
KEYS = [window_key(500 + n, WINDOW.valid_from + n * DAY, WINDOW.expires + n * DAY, 4**12) for n in range(2)]
LIST = make_trust_list(
    windows=tuple(key.window for key in KEYS),
    revocation_keys={signer(90).public_key: tuple(key.window.kid for key in KEYS)},
)
OPTIONS = PublishingOptions(2, least_slots=0)
CLAIMS = 24


@pytest.mark.slow
def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its end a scanner goes by the new key, and the pass is as revoked as under the old one."""
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)
    play(terminal, COMMAND_LINE.split("## Taking passes back")[0])
    play(terminal, PAGE)
    text = terminal.json("present", "me.wallet", "--place", "station.txt")["text"]
    words = ["--roots", "roots.txt", "--state", "scanner", "--place", "station.txt"]
    assert terminal.run("verify", text, *words, code=1) == "REFUSE: REVOKED\n"
    key = terminal.json("inspect", "new-revocation.key.pub")["key"]
    assert terminal.json("inspect", "published-anew/snapshot.cbor")["revocation_key"] == key
    assert terminal.json("inspect", "published/snapshot.cbor")["revocation_key"] != key


def delta(folder: Path, attestations: int, windows: int, floor: int) -> tuple[int, int]:
    """The bytes of a delta of so many attestations, and the numbers that are taken to fill it up."""
    used = [key.window for key in KEYS[:windows]]
    options = PublishingOptions(attestations=1, least_slots=floor)
    with SQLiteLedger(folder / f"{attestations} {windows} {floor}") as ledger:
        publisher = RevocationPublisher(WindowKeys(KEYS), ledger, signer(90), Shelf(), LIST, options)
        publisher.snapshot(NOW)
        issuer = make_issuer(ledger, KEYS)
        for n in range(attestations):
            grants = device_passes(CLAIMS, used, first_key=1000 * n)
            issuer.issue(attest(grants, reference=n + 1), now=NOW)
            publisher.revoke(Attester(REGION).revoke((n + 1).to_bytes(16, "big"), now=NOW), STATE, now=NOW)
        made = publisher.delta(NOW)
        assert made is not None
        taken = sum(ledger.issued(window.kid) for window in used)
    return len(made), taken - CLAIMS * windows * attestations


def test_what_the_floors_cost(tmp_path: Path) -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 5
    for row in rows:
        attestations, windows, *numbers = map(int, row)
        plain, nothing = delta(tmp_path, attestations, windows, 0)
        filled, taken = delta(tmp_path, attestations, windows, 256)
        assert (nothing, numbers) == (0, [plain, filled, taken]), row


def test_what_is_counted_is_not_what_stands_under_a_window(tmp_path: Path) -> None:
    """docs/privacy.md: two attestations are company for each other although their windows are not the same."""
    with SQLiteLedger(tmp_path / "ledger") as ledger:
        publisher = RevocationPublisher(WindowKeys(KEYS), ledger, signer(90), Shelf(), LIST, OPTIONS)
        publisher.snapshot(NOW)
        issuer = make_issuer(ledger, KEYS)
        for n, key in enumerate(KEYS):
            assert n == 0 or publisher.delta(NOW) is None
            issuer.issue(attest(device_passes(n + 3, [key.window], first_key=1000 * n), reference=n + 1), now=NOW)
            publisher.revoke(Attester(REGION).revoke((n + 1).to_bytes(16, "big"), now=NOW), STATE, now=NOW)
        made = publisher.delta(NOW)
        assert made is not None
        said = delta_fields(made)["revoked_slots"]
    assert said == [{"kid": key.window.kid, "count": n + 3} for n, key in enumerate(KEYS)]


def test_what_the_filling_costs_at_worst() -> None:
    numbers = DAY // (15 * 60) * PublishingOptions().least_slots
    said = " ".join(PAGE.split())
    assert f"{numbers:,} numbers a day, {100 * numbers / 4**12:.2f} % of a window" in said
    size = len(build_filter(4**12, random.Random(4).sample(range(4**12), numbers)))
    assert f"has {round(size / 1000)} kB" in said


def test_the_defaults() -> None:
    options = publishing_options(lambda: None).__click_params__  # type: ignore[attr-defined]
    defaults = {option.opts[0]: str(option.default) for option in options}
    for page, more in ((PAGE, {}), (COMMAND_LINE, {"--workers": "1"})):
        assert dict(re.findall(r"^\| `(--[a-z-]+)` \| (\d+) \|", page, re.MULTILINE)) == defaults | more


def test_the_table_of_what_else_there_is() -> None:
    """docs/revocation-filter.md shows a part of the benchmark's results."""
    page = (DOCS / "revocation-filter.md").read_text(encoding="utf-8").split("## Why not something else")[1]
    results = json.loads((DOCS / "benchmarks" / "results.json").read_text(encoding="utf-8"))["parts"]["filter_peers"]
    names = {"Bloom filter, 1e-12": "Bloom filter, EU rate", "a bit for each slot, zlib": "bit list, zlib"}
    rows = re.findall(r"^\| ([^|]+) \| ([0-9,]+ \|.*) \|$", page.split("## ")[0], re.MULTILINE)
    assert len(rows) == 5
    for name, cells in rows:
        of = results[names.get(name, name)]
        found = [of[count] for count in ("10000", "100000", "1000000")]
        shown = [(f"{each['bytes']:,}", f"{each['to_bound']:.2f}", f"{each['false_alarms']:,}") for each in found]
        assert cells.split(" | ") == [cell for row in shown for cell in row], name


def test_a_scanner_that_is_offline(terminal: Terminal) -> None:
    """The rows of the table. That the pass is over by then is said only where the data can be used at all."""
    terminal.run("keygen", terminal.path("revocation.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    snapshot(terminal)
    due = NOW + PublishingOptions().lifetime
    told(terminal, "snapshot.cbor")
    terminal.run("verify", "HP1:", *told(terminal, "snapshot.cbor"), code=3)
    for now, stale in ((due - 1, 0), (due, 1)):
        said = terminal.json("verify", terminal.present(now=now)["text"], *terminal.scanner(now=now))
        assert said["stale"] == stale
    text = terminal.present(now=due)["text"]
    assert "`stale` 259200: the last second" in PAGE
    last = due + 259_200 - 1
    over = "REFUSE: EXPIRED\n"  # by two days: no clock is as wrong
    assert terminal.run("verify", text, *terminal.scanner(now=last), code=1) == over
    assert terminal.run("verify", text, *terminal.scanner(now=last + 1), code=3) == "ASSIST: REVOCATION_DATA_STALE\n"
    snapshot(terminal, "--confirm-clock", now=last + 1)
    words = told(terminal, "snapshot.cbor", now=last + 1)
    assert terminal.run("verify", text, *words, code=1) == over


def test_offline_it_does_not_know_of_the_newest(terminal: Terminal) -> None:
    terminal.run("keygen", terminal.path("revocation.key"))
    next_list(terminal, "--revocation-key", terminal.path("revocation.key.pub"))
    snapshot(terminal)
    texts = [terminal.present()["text"] for _ in range(2)]
    terminal.run("verify", "HP1:", *told(terminal, "snapshot.cbor"), code=3)
    notice(terminal, "--request", terminal.path("request.cbor"))
    revoke(terminal, "--notice", terminal.path("notice.cbor"))
    snapshot(terminal)
    assert terminal.run("verify", texts[0], *terminal.scanner()).startswith("ADMIT")
    assert terminal.run("verify", texts[1], *told(terminal, "snapshot.cbor"), code=1) == "REFUSE: REVOKED\n"
