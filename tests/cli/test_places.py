"""Places on the command line: posters, area tables, the policy's decision, and rotation of the roots."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass.cli.context import read_roots
from healthpass.cli.qr import read_image
from healthpass.trust.signed import open_trust_list
from tests.cli.terminal import DAY, NOW, Terminal

AREA = "310101"
POLICY = """
[[rule]]
risk = "low"
place = "hospital"
admit = ["yellow"]
assist = ["green", "red"]
documents = []
audience = true
"""


def sign(terminal: Terminal, draft: str, out: str, roots: str = "roots.txt", signers: tuple[int, ...] = (1, 3)) -> None:
    path = terminal.path
    for n in signers:
        terminal.run("root", "sign", "--yes", path(draft), "--key", path(f"root{n}.key"), "--out", path(f"{draft}.{n}"))
    signatures = [path(f"{draft}.{n}") for n in signers]
    terminal.run("root", "combine", path(draft), *signatures, "--roots", path(roots), "--out", path(out))


@pytest.fixture
def places(terminal: Terminal) -> Terminal:
    """The second trust list has a policy (`--policy`), a registrar and a risk office; a station has its poster."""
    path = terminal.path
    for name in ("registrar", "risk"):
        terminal.run("keygen", path(f"{name}.key"))
    draft_with(terminal, "default")
    certify = ["place", "certify", "--key", path("registrar.key"), "--area", AREA, "--now", str(NOW)]
    terminal.run(*certify, "--class", "transport-hub", "--out", path("station.txt"), "--png", path("poster.png"))
    terminal.run(*certify, "--class", "hospital", "--out", path("hospital.txt"))
    table = ["place", "table", "--key", path("risk.key"), "--version", "1", "--now", str(NOW)]
    terminal.run(*table, "--medium", AREA, "--out", path("areas.cbor"))
    terminal.run(*table[:-3], "2", "--now", str(NOW), "--out", path("calm.cbor"))
    return terminal


def draft_with(terminal: Terminal, policy: str) -> None:
    path = terminal.path
    words = ["--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--now", str(NOW)]
    words += ["--registrar", path("registrar.key.pub"), "--risk-office", path("risk.key.pub")]
    terminal.run("root", "draft", *words, "--policy", policy, "--out", path("draft2"))
    sign(terminal, "draft2", "list2.cbor")


def wallet_takes(terminal: Terminal, *options: str) -> None:
    terminal.run("wallet", "update", terminal.path("me.wallet"), *options, "--now", str(NOW))


def scanner(terminal: Terminal, place: str, table: str) -> list[str]:
    path = terminal.path
    words = ["--roots", path("roots.txt"), "--trust-list", path("list2.cbor"), "--area-table", path(table)]
    return [*words, "--place", path(place), "--now", str(NOW)]


def test_a_station_in_a_medium_risk_area(places: Terminal) -> None:
    path = places.path
    wallet_takes(places, "--trust-list", path("list2.cbor"), "--area-table", path("areas.cbor"))
    text = places.present("--place", path("station.txt"))["text"]
    said = places.json("verify", text, *scanner(places, "station.txt", "areas.cbor"))
    assert (said["code"], said["decision"]) == (None, "ADMIT")
    assert places.run("verify", text, *scanner(places, "station.txt", "areas.cbor")).startswith("ADMIT: GREEN until")


def test_a_station_in_a_low_risk_area(places: Terminal) -> None:
    path = places.path
    wallet_takes(places, "--trust-list", path("list2.cbor"), "--area-table", path("calm.cbor"))
    shown = ["present", path("me.wallet"), "--now", str(NOW)]
    assert "check-not-permitted" in places.run(*shown, "--place", path("station.txt"), code=2)
    assert "place-required" in places.run(*shown, code=2)
    text = places.present("--anywhere")["text"]
    assert (
        places.run("verify", text, *scanner(places, "station.txt", "calm.cbor"), code=4)
        == "NO_CHECK: CHECK_NOT_PERMITTED\n"
    )
    assert places.json("verify", text, *scanner(places, "hospital.txt", "calm.cbor"))["decision"] == "ADMIT"


def publish_table(places: Terminal, table: str, code: int = 0, now: int = NOW) -> str:
    path = places.path
    trust = ["--trust-list", path("list2.cbor"), "--roots", path("roots.txt")]
    clock = ["--now", str(now), *(["--confirm-clock"] if now > NOW + DAY else [])]
    return places.run("place", "publish", path(table), *trust, "--to", path("site"), *clock, code=code)


def test_a_table_is_published_for_everybody_to_read(places: Terminal) -> None:
    site = Path(places.path("site"))
    publish_table(places, "areas.cbor")
    assert {each.name: each.stat().st_mode & 0o777 for each in site.iterdir()} == {"area-table.cbor": 0o644}
    assert site.stat().st_mode & 0o777 == 0o755
    publish_table(places, "calm.cbor")
    publish_table(places, "calm.cbor")
    assert (site / "area-table.cbor").read_bytes() == Path(places.path("calm.cbor")).read_bytes()


@pytest.mark.parametrize(
    ("table", "now", "code"),
    [
        ("areas.cbor", NOW, "rollback"),
        ("strange.cbor", NOW, "not-a-risk-office"),
        ("far.cbor", NOW, "version-step"),
        ("next.cbor", NOW + 3 * DAY, "expired"),
        ("next.cbor", NOW - 120, "clock-behind"),
        ("list2.cbor", NOW, "malformed"),
    ],
)
def test_a_table_that_scanners_would_refuse_is_not_published(places: Terminal, table: str, now: int, code: str) -> None:
    words = ["place", "table", "--now", str(NOW), "--key"]
    places.run(*words, places.path("registrar.key"), "--version", "3", "--out", places.path("strange.cbor"))
    places.run(*words, places.path("risk.key"), "--version", "200000", "--out", places.path("far.cbor"))
    places.run(*words, places.path("risk.key"), "--version", "3", "--out", places.path("next.cbor"))
    publish_table(places, "calm.cbor")
    assert f"error ({code})" in publish_table(places, table, code=2, now=now)
    site = Path(places.path("site"))
    assert [each.name for each in site.iterdir()] == ["area-table.cbor"]
    assert (site / "area-table.cbor").read_bytes() == Path(places.path("calm.cbor")).read_bytes()


def test_a_table_that_is_damaged_on_the_site_blocks_nothing(places: Terminal) -> None:
    Path(places.path("site")).mkdir()
    (Path(places.path("site")) / "area-table.cbor").write_bytes(b"damaged")
    publish_table(places, "areas.cbor")
    assert Path(places.path("site/area-table.cbor")).read_bytes() == Path(places.path("areas.cbor")).read_bytes()


def test_a_policy_file_that_helps_the_green(places: Terminal) -> None:
    path = places.path
    Path(path("policy.toml")).write_text(POLICY)
    draft_with(places, path("policy.toml"))
    wallet_takes(places, "--trust-list", path("list2.cbor"), "--area-table", path("calm.cbor"))
    text = places.present("--place", path("hospital.txt"))["text"]
    said = places.json("verify", text, *scanner(places, "hospital.txt", "calm.cbor"), code=3)
    assert (said["code"], said["decision"]) == (None, "ASSIST")


def test_the_poster_can_be_read_and_inspected(places: Terminal) -> None:
    (text,) = read_image(Path(places.path("poster.png")))
    assert text == Path(places.path("station.txt")).read_text().strip()
    said = places.json("inspect", places.path("station.txt"))
    assert (said["kind"], said["place_class"], said["area"]) == ("place certificate", "TRANSPORT_HUB", int(AREA))
    assert places.json("inspect", places.path("areas.cbor"))["medium"] == [int(AREA)]
    assert len(places.json("inspect", places.path("list2.cbor"))["check_policy"]) == 15


def test_each_signer_reads_what_changes(places: Terminal) -> None:
    path = places.path
    words = [path("draft2"), "--previous", path("trust-list.cbor"), "--key", path("root1.key"), "--out", path("s")]
    said = "\n".join(places.json("root", "sign", "--yes", *words)["changes"])
    for change in ("adds registrar", "adds risk office", "permits checks: risk LOW, class 2", "follows version 1"):
        assert change in said
    check = places.json("root", "check", path("list2.cbor"), "--roots", path("roots.txt"))
    assert check["version"] == 2


def test_the_roots_rotate(terminal: Terminal) -> None:
    path = terminal.path
    terminal.run("keygen", path("root4.key"))
    publics = [path(f"root{n}.key.pub") for n in (1, 2, 4)]
    terminal.run("root", "pin", *publics, "--threshold", "2", "--out", path("roots2.txt"))
    words = ["--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--now", str(NOW)]
    said = terminal.json("root", "draft", *words, "--next-roots", path("roots2.txt"), "--out", path("draft2"))
    assert any("ROTATES THE ROOTS" in line for line in said["changes"])
    for n in (1, 3, 4):
        signing = ("root", "sign", "--yes", path("draft2"), "--key", path(f"root{n}.key"), "--out", path(f"r{n}"))
        terminal.run(*signing, "--previous", path("trust-list.cbor"))
    combine = ["root", "combine", path("draft2")]
    out = ["--roots", path("roots.txt"), "--out", path("list2.cbor")]
    assert "new-roots" in terminal.run(*combine, path("r1"), path("r3"), *out, code=2)
    assert "threshold" in terminal.run(*combine, path("r1"), path("r4"), *out, code=2)
    terminal.run(*combine, path("r1"), path("r3"), path("r4"), *out)
    text = terminal.present()["text"]
    options = ["--roots", path("roots.txt"), "--state", path("scanner"), "--trust-list", path("list2.cbor")]
    assert terminal.run("verify", text, *options, "--now", str(NOW)).startswith("ADMIT: GREEN")


def test_a_stolen_window_key_is_removed(terminal: Terminal) -> None:
    path = terminal.path
    today, tomorrow = terminal.present()["text"], terminal.present(now=NOW + DAY)["text"]
    kid = terminal.json("inspect", today)["claims"][0]["kid"]
    said = terminal.json(
        "root", "impact", path("trust-list.cbor"), kid, "--platform", path("platform"), "--now", str(NOW)
    )
    assert (said["live_windows"], said["claims"]) == (1, 8)
    words = ["--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--remove-window", kid]
    words += ["--now", str(NOW), "--out", path("draft2")]
    assert "windows-too-short" in terminal.run("root", "draft", *words, code=2)
    drafted = terminal.json("root", "draft", *words, "--allow-gap")
    assert any(line.startswith("REMOVES A LIVE window") for line in drafted["changes"])
    sign(terminal, "draft2", "list2.cbor")
    options = ["--roots", path("roots.txt"), "--trust-list", path("list2.cbor")]
    assert terminal.run("verify", today, *options, "--now", str(NOW), code=1) == "REFUSE: UNKNOWN_ISSUER_KEY\n"
    assert terminal.run("verify", tomorrow, *options, "--now", str(NOW + DAY)).startswith("ADMIT: GREEN")


@pytest.mark.parametrize(
    "text", ["", "[[rule]]\n", "rule = 1", POLICY.replace("hospital", "moon"), POLICY + "more = 1\n"]
)
def test_a_bad_policy_file_is_misuse(places: Terminal, text: str) -> None:
    Path(places.path("policy.toml")).write_text(text)
    words = ["--roots", places.path("roots.txt"), "--policy", places.path("policy.toml"), "--out", places.path("d")]
    assert "check policy" in places.run("root", "draft", *words, "--now", str(NOW), code=2)
    assert not Path(places.path("d")).exists()


def test_publishing_goes_forward_only(terminal: Terminal) -> None:
    path, public = terminal.path, Path(terminal.path("public"))
    publish = ["--roots", path("roots.txt"), "--to", str(public), "--now", str(NOW)]
    terminal.run("root", "publish", path("trust-list.cbor"), *publish)
    terminal.run("root", "draft", *publish[:2], "--previous", path("trust-list.cbor"), *publish[4:], "--out", path("d"))
    sign(terminal, "d", "list2.cbor")
    assert terminal.json("root", "publish", path("list2.cbor"), *publish)["version"] == 2
    files = {each.name: each.read_bytes() for each in public.iterdir()}
    assert files.keys() == {"trust-list.cbor", "trust-list-1.cbor", "trust-list-2.cbor"}
    assert files["trust-list.cbor"] == Path(path("list2.cbor")).read_bytes()
    assert "rollback" in terminal.run("root", "publish", path("trust-list.cbor"), *publish, code=2)
    late = [*publish[:-1], str(NOW + 8 * DAY), "--confirm-clock"]
    assert "expired" in terminal.run("root", "publish", path("list2.cbor"), *late, code=2)
    assert {each.name: each.read_bytes() for each in public.iterdir()} == files


def test_a_published_rotation_is_kept_for_those_who_were_away(terminal: Terminal) -> None:
    path = terminal.path
    terminal.run("root", "pin", *(path(f"root{n}.key.pub") for n in (1, 3)), "--threshold", "1", "--out", path("new"))
    publish = ["--roots", path("roots.txt"), "--to", path("public"), "--now", str(NOW)]
    terminal.run("root", "publish", path("trust-list.cbor"), *publish)
    words = ["--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--next-roots", path("new")]
    terminal.run("root", "draft", *words, "--now", str(NOW), "--out", path("d"))
    sign(terminal, "d", "list2.cbor")
    written = terminal.json("root", "publish", path("list2.cbor"), *publish)["written"]
    assert [Path(each).name for each in written] == ["rotation-2.cbor", "trust-list-2.cbor", "trust-list.cbor"]


def test_a_wallet_that_was_kept_from_newer_lists(places: Terminal) -> None:
    """By an old list it shows nothing but by its holder's decision, and says how old the list is until then."""
    path = places.path
    wallet_takes(places, "--trust-list", path("list2.cbor"), "--area-table", path("areas.cbor"))
    shown = ["present", path("me.wallet"), "--place", path("hospital.txt"), "--now"]
    content = open_trust_list(Path(path("list2.cbor")).read_bytes(), read_roots(Path(path("roots.txt"))))
    over = content.expires + content.grace
    before = Path(path("me.wallet")).read_bytes()
    assert "error (clock-behind)" in places.run(*shown, str(content.issued - 61), code=2)
    assert Path(path("me.wallet")).read_bytes() == before
    assert places.present("--place", path("hospital.txt"))["stale"] == 0
    assert "error (trust-list-too-old)" in places.run(*shown, str(over), code=2)
