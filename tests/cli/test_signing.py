"""`healthpass root sign`: what a signer sees, who may sign, and that nobody signs without having been asked."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from healthpass.formats.hand_in import encode_hand_in, parse_hand_in
from healthpass.formats.window import Window
from tests.cli.terminal import NOW, Terminal
from tests.making import files, signature_by, signer

ASKED = "error: nothing is signed: there is no terminal to ask at; a program gives --yes\n"
NO = "error: nothing is signed: it was not confirmed\n"
NOT_A_ROOT = "error (not-a-root): this key is not one of the roots that sign this list; sign with one of those\n"


def digits(data: bytes) -> str:
    """In groups of four."""
    text = data.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def words(terminal: Terminal, key: str = "root1.key", draft: str = "draft.cbor") -> list[str]:
    path = terminal.path
    return ["root", "sign", path(draft), "--key", path(key), "--out", path("out")]


@pytest.mark.parametrize("stdin", [None, "", "y\n", "yes\n"])
def test_a_program_says_yes_by_an_option_alone(terminal: Terminal, stdin: str | None) -> None:
    before = files(terminal.folder)
    assert terminal.run(*words(terminal), stdin=stdin, code=2) == ASKED
    assert files(terminal.folder) == before
    terminal.run(*words(terminal), "--yes", stdin=stdin)
    assert len(Path(terminal.path("out")).read_bytes()) == 96


@pytest.mark.parametrize("typed", ["n\n", "\n", "no\n"])
def test_whoever_does_not_agree_signs_nothing(terminal: Terminal, typed: str) -> None:
    before = files(terminal.folder)
    assert terminal.run(*words(terminal), typed=typed, code=2).endswith(NO)
    assert files(terminal.folder) == before


def test_whoever_agrees_signs(terminal: Terminal) -> None:
    said = terminal.run(*words(terminal), typed="y\n")
    assert "THE FIRST LIST" in said
    assert Path(terminal.path("out")).read_bytes() == Path(terminal.path("sig1")).read_bytes()


@pytest.mark.parametrize("answer", [{"typed": "y\n"}, {}], ids=["at a terminal", "by a program"])
def test_a_key_that_is_no_root_of_the_list_does_not_sign(terminal: Terminal, answer: dict[str, str]) -> None:
    """The region's key is at hand, and so would be a root's of another country."""
    before = files(terminal.folder)
    yes = () if answer else ("--yes",)
    for previous in ((), ("--previous", terminal.path("trust-list.cbor"))):
        said = terminal.run(*words(terminal, "region.key"), *yes, *previous, code=2, **answer)
        assert said.endswith(NOT_A_ROOT)
    assert files(terminal.folder) == before


def rotate(terminal: Terminal) -> None:
    """A draft, `next`, in which root 4 takes the place of root 3."""
    path = terminal.path
    terminal.run("keygen", path("root4.key"))
    publics = [path(f"root{n}.key.pub") for n in (1, 2, 4)]
    said = terminal.run("root", "pin", *publics, "--threshold", "2", "--out", path("roots2.txt"))
    for public in publics:
        assert digits(bytes.fromhex(terminal.json("inspect", public)["key"])) in said
    options = ("--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--now", str(NOW))
    terminal.run("root", "draft", *options, "--next-roots", path("roots2.txt"), "--out", path("next"))


def test_a_rotation_is_signed_by_the_old_roots_and_the_new(terminal: Terminal) -> None:
    rotate(terminal)
    previous = ("--yes", "--previous", terminal.path("trust-list.cbor"))
    for n in (1, 2, 3, 4):
        terminal.run(*words(terminal, f"root{n}.key", "next"), *previous)
    for key, code in (("root3.key", 2), ("region.key", 2), ("root4.key", 0), ("root1.key", 0)):
        said = terminal.run(*words(terminal, key, "next"), "--yes", code=code)
        assert (said == NOT_A_ROOT) is (code == 2), key
    assert terminal.run(*words(terminal, "region.key", "next"), *previous, code=2) == NOT_A_ROOT


def test_signers_compare_one_value_with_what_the_platform_reads_out(terminal: Terminal) -> None:
    """The very first 128 bits of the file's SHA-512, wherever it is shown."""
    path = terminal.path
    file = Path(path("platform/platform.pub.cbor"))
    digest = hashlib.sha512(file.read_bytes()).digest()[:16]
    windows = ("windows", path("platform"), "--days", "12", "--capacity", "1024", "--now", str(NOW))
    assert terminal.json(*windows)["digest"] == digest.hex()
    assert digits(digest) in terminal.run(*windows)
    assert digits(digest) in terminal.run("inspect", str(file))
    draft = (
        "root",
        "draft",
        "--roots",
        path("roots.txt"),
        "--out",
        path("d"),
        "--now",
        str(NOW),
        "--windows",
        str(file),
    )
    check = ("root", "check", path("trust-list.cbor"), "--roots", path("roots.txt"))
    for shown in ([*words(terminal), "--yes"], [*words(terminal), "--yes", "--windows", str(file)], draft, check):
        assert f"digest {digits(digest)}" in terminal.run(*shown)


