"""`healthpass sealing`: keys made ahead, handed in, given up and erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass._shown import digest_of
from healthpass.cli.platform import read_window_keys
from healthpass.cli.sealing import read_sealing_keys
from healthpass.crypto.envelope import open_padded, seal_padded
from healthpass.errors import AttestationRefused
from healthpass.formats.hand_in import HandIn, parse_hand_in
from healthpass.issuer import PlatformFolder, SealingKeys
from tests.cli.terminal import DAY, NOW, Terminal
from tests.making import files
from tests.raising import raises, raises_one_of

TODAY = NOW - NOW % DAY


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def sealing(terminal: Terminal, *more: str, now: int = NOW, code: int = 0) -> str:
    words = ("sealing", terminal.path("platform"), *more, "--now", str(now), "--confirm-clock")
    return terminal.run(*words, code=code)


def handed_in(terminal: Terminal) -> HandIn:
    return parse_hand_in(Path(terminal.path("platform/platform.pub.cbor")).read_bytes())


def keys(terminal: Terminal) -> SealingKeys:
    return PlatformFolder(terminal.path("platform")).state().sealing


def test_on_the_first_day(fresh: Terminal) -> None:
    said = fresh.json("sealing", fresh.path("platform"), "--name", "北方", "--now", str(NOW))
    data = Path(fresh.path("platform/platform.pub.cbor")).read_bytes()
    assert said == {
        "name": "北方",
        "sealing_keys": 14,
        "covered_until": 1801440000,
        "digest": digest_of(data).hex(),
        "erased": 0,
        "written": [fresh.path("platform/platform.pub.cbor")],
    }
    assert handed_in(fresh) == HandIn("北方", (), keys(fresh).entries)
    assert Path(fresh.path("platform/sealing.keys")).stat().st_mode & 0o777 == 0o600
    assert Path(fresh.path("platform/platform.pub.cbor")).stat().st_mode & 0o777 == 0o644


def test_windows_make_them_too_and_both_hand_in_one_file(fresh: Terminal) -> None:
    fresh.run("windows", fresh.path("platform"), "--days", "12", "--capacity", "1024", "--now", str(NOW))
    content = handed_in(fresh)
    assert (content.name, len(content.windows), len(content.sealing_keys)) == ("national", 12, 12)
    sealing(fresh)
    assert handed_in(fresh).windows == content.windows
    assert handed_in(fresh).sealing_keys[:12] == content.sealing_keys, "what is there stays"
    fresh.run("windows", fresh.path("platform"), "--days", "366", "--capacity", "4", "--now", str(NOW))
    assert len(handed_in(fresh).sealing_keys) == 25


def test_again_on_the_same_day_and_on_the_next(fresh: Terminal) -> None:
    sealing(fresh)
    before = files(Path(fresh.path("platform")))
    sealing(fresh)
    assert files(Path(fresh.path("platform"))) == before
    first = keys(fresh).entries
    sealing(fresh, now=NOW + DAY)
    assert keys(fresh).entries[:-1] == first


def test_what_is_over_is_erased_by_the_platforms_clock_alone(fresh: Terminal) -> None:
    """Whatever trust list it holds: none. To the second, an hour after its end."""
    sealing(fresh)
    first = keys(fresh).entries[0]
    sealed = seal_padded(first.key, b"opening")
    end = first.expires + 3600
    secret = bytes(keys(fresh)._held[0][1].secret)
    assert "erased         0" in sealing(fresh, now=end - 1)
    assert open_padded(keys(fresh).opener(first.key, end - 1), sealed) == b"opening"
    assert first not in handed_in(fresh).sealing_keys, "wallets are told of it no more"
    assert "erased         1" in sealing(fresh, now=end)
    with raises_one_of("unknown-sealing-key"):
        keys(fresh).opener(first.key, end)
    assert not [name for name, data in files(Path(fresh.path("platform"))).items() if secret in data]


def test_other_commands_erase_too(terminal: Terminal) -> None:
    """`windows` makes keys, so it erases; `hold` comes each day, and `issue` whenever somebody enrols."""
    first = keys(terminal).entries[0]
    end = first.expires + 3600
    hold = ("hold", terminal.path("platform"), terminal.path("trust-list.cbor"), "--roots", terminal.path("roots.txt"))
    terminal.run(*hold, "--now", str(end - 1), "--confirm-clock")
    assert first in keys(terminal).entries
    terminal.run(*hold, "--now", str(end), "--confirm-clock")
    assert first not in keys(terminal).entries
    second = keys(terminal).entries[0]
    words = ("windows", terminal.path("platform"), "--days", "12", "--capacity", "1024", "--confirm-clock")
    terminal.run(*words, "--now", str(second.expires + 3600))
    assert second not in keys(terminal).entries
    third = keys(terminal).entries[0]
    issue = ("issue", terminal.path("request.cbor"), "--platform", terminal.path("platform"), "--out", "/dev/null")
    assert "error (" in terminal.run(*issue, "--now", str(third.expires + 3600), "--confirm-clock", code=2)
    assert third not in keys(terminal).entries


def test_a_stolen_key_is_given_up(fresh: Terminal) -> None:
    sealing(fresh)
    before = keys(fresh).entries
    stolen = before[0].key.hex()
    for again in range(2):
        sealing(fresh, "--drop", stolen)
        after = handed_in(fresh).sealing_keys
        assert before[0] not in after
        assert set(before[1:]) < set(after)
        assert (after[0].valid_from, len(after)) == (TODAY, 14), again
    shown = fresh.json("inspect", fresh.path("platform/platform.pub.cbor"))["sealing_keys"]
    assert stolen not in [each["key"] for each in shown]
    sealing(fresh, "--drop", shown[3]["key"], "--drop", shown[4]["key"])
    assert len(set(keys(fresh).entries) & set(after)) == 12


def test_the_whole_file_was_stolen(fresh: Terminal) -> None:
    """Every key in it opens what was sealed to it: none of them stays, and there is one for now."""
    sealing(fresh)
    before = keys(fresh).entries
    sealing(fresh, "--drop", "all")
    after = handed_in(fresh)
    assert not set(before) & set(after.sealing_keys)
    found = after.platform.sealing_key(NOW)
    assert found is not None
    assert found.valid_from == TODAY
    for entry in before:
        with raises_one_of("unknown-sealing-key"):
            keys(fresh).opener(entry.key, NOW)


def test_the_file_was_lost(terminal: Terminal) -> None:
    """Others are made, under the name that the trust list has; what was sealed to the old ones is asked for again."""
    terminal.run("sealing", terminal.path("other"), "--name", "north", "--now", str(NOW))
    terminal.run("windows", terminal.path("other"), "--days", "12", "--capacity", "1024", "--now", str(NOW))
    draft = ("--roots", terminal.path("roots.txt"), "--windows", terminal.path("other/platform.pub.cbor"))
    terminal.run("root", "draft", *draft, "--out", terminal.path("d"), "--now", str(NOW))
    for n in (1, 2):
        root = ("--key", terminal.path(f"root{n}.key"), "--out", terminal.path(f"s{n}"))
        terminal.run("root", "sign", "--yes", terminal.path("d"), *root)
    combine = (terminal.path("d"), terminal.path("s1"), terminal.path("s2"), "--roots", terminal.path("roots.txt"))
    terminal.run("root", "combine", *combine, "--out", terminal.path("north.cbor"))
    hold = (terminal.path("north.cbor"), "--roots", terminal.path("roots.txt"), "--now", str(NOW))
    terminal.run("hold", terminal.path("other"), *hold)
    Path(terminal.path("other/sealing.keys")).unlink()
    folder = Path(terminal.path("other"))
    assert read_sealing_keys(folder, read_window_keys(folder)).name == "north"
    terminal.run("sealing", str(folder), "--now", str(NOW))
    after = parse_hand_in((folder / "platform.pub.cbor").read_bytes())
    assert (after.name, len(after.sealing_keys)) == ("north", 14)
    said = terminal.run("sealing", str(folder), "--name", "south", "--now", str(NOW), code=2)
    assert "the trust list has this platform under another name" in said


def test_a_name_may_be_mended_until_a_list_has_it(fresh: Terminal) -> None:
    sealing(fresh)
    sealing(fresh, "--name", "north")
    assert handed_in(fresh).name == keys(fresh).name == "north"
    sealing(fresh)
    assert handed_in(fresh).name == "north", "it stays"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--drop", "0" * 64),
            "error (unknown-sealing-key): the platform has no such sealing key: nothing has changed",
        ),
        (("--drop", "nonsense"), "error (malformed): --drop: a sealing key is 64 hexadecimal digits"),
        (("--drop", "00"), "error (malformed): --drop: a sealing key is 64 hexadecimal digits"),
        (("--name", "n" * 33), "error (malformed): platform: not a text of 1 to 32 characters"),
        (("--name", ""), "error (malformed): platform: not a text of 1 to 32 characters"),
        (("--days", "0"), "invalid value for '--days'"),
        (("--days", "26"), "invalid value for '--days'"),
    ],
)
def test_what_is_refused_changes_nothing(fresh: Terminal, words: tuple[str, ...], said: str) -> None:
    sealing(fresh)
    before = files(Path(fresh.path("platform")))
    assert said in sealing(fresh, *words, code=2)
    assert files(Path(fresh.path("platform"))) == before


def test_a_damaged_file_stops_everything(fresh: Terminal) -> None:
    sealing(fresh)
    path = Path(fresh.path("platform/sealing.keys"))
    path.write_bytes(path.read_bytes()[:-1])
    before = files(Path(fresh.path("platform")))
    for command in ("sealing", "windows"):
        said = fresh.run(command, fresh.path("platform"), "--now", str(NOW), code=2)
        assert said == "error (malformed): CBOR: cut short\n"
    assert files(Path(fresh.path("platform"))) == before


def test_inspect_shows_the_public_halves_alone(fresh: Terminal) -> None:
    sealing(fresh)
    said = fresh.json("inspect", fresh.path("platform/sealing.keys"))
    assert (said["kind"], said["secret"]) == ("sealing keys of a platform", "not shown")
    assert [each["key"] for each in said["sealing_keys"]] == [each.key.hex() for each in keys(fresh).entries]
    shown = fresh.run("inspect", fresh.path("platform/sealing.keys")).replace(" ", "")
    for _, key in keys(fresh)._held:
        assert key.secret.hex() not in shown


def test_a_key_of_nobodys_is_named_to_nobody(fresh: Terminal) -> None:
    sealing(fresh)
    with raises(
        AttestationRefused,
        "unknown-sealing-key",
        "sealed to a key that the platform does not have, or no longer: the region makes a new offer, and hands the"
        " wallet the newest trust list with it",
    ):
        keys(fresh).opener(bytes(32), NOW)
