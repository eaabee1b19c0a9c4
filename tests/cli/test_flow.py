"""The commands of the other roles, from keys to a batch in a wallet, and what each says of bad input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.cli.demo.people import GRANDMOTHER
from tests.cli.terminal import DAY, NOW, Terminal
from tests.making import files


@pytest.mark.slow
def test_each_showing_is_another_until_none_is_left(terminal: Terminal) -> None:
    shown = [terminal.present() for _ in range(8)]
    assert [each["unused"] for each in shown] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert len({each["text"] for each in shown}) == 8
    assert "batch-used-up" in terminal.run("present", terminal.path("me.wallet"), "--now", str(NOW), code=2)
    again = terminal.present("--reuse")
    assert again["reused"] is True


def test_tomorrow_has_claims_of_its_own(terminal: Terminal) -> None:
    today, tomorrow = terminal.present(), terminal.present(now=NOW + DAY)
    assert tomorrow["expires"] == today["expires"] + DAY
    assert terminal.run("verify", tomorrow["text"], *terminal.scanner(), code=3) == "ASSIST: ISSUER_KEY_NOT_VALID\n"
    assert terminal.run("verify", tomorrow["text"], *terminal.scanner(now=NOW + DAY)).startswith("ADMIT: GREEN")


def test_present_draws_the_code_and_prints_the_text(terminal: Terminal) -> None:
    out = terminal.run("present", terminal.path("me.wallet"), "--now", str(NOW))
    assert "█" in out
    assert out.splitlines()[-1].startswith("HP1:")


def test_issuing_again_gives_the_same_claims_sealed_anew(terminal: Terminal) -> None:
    words = ["issue", terminal.path("request.cbor"), "--platform", terminal.path("platform"), "--now", str(NOW)]
    terminal.run(*words, "--out", terminal.path("again.cbor"))
    again, first = (Path(terminal.path(name)).read_bytes() for name in ("again.cbor", "batch.cbor"))
    assert (again != first, len(again)) == (True, len(first))
    shown = terminal.present()
    terminal.run("wallet", "accept", terminal.path("me.wallet"), terminal.path("again.cbor"), "--now", str(NOW))
    assert terminal.present()["unused"] == shown["unused"] - 1


def test_an_unknown_colour_is_refused_by_the_platform(terminal: Terminal) -> None:
    words = ["--key", terminal.path("region.key"), "--offer", terminal.path("offer.cbor")]
    words += ["--answer", terminal.path("answer.cbor"), "--color", "mauve", "--now", str(NOW)]
    words += ["--trust-list", terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt")]
    terminal.run("attest", "sign", *words, "--out", terminal.path("other.cbor"))
    platform = ["--platform", terminal.path("platform"), "--out", terminal.path("none.cbor"), "--now", str(NOW)]
    said = terminal.run("issue", terminal.path("other.cbor"), *platform, code=2)
    assert "unknown-colour" in said
    assert "mauve" not in said
    assert not Path(terminal.path("none.cbor")).exists()


def test_keys_are_not_overwritten(terminal: Terminal) -> None:
    before = Path(terminal.path("region.key")).read_bytes()
    assert "not overwritten" in terminal.run("keygen", terminal.path("region.key"), code=2)
    assert Path(terminal.path("region.key")).read_bytes() == before


def test_a_sealed_key_signs_with_its_passphrase(terminal: Terminal) -> None:
    terminal.run("keygen", terminal.path("sealed.key"), "--seal")
    assert "SEALED" in Path(terminal.path("sealed.key")).read_text()
    roots, draft, out = terminal.path("sealed.txt"), terminal.path("draft2.cbor"), terminal.path("sealed.sig")
    terminal.run("root", "pin", terminal.path("sealed.key.pub"), "--threshold", "1", "--out", roots)
    windows = ("--windows", terminal.path("platform/platform.pub.cbor"), "--now", str(NOW))
    terminal.run("root", "draft", "--roots", roots, *windows, "--out", draft)
    terminal.run("root", "sign", "--yes", draft, "--key", terminal.path("sealed.key"), "--out", out)
    assert len(Path(out).read_bytes()) == 96


def test_too_few_signatures(terminal: Terminal) -> None:
    words = ["--roots", terminal.path("roots.txt"), "--out", terminal.path("x.cbor")]
    said = terminal.run("root", "combine", terminal.path("draft.cbor"), terminal.path("sig1"), *words, code=2)
    assert "threshold" in said


def test_the_next_list_carries_windows_over(terminal: Terminal) -> None:
    words = ["--roots", terminal.path("roots.txt"), "--previous", terminal.path("trust-list.cbor")]
    words += ["--windows", terminal.path("platform/platform.pub.cbor"), "--out", terminal.path("next.cbor")]
    terminal.run("windows", terminal.path("platform"), "--days", "8", "--capacity", "1024", "--now", str(NOW + DAY))
    said = terminal.json("root", "draft", *words, "--now", str(NOW + DAY))
    assert (said["version"], said["windows"]) == (2, 12)  # today's, which is over, stays listed for two days


def test_windows_again_keeps_those_that_are_there(terminal: Terminal) -> None:
    public = Path(terminal.path("platform/platform.pub.cbor"))
    before = public.read_bytes()
    terminal.run("windows", terminal.path("platform"), "--days", "12", "--now", str(NOW))
    assert public.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("trust-list.cbor", "trust list"),
        ("draft.cbor", "draft of a trust list"),
        ("sig1", "root's signature on a draft"),
        ("offer.cbor", "offer"),
        ("answer.cbor", "key request"),
        ("request.cbor", "issue request"),
        ("batch.cbor", "sealed batch, by its size"),
        ("me.wallet", "wallet"),
        ("region.key", "private key file"),
        ("region.key.pub", "public key file"),
        ("roots.txt", "pinned roots"),
        ("platform/windows.cbor", "window keys"),
        ("platform/platform.pub.cbor", "platform file for the roots"),
    ],
)
def test_inspect_names_every_file(terminal: Terminal, name: str, kind: str) -> None:
    said = terminal.json("inspect", terminal.path(name))
    assert said["kind"] == kind
    assert said["signatures"] == "not checked"
    assert terminal.run("inspect", terminal.path(name))


def test_inspect_shows_no_secret(terminal: Terminal) -> None:
    from healthpass.crypto.keyfile import parse_private_key
    from healthpass.issuer.window_keys import parse_window_keys

    keys = parse_window_keys(Path(terminal.path("platform/windows.cbor")).read_bytes())
    said = terminal.run("inspect", terminal.path("platform/windows.cbor"))
    assert not any(key.slot_secret.hex() in said or key.signer.seed.hex() in said for key in keys)  # type: ignore[attr-defined]  # keys in memory
    seed = parse_private_key(Path(terminal.path("region.key")).read_text()).seed
    assert seed.hex() not in terminal.run("inspect", terminal.path("region.key"))


def test_inspect_a_pass(terminal: Terminal) -> None:
    text = terminal.present("--audience", "0123456789abcdef")["text"]
    said = terminal.json("inspect", text)
    assert (said["kind"], said["audience"], said["claims"][0]["color"]) == (
        "presentation",
        "0123456789abcdef",
        "GREEN",
    )
    Path(terminal.path("pass.txt")).write_text(text + "\n")
    assert terminal.json("inspect", terminal.path("pass.txt")) == said


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff" * 5000, b"HP1:", b"HP1:\n", b"threshold: 1\n", b"\x82\x02\x80"]
)
def test_inspect_anything_else_is_misuse(terminal: Terminal, content: bytes) -> None:
    Path(terminal.path("x")).write_bytes(content)
    said = terminal.run("inspect", terminal.path("x"), code=2)
    assert said.startswith("error")


@pytest.mark.parametrize(
    "command",
    [
        ["wallet", "accept", "me.wallet"],
        ["wallet", "answer", "me.wallet", "--out", "out"],
        ["issue", "--platform", "platform", "--out", "out"],
        ["root", "sign", "--yes", "--key", "region.key", "--out", "out"],
        ["root", "combine", "sig1", "--roots", "roots.txt", "--out", "out"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("content", [b"", b"\x00" * 1000, b"\xff" * 1_000_000, b"\xd2\x84" + bytes(300)], ids=len)
def test_bad_files_are_misuse(terminal: Terminal, command: list[str], content: bytes) -> None:
    Path(terminal.path("bad")).write_bytes(content)
    at = 3 if command[0] == "wallet" else 1 if command[0] == "issue" else 2
    words = [*command[:at], "bad", *command[at:]]
    files = {"bad", "me.wallet", "out", "platform", "region.key", "sig1", "roots.txt"}
    before = Path(terminal.path("me.wallet")).read_bytes()
    terminal.run(*(terminal.path(word) if word in files else word for word in words), code=2)
    assert Path(terminal.path("me.wallet")).read_bytes() == before
    assert not Path(terminal.path("out")).exists()


def test_demo(terminal: Terminal) -> None:
    out = terminal.run("demo", "--now", str(NOW))
    codes = ["REPLAYED", "PRESENTATION_STALE", "BAD_HOLDER_SIGNATURE", "HOLDER_PROOF_REQUIRED", "BAD_CLAIM_SIGNATURE"]
    helped = {"PRESENTATION_STALE": "ASSIST", "EXPIRED": "ASSIST", "CHECK_NOT_PERMITTED": "NO_CHECK"}
    for code in [*codes, "EXPIRED", "CHECK_NOT_PERMITTED", "REVOKED", "DOCUMENT_MISMATCH"]:
        assert f"{helped.get(code, 'REFUSE')}  {RefusalCode[code].value} {code}" in out
    assert "ADMIT  green until" in out
    assert "read it once more: ADMIT, marked as repeated: the gate opens once." in out
    assert "█" in out
    assert "no check is permitted at this place today; let people pass" in out
    assert "no field for it" in out
    found = re.search(r"revokes its (\d+) claims. The next delta has (\d+) bytes:\n +(\d+) \+ (\d+) for", out)
    assert found is not None
    claims, size, today, tomorrow = map(int, found.groups())
    assert today + tomorrow == 4 * claims, "not filled up"
    assert today <= 48, "a few dozen bytes"
    assert size < today + tomorrow + 220


def test_demo_json_and_keep(terminal: Terminal) -> None:
    said = terminal.json("demo", "--now", str(NOW), "--keep", terminal.path("kept"))
    assert len(said["steps"]) == 27
    assert "\x1b" not in str(said)
    assert {path.name for path in Path(terminal.path("kept")).iterdir()} >= {"pass.png", "card.pdf", "scanner"}
    terminal.run("demo", "--now", str(NOW), "--keep", terminal.path("kept"), code=2)


def test_demo_of_people_without_a_phone(terminal: Terminal) -> None:
    said = {each["step"]: each["result"] for each in terminal.json("demo", "--now", str(NOW))["steps"]}
    steps = {step.split(",")[0].split(":")[0]: result for step, result in said.items()}
    assert steps["The card"] == "ADMIT  green"
    assert "DOCUMENT_MISMATCH" in next(result for step, result in said.items() if step.startswith("Her card with a"))
    assert "green, yellow, green" in steps["A family of three on one phone"]
    assert "only two are shown: ADMIT  yellow, green" in steps["A family of three on one phone"]
    assert "ASSIST" in steps["Somebody with nothing at all comes to a hospital"]
    assert "ADMIT  green with the passport" in steps["A traveller from the South consents"]
    unknown = next(result for step, result in said.items() if step.startswith("A traveller whom no region knows"))
    assert "everybody's key: ASSIST  yellow." in unknown
    assert steps["The region's log of such questions"].startswith("2 entries, chained, sound")
    assert GRANDMOTHER not in str(said)


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_demo_at_any_hour(terminal: Terminal, hour: int) -> None:
    terminal.json("demo", "--now", str(NOW - NOW % DAY + hour * 3600 + 3599))


def test_a_stolen_window_key_is_given_up(terminal: Terminal) -> None:
    platform = Path(terminal.path("platform"))
    kids = [each["kid"] for each in terminal.json("inspect", terminal.path("platform/platform.pub.cbor"))["windows"]]
    terminal.run("windows", str(platform), "--days", "12", "--drop", kids[0], "--capacity", "1024", "--now", str(NOW))
    after = terminal.json("inspect", terminal.path("platform/platform.pub.cbor"))["windows"]
    assert [each["kid"] for each in after][1:] == kids[1:]
    assert after[0]["kid"] != kids[0]
    terminal.run("windows", str(platform), "--drop", "nonsense", "--now", str(NOW), code=2)


def test_an_offer_is_for_the_platform_that_is_named(terminal: Terminal) -> None:
    path = terminal.path
    words = ["--key", path("region.key"), "--trust-list", path("trust-list.cbor"), "--roots", path("roots.txt")]
    words += ["--out", path("x"), "--now", str(NOW)]
    mine = terminal.json("attest", "offer", *words, "--platform-name", "national")
    assert (mine["keys"], mine["periods"]) == (24, 1)
    said = terminal.run("attest", "offer", *words, "--platform-name", "nowhere", code=2)
    assert said == "error (unknown-platform): the trust list has no such platform: fetch the newest list\n"


def test_several_people_need_documents(terminal: Terminal) -> None:
    path = terminal.path
    words = ["--key", path("region.key"), "--trust-list", path("trust-list.cbor"), "--roots", path("roots.txt")]
    said = terminal.run("attest", "offer", *words, "--people", "2", "--out", path("x"), "--now", str(NOW), code=2)
    assert "several --people need a document each: --with-documents" in said
    assert not Path(path("x")).exists()


def test_a_region_takes_back_what_it_vouched_for(terminal: Terminal) -> None:
    path = terminal.path
    words = ["attest", "revoke", "--key", path("region.key"), "--now", str(NOW), "--out", path("notice.cbor")]
    terminal.run(*words, "--request", path("request.cbor"))
    reference = terminal.json("inspect", path("request.cbor"))["attestation"]["reference"]
    assert terminal.json("inspect", path("notice.cbor"))["reference"] == reference
    assert "one of --request and --reference" in terminal.run(*words, code=2)
    terminal.run("keygen", path("stranger.key"))
    words[3] = path("stranger.key")
    assert "other-attester" in terminal.run(*words, "--request", path("request.cbor"), code=2)


def test_the_demonstration_shows_all_that_the_region_has_seen(terminal: Terminal) -> None:
    said = {each["step"]: each["result"] for each in terminal.json("demo", "--now", str(NOW))["steps"]}
    seen = said["All that the region has seen of this phone"]
    assert re.match(
        r"a commitment: ([0-9a-f]{4} ){16}and \d+ bytes, of which it can read 16 keys wanted for 2 periods", seen
    )
    assert seen.endswith("the region has seen 0.")


@pytest.mark.parametrize("offset", ["7", "8.5", "-4"])
def test_days_that_begin_at_another_hour_are_refused(terminal: Terminal, offset: str) -> None:
    """A day that overlaps another would be a mark on whoever has a pass for it."""
    before = files(Path(terminal.path("platform")))
    words = ("windows", terminal.path("platform"), "--capacity", "1024", "--utc-offset", offset, "--now", str(NOW))
    assert terminal.run(*words, code=2).startswith("error (overlapping-windows): windows of one binding kind")
    assert files(Path(terminal.path("platform"))) == before