def test_swapped_windows_are_seen(terminal: Terminal) -> None:
    """By keys that begin alike, under the same kids and at the same times."""
    path = terminal.path
    file = Path(path("platform/platform.pub.cbor"))
    handed_in = parse_hand_in(file.read_bytes())
    honest = handed_in.windows
    fakes = [Window(w.kid, w.key[:8] + signer(9).public_key[8:], *w.values()[2:]) for w in honest[:1]]  # type: ignore[arg-type]  # in order
    Path(path("evil.cbor")).write_bytes(encode_hand_in("national", [*fakes, *honest[1:]], handed_in.sealing_keys))
    options = ("--roots", path("roots.txt"), "--out", path("evil"), "--now", str(NOW))
    terminal.run("root", "draft", *options, "--windows", path("evil.cbor"))
    digest = digits(hashlib.sha512(file.read_bytes()).digest()[:16])
    said = terminal.run(*words(terminal, draft="evil"), code=2, typed="n\n")
    shown = terminal.json(*words(terminal, draft="evil"), "--yes")["changes"]
    assert said.endswith(NO)
    assert digest not in "\n".join(shown)
    told = terminal.json(*words(terminal, draft="evil"), "--yes", "--windows", str(file))["changes"]
    assert (
        f"handed in by 'national': 12 windows and 12 sealing keys, digest {digest}: 1 OF THEM ARE NOT LISTED SO" in told
    )
    (foreign,) = (line for line in told if line.startswith("NOT HANDED IN"))
    assert foreign.endswith(f"by key {digits(fakes[0].key[:16])}")


def test_what_all_signers_have_before_them_has_one_digest(terminal: Terminal) -> None:
    path = terminal.path
    digest = hashlib.sha512(Path(path("draft.cbor")).read_bytes()).digest()[:16]
    assert terminal.json(*words(terminal), "--yes")["digest"] == digest.hex()
    check = ("root", "check", path("trust-list.cbor"), "--roots", path("roots.txt"))
    assert terminal.json(*check)["digest"] == digest.hex()
    assert digits(digest) in terminal.run(*check)
    assert digits(digest) in terminal.run("inspect", path("draft.cbor"))
    assert digits(digest) in terminal.run("inspect", path("trust-list.cbor"))


def test_nobody_can_revoke_is_said_until_somebody_can(terminal: Terminal) -> None:
    path = terminal.path
    assert "NOBODY CAN REVOKE" in terminal.run(*words(terminal), "--yes")
    terminal.run("keygen", path("revoker.key"))
    options = ("--roots", path("roots.txt"), "--previous", path("trust-list.cbor"), "--now", str(NOW))
    said = terminal.run("root", "draft", *options, "--revocation-key", path("revoker.key.pub"), "--out", path("next"))
    key = terminal.json("inspect", path("revoker.key.pub"))["key"]
    assert f"adds revocation key {digits(bytes.fromhex(key)[:16])} for 12 windows" in said
    assert "NOBODY CAN REVOKE" not in said


def test_several_revocation_keys(terminal: Terminal) -> None:
    """Two regions issue for themselves, and each revokes what it has issued."""
    path, regions = terminal.path, ("north", "south")
    for name in regions:
        terminal.run("keygen", path(f"{name}.revoke"))
        terminal.run("sealing", path(name), "--name", name, "--now", str(NOW))
        terminal.run("windows", path(name), "--days", "12", "--capacity", "1024", "--now", str(NOW))
    files_of = [path(f"{name}/platform.pub.cbor") for name in regions]
    keys = [path(f"{name}.revoke.pub") for name in regions]
    draft = ("root", "draft", "--roots", path("roots.txt"), "--now", str(NOW), "--out", path("both"))
    windows = ("--windows", files_of[0], "--windows", files_of[1])
    both = ("--revoked-by", keys[0], "--revoked-by", keys[1])
    for wrong in (both[:2], (*both, "--revocation-key", keys[0])):
        assert "--revoked-by: one for each --windows" in terminal.run(*draft, *windows, *wrong, code=2)
    said = terminal.json(*draft, *windows, *both)["changes"]
    assert len([line for line in said if re.match("adds revocation key .* for 12 windows", line)]) == 2
    for n in (1, 3):
        terminal.run("root", "sign", "--yes", path("both"), "--key", path(f"root{n}.key"), "--out", path(f"b{n}"))
    combine = ("root", "combine", path("both"), path("b1"), path("b3"), "--roots", path("roots.txt"))
    terminal.run(*combine, "--out", path("both.cbor"))
    listed = terminal.json("inspect", path("both.cbor"))["revocation_keys"]
    assert [each["kids"] for each in listed] == [12, 12]
    before = files(terminal.folder)
    terminal.run("windows", path("north"), "--days", "13", "--capacity", "1024", "--now", str(NOW))
    later = (*draft, "--previous", path("both.cbor"), "--windows", files_of[0])
    error = "error (nobody-can-revoke): a window stands under no revocation key: say which has it\n"
    assert terminal.run(*later, code=2) == error
    assert files(terminal.folder) == before
    changed = terminal.json(*later, "--revoked-by", keys[0])["changes"]
    assert any(re.match("changes revocation key .*: adds windows [0-9a-f]{8}, DROPS none", line) for line in changed)


def test_keys_and_digests_are_read_aloud_in_groups(terminal: Terminal) -> None:
    """Of every command that shows one: groups of four for people, no blank for programs; ids as commands take them."""
    path = terminal.path
    registrar = bytes.fromhex(terminal.json("keygen", path("registrar.key"))["public_key"])
    station = terminal.json("inspect", path("region.key.pub"))["key"]
    certify = ("--key", path("registrar.key"), "--area", "7", "--now", str(NOW))
    made = {
        "place.txt": ("place", "certify", *certify, "--class", "school"),
        "station.cbor": ("station", "certify", *certify, "--station", path("region.key.pub")),
    }
    for name, command in made.items():
        said = terminal.run(*command, "--out", path(name))
        shown = terminal.run("inspect", path(name))
        assert digits(registrar) in said
        assert digits(registrar) in shown
        (digest,) = re.findall(r"^digest +((?:[0-9a-f]{4} ){7}[0-9a-f]{4})$", said, re.MULTILINE)
        assert digest in shown
    assert digits(bytes.fromhex(station)) in terminal.run("inspect", path("station.cbor"))
    assert re.search(r"^station id +[0-9a-f]{16}$", terminal.run("inspect", path("station.cbor")), re.MULTILINE)
    kid = terminal.json("inspect", path("trust-list.cbor"))["windows"][0]["kid"]
    assert re.search(
        r"^key +(?:[0-9a-f]{4} ){15}[0-9a-f]{4}$",
        terminal.run("root", "impact", path("trust-list.cbor"), kid, "--now", str(NOW)),
        re.MULTILINE,
    )


def test_a_signature_by_somebody_else_is_not_mended_by_hand(terminal: Terminal) -> None:
    """What `sign` refuses, `combine` does not count."""
    path = terminal.path
    payload = Path(path("draft.cbor")).read_bytes()
    Path(path("theirs")).write_bytes(signature_by(payload, signer(5)))
    combine = ("root", "combine", path("draft.cbor"), path("sig1"), path("theirs"), "--roots", path("roots.txt"))
    assert terminal.run(*combine, "--out", path("out"), code=2).startswith("error (threshold)")
    assert not Path(path("out")).exists()
