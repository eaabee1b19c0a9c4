"""`healthpass station`: a desk, a region that answers it, the registrar and the platform, by their commands."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthpass import Color, Decision, RefusalCode, Refused
from healthpass.cli.context import clock
from healthpass.cli.main import main
from healthpass.cli.station.command import station
from healthpass.cli.station.listing import change, read_stations
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.text import decode_text
from healthpass.issuer import ListedStation
from healthpass.station.survey import check_grounds
from tests.cli.desk_world import (
    AT,
    KEY_ID,
    NEIGHBOUR,
    STRANGER,
    SURVEY,
    TRAVELLER,
    Running,
    World,
    build,
)
from tests.cli.terminal import DAY, NOW, Terminal

PAGE = Path(__file__).parents[2] / "docs" / "situations" / "green-channel.md"
NUMBERS = (TRAVELLER, NEIGHBOUR, STRANGER)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build(folder)
    return folder


@pytest.fixture
def world(built: Path, tmp_path: Path) -> World:
    shutil.copytree(built, tmp_path / "hospital")
    return World(tmp_path / "hospital")


def error_of(said: str) -> str:
    """The code of an error as a command says it: for people, or as the last line of JSON."""
    line = said.splitlines()[-1]
    if line.startswith("{"):
        return str(json.loads(line)["error"])
    found = re.search(r"error \(([a-z-]+)\)", said)
    assert found is not None, said
    return found[1]


def answer_of(region: Running, query: str) -> str:
    """The file with the region's answer to a query that it answers."""
    region.tell(query)
    said = region.hear()
    assert said == {"query": query, "written": [query + ".answer"]}
    return str(said["written"][0])


def asking(world: World, number: str, out: str = "query.cbor", *more: str, region: str = "north") -> Running:
    """The desk, once its query is there."""
    desk = Running(world.ask(out, "--consent", *more, region=region))
    desk.tell(number)
    desk.waits("waiting for the answer")
    return desk


def assert_no_number(world: World, *said: str) -> None:
    for number in NUMBERS:
        assert not world.files_with(number)
        assert not [each for each in said if number in each]


# ---- As it should be ---------------------------------------------------------------------------------------------


def test_a_traveller_whom_the_region_knows(world: World) -> None:
    with world.region() as region:
        desk = asking(world, TRAVELLER, "query.cbor", "--png", world.path("pass.png"))
        desk.tell(answer_of(region, world.path("query.cbor")))
        code, out, told = desk.end()
    said = json.loads(out)
    assert code == 0
    assert (said["answer"], said["color"]) == ("pass", "GREEN")
    assert world.gate(said["text"], TRAVELLER).colors == (Color.GREEN,)
    with pytest.raises(Refused) as caught:
        world.gate(said["text"], NEIGHBOUR)
    assert caught.value.code is RefusalCode.DOCUMENT_MISMATCH
    assert (world.folder / "pass.png").read_bytes().startswith(b"\x89PNG")
    assert_no_number(world, out, told, world.errors(), *desk.words, *region.words)
    assert world.asked() == 1
    log = ("audit", "find", world.path("north.log"), "--audit-key", world.path("north-audit.key"))
    (entry,) = world.json(*log, "--document", "resident-id", stdin=TRAVELLER + "\n")["entries"]
    assert (entry["station_id"], entry["answer"]) == (
        world.json("inspect", world.path("station.cert"))["station_id"],
        "pass",
    )


def test_the_sealing_key_goes_with_the_region(world: World) -> None:
    published = world.folder / "north" / "sealing-key.cbor"
    with world.region() as region:
        assert world.json("inspect", str(published))["kind"] == "region's sealing key"
        before = published.read_bytes()
        region.tell("")
    assert not published.exists()
    with world.region():
        assert published.read_bytes() != before


def test_the_key_of_the_next_day_is_published_before_it(world: World) -> None:
    """In the hour before midnight there are two."""
    words = world.answering()
    words[words.index(str(NOW))] = str(NOW - NOW % DAY + DAY - 60)
    region = Running(words)
    assert region.hear()["written"] == [world.path("north/sealing-key.cbor")]
    today, tomorrow = (world.json("inspect", world.path(f"north/{name}sealing-key.cbor")) for name in ("", "next-"))
    assert today["expires"] == tomorrow["valid_from"]
    assert region.end()[0] == 0
    assert not list((world.folder / "north").iterdir())


def test_the_whole_desk_for_a_person_whom_nobody_knows(world: World) -> None:
    """Not known, so a survey, and the desk decides; the platform issues, and the gate lets the card's owner in."""
    folder = world.folder / "person"
    with world.region() as region:
        desk = Running(world.desk("desk", "--folder", str(folder), "--json"))
        desk.tell("resident-id", STRANGER, "yes")
        desk.waits("waiting for the answer")
        desk.tell(answer_of(region, str(folder / "query.cbor")))
        desk.tell("yes", SURVEY.rstrip("\n"), "yellow")
        desk.waits("for the platform")
        world.issue(name="person/attestation.cbor")
        desk.tell(world.path("pass.txt"))
        code, out, told = desk.end()
    said = json.loads(out)
    assert code == 0
    assert (said["answer"], said["color"]) == ("pass", "YELLOW")
    assert world.at_the_gate(said["text"], STRANGER).decision is Decision.ASSIST
    assert "The region's answer: not-known." in told
    assert world.gate(said["text"], STRANGER).colors == (Color.YELLOW,)
    grounds = world.json("inspect", str(folder / "attestation.cbor"))["grounds"]
    assert check_grounds((folder / "answers.txt").read_bytes(), bytes.fromhex(grounds))
    assert {each.name for each in folder.iterdir()} == {
        "query.cbor",
        "query.cbor.answer",
        "answers.txt",
        "attestation.cbor",
    }
    assert world.asked() == 1
    assert_no_number(world, out, told, world.errors(), *desk.words)


def test_the_whole_desk_for_a_person_whom_the_region_knows(world: World) -> None:
    folder = world.folder / "person"
    with world.region() as region:
        desk = Running(world.desk("desk", "--folder", str(folder)))
        desk.tell("identity", "resident-id", TRAVELLER[:-1] + "1", "resident-id", TRAVELLER, "yes")
        desk.waits("waiting for the answer")
        desk.tell(answer_of(region, str(folder / "query.cbor")))
        code, out, told = desk.end()
    assert code == 0
    text = next(line for line in out.splitlines() if line.startswith("HP1:"))
    assert world.gate(text, TRAVELLER).colors == (Color.GREEN,)
    assert "!! a character of the identity card's number is wrong" in told
    assert not (folder / "answers.txt").exists()
    assert_no_number(world, out, told)


def test_at_a_real_terminal(world: World) -> None:
    """The number is typed and not shown; everything else is, and the survey is in the same terminal."""
    folder = world.folder / "person"
    pid, handle = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "healthpass", *world.desk("desk", "--folder", str(folder))])
    to_type = [
        (b"empty: none): ", "resident-id\n"),
        (b"Document number: ", STRANGER + "\n"),
        (b"Type yes: ", f"no\nyes\n{SURVEY}green\n\n"),
    ]
    shown = b""
    while True:
        try:
            read = os.read(handle, 1000)
        except OSError:  # Linux says so when the other side is closed
            break
        if not read:
            break
        shown += read
        if to_type and to_type[0][0] in shown:
            os.write(handle, to_type.pop(0)[1].encode())
    os.close(handle)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert not to_type
    assert b"for the platform: " in shown
    assert b"help them on the spot (ASSIST)" in shown
    assert STRANGER.encode() not in shown
    assert world.json("inspect", str(folder / "attestation.cbor"))["color"] == "GREEN"


# ---- Each step can be declined -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("", set()),
        ("\n", set()),
        ("resident-id\n\n", set()),
        (f"resident-id\n{STRANGER}\nno\nno\n", set()),
        (f"resident-id\n{STRANGER}\ny\n\n", set()),
        (f"resident-id\n{STRANGER}\nyes\n\n", set()),
        (f"resident-id\n{STRANGER}\nno\nyes\n{SURVEY}\n", {"answers.txt"}),
        (f"resident-id\n{STRANGER}\nno\nyes\n{SURVEY}purple\n\n", {"answers.txt"}),
        (f"resident-id\n{STRANGER}\nno\nyes\n{SURVEY}green\n\n", {"answers.txt", "attestation.cbor"}),
        (f"resident-id\n{STRANGER}\nno\nyes\n{SURVEY}green\nno-such-file\n", {"answers.txt", "attestation.cbor"}),
    ],
    ids=[
        "end",
        "document",
        "number",
        "everything",
        "survey",
        "network",
        "colour",
        "another-colour",
        "platform",
        "no-such-file",
    ],
)
def test_a_step_that_is_declined(world: World, typed: str, left: set[str]) -> None:
    """Without a network too: no region is there, and the desk still works, or says what to do."""
    folder = world.folder / "person"
    world.run(*world.desk("desk", "--folder", str(folder)), stdin=typed, code=3)
    assert {each.name for each in folder.glob("*")} == left
    assert_no_number(world)


@pytest.mark.parametrize("typed", ["", "no\n", "y\n", "YES\n", "\n"])
def test_without_consent_nothing_is_asked(world: World, typed: str) -> None:
    with world.region():
        said = world.run(*world.ask("query.cbor"), stdin=typed, code=3)
    assert said == ""
    assert not (world.folder / "query.cbor").exists()
    assert world.asked() == 0


def test_consent_is_typed(world: World) -> None:
    with world.region() as region:
        desk = Running(world.ask("query.cbor"))
        desk.tell("yes", TRAVELLER)
        desk.waits("waiting for the answer")
        desk.tell(answer_of(region, world.path("query.cbor")))
        assert desk.end()[0] == 0


def test_no_answer(world: World) -> None:
    with world.region():
        words = world.ask("query.cbor", "--consent")
        ran = CliRunner().invoke(main, words, input=TRAVELLER + "\n")
    assert ran.exit_code == 3
    assert json.loads(ran.stdout) == {"answer": "none", "text": None, "color": None, "expires": None}
    assert "fetch its newest and ask again; or fill in the survey" in ran.stderr
    assert_no_number(world)


# ---- What is refused ---------------------------------------------------------------------------------------------


def test_a_query_that_is_not_answered(world: World) -> None:
    """The station and the relay hear that there is no answer, and the region alone hears why."""
    with world.region() as north, world.region("south"):
        desk = asking(world, TRAVELLER)
        answer_of(north, world.path("query.cbor"))
        other = asking(world, STRANGER, "south.cbor", region="south")
        (world.folder / "garbage").write_bytes(b"\x00" * 761)
        (world.folder / "long").write_bytes(b"\x00" * 762)
        for name in ("query.cbor", "south.cbor", "garbage", "long", "nothing", "north", "a\x00b"):
            north.tell(world.path(name))
            assert north.hear() == {"query": world.path(name), "written": []}
        north.tell(b"\xff\xfe")
        assert north.hear()["written"] == []
        for each in (desk, other):
            assert each.end()[0] == 3
        again = asking(world, TRAVELLER, "again.cbor")
        again.tell(answer_of(north, world.path("again.cbor")))
        assert again.end()[0] == 0
    codes = [line.split("(")[1].split(")")[0] if "(" in line else "" for line in world.errors().splitlines()]
    assert codes == ["replayed", "other-region", "malformed", "", "", "", "", ""]
    assert (world.asked("north"), world.asked("south")) == (2, 0)


def test_an_answer_that_is_not_taken(world: World) -> None:
    """To another question, of another region, or none at all: and the right one can still come."""
    with world.region() as north:
        first, second = asking(world, TRAVELLER, "first.cbor"), asking(world, NEIGHBOUR, "second.cbor")
        answers = [answer_of(north, world.path(f"{name}.cbor")) for name in ("first", "second")]
        second.tell(answers[0], world.path("first.cbor"), world.path("nothing"), "a\x00b", answers[1])
        first.tell(answers[0])
        said = [each.end() for each in (first, second)]
    assert [json.loads(out)["color"] for _, out, _ in said] == ["GREEN", "YELLOW"]
    told = said[1][2]
    assert told.count("not taken (not-for-us)") == 1
    assert told.count("not taken (malformed)") == 1
    assert told.count("not taken: there is no file") == 2


def test_a_pass_that_was_not_vouched_for(world: World) -> None:
    """The platform answers the desk with a neighbour's pass, with another colour, or with something else."""
    passes = []
    for number, color in ((NEIGHBOUR, "yellow"), (STRANGER, "green")):
        world.vouch("--color", color, number=number)
        world.issue()
        passes.append(world.path(f"{color}.txt"))
        (world.folder / "pass.txt").rename(passes[-1])
    (world.folder / "empty").write_bytes(b"")
    desk = Running(world.desk("desk", "--folder", world.path("person")))
    desk.tell("resident-id", STRANGER, "no", "yes", SURVEY.rstrip("\n"), "yellow")
    desk.tell(*passes, world.path("hospital.txt"), world.path("station.cert"), world.path("empty"), world.path("none"))
    code, out, told = desk.end()
    assert (code, out) == (3, "")
    assert told.count("not taken: this is not the pass that was vouched for; have the right one sent") == 2
    assert told.count("not taken: ") == 6


def test_a_number_that_no_card_has(world: World) -> None:
    wrong = TRAVELLER[:-1] + "1"
    with world.region():
        said = world.run(*world.ask("query.cbor", "--consent"), stdin=wrong + "\n", code=2)
    assert error_of(said) == "malformed"
    assert "a character of the identity card's number is wrong" in said
    assert wrong not in said
    assert not (world.folder / "query.cbor").exists()
    assert error_of(world.vouch(number=wrong, code=2)) == "malformed"
    assert not (world.folder / "vouched.cbor").exists()


def test_a_certificate_that_is_not_this_stations(world: World) -> None:
    world.run("keygen", world.path("other.key"))
    certify = ["station", "certify", "--key", world.path("registrar.key"), "--area", "1"]
    other = ["--station", world.path("other.key.pub"), "--out", world.path("other.cert")]
    world.run(*certify, *other, *AT)
    short = ["--station", world.path("station.key.pub"), "--days", "1", "--out", world.path("short.cert")]
    world.run(*certify, *short, "--now", str(NOW - DAY), "--confirm-clock")
    own = ["station", "certify", "--key", world.path("other.key"), "--area", "1", *short[:2]]
    world.run(*own, "--out", world.path("own.cert"), *AT)
    with world.region():
        for name, code in (("other", "other-key"), ("short", "certificate-expired"), ("own", "not-a-registrar")):
            words = world.ask("query.cbor", "--consent", "--certificate", world.path(f"{name}.cert"))
            assert error_of(world.run(*words, stdin=TRAVELLER + "\n", code=2)) == code
        words = world.ask("query.cbor", "--consent", "--region", world.path("south.cert"))
        assert error_of(world.run(*words, stdin=TRAVELLER + "\n", code=2)) == "other-region"
    assert not (world.folder / "query.cbor").exists()
    assert world.asked() == 0


def test_yesterdays_sealing_key(world: World) -> None:
    """The desk does not ask, and in the guided flow the survey is next."""
    with world.region():
        old = (world.folder / "north/sealing-key.cbor").read_bytes()
    (world.folder / "north/sealing-key.cbor").write_bytes(old)
    later = str(NOW + DAY)
    words = [later if each == str(NOW) else each for each in world.ask("query.cbor", "--consent")]
    assert error_of(world.run(*words, stdin=TRAVELLER + "\n", code=2)) == "sealing-key-expired"
    for content in (old, b"", None):
        folder = world.folder / f"person-{content is None}-{content == old}"
        if content is None:
            (world.folder / "north/sealing-key.cbor").unlink()
        else:
            (world.folder / "north/sealing-key.cbor").write_bytes(content)
        words = [later if each == str(NOW) else each for each in world.desk("desk", "--folder", str(folder))]
        world.run(*words, stdin=f"resident-id\n{STRANGER}\nyes\nyes\n{SURVEY}green\n\n", code=3)
        assert {each.name for each in folder.iterdir()} == {"answers.txt", "attestation.cbor"}


def test_a_station_without_document_keys(world: World) -> None:
    """It does not compare, and the gate does; and it vouches for nobody."""
    words = [each for each in world.ask("query.cbor", "--consent") if not each.endswith((".sealing", ".keys"))]
    words = [each for each in words if each not in ("--sealing-key", "--document-keys")]
    with world.region() as region:
        desk = Running(words)
        desk.tell(TRAVELLER)
        desk.waits("waiting for the answer")
        desk.tell(answer_of(region, world.path("query.cbor")))
        code, out, _ = desk.end()
    assert code == 0
    assert world.gate(json.loads(out)["text"], TRAVELLER).colors == (Color.GREEN,)
    words = [each for each in world.desk("desk", "--folder", world.path("person")) if not each.endswith(".sealing")]
    words.remove("--sealing-key")
    assert "--sealing-key" in world.run(*words, code=2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "person = 1",
        '[[person]]\ntype = "resident-id"\nnumber = "1"\ncolor = "绿"\n',
        '[[person]]\ntype = "resident-id"\nnumber = 5\ncolor = "绿"\n',
        f'[[person]]\ntype = "resident-id"\nnumber = "{TRAVELLER}"\n',
        f'[[person]]\ntype = "resident-id"\nnumber = "{TRAVELLER}"\ncolor = 1\n',
        2 * f'[[person]]\ntype = "resident-id"\nnumber = "{TRAVELLER}"\ncolor = "绿"\n',
    ],
    ids=["empty", "no-tables", "no-such-number", "a-number", "no-colour", "no-text", "twice"],
)
def test_a_register_that_cannot_be_used(world: World, text: str) -> None:
    (world.folder / "north.toml").write_text(text, encoding="utf-8")
    said = world.run(*world.answering(), code=2)
    assert error_of(said) == "malformed"
    assert ": people" in said
    assert TRAVELLER not in said
    assert not (world.folder / "north").exists()


def test_a_region_without_document_keys(world: World) -> None:
    words = world.answering()
    for option in ("--sealing-key", "--document-keys"):
        at = words.index(option)
        del words[at : at + 2]
    assert "no document key" in world.run(*words, code=2)


# ---- After a survey ----------------------------------------------------------------------------------------------


def test_vouching_issuing_and_taking_back(world: World) -> None:
    vouched = json.loads(world.vouch("--json"))
    issued = json.loads(world.issue("--json", "--png", world.path("pass.png")))
    assert issued["color"] == "YELLOW"
    text = (world.folder / "pass.txt").read_text().strip()
    claim = parse_claim(decode_text(text))
    assert claim.binding == Binding.DOCUMENT
    assert "kid" not in vouched, "a station neither chooses nor sees it"
    assert world.gate(text, STRANGER).colors == (Color.YELLOW,)
    world.issue()  # the same again
    assert (world.folder / "pass.txt").read_text().strip() == text
    notice = ("--attestation", world.path("vouched.cbor"), "--out", world.path("notice.cbor"))
    said = world.run("station", "revoke", "--key", world.path("north.key"), *notice, *AT, code=2)
    assert error_of(said) == "other-station"
    assert not (world.folder / "notice.cbor").exists()
    world.run("station", "revoke", "--key", world.path("station.key"), *notice, *AT)
    taken = ("--platform", world.path("platform"), "--notice", world.path("notice.cbor"), *AT)
    assert world.json("revoke", *taken)["claims"] == 1
    assert_no_number(world)


def test_what_the_platform_does_not_issue(world: World) -> None:
    world.vouch()
    station = world.json("inspect", world.path("station.cert"))["station_id"]
    listed = world.folder / "platform" / "stations.toml"
    whole = listed.read_text()
    listed.write_text(whole.replace("suspended = false", "suspended = true"))
    assert error_of(world.issue(code=2)) == "suspended"
    world.run("station", "remove", str(listed), station)
    assert error_of(world.issue(code=2)) == "not-listed"
    listed.unlink()
    assert error_of(world.issue(code=2)) == "not-listed"
    listed.write_text(whole.replace("[[station]]", "[stations]"))
    assert error_of(world.issue(code=2)) == "unreadable-file"
    listed.write_text("[passes]\nper_station = 1\n" + whole)
    assert error_of(world.issue("--now", str(NOW + 3601), code=2)) == "too-old"
    assert not (world.folder / "pass.txt").exists()
    world.issue()
    first = (world.folder / "pass.txt").read_text()
    world.vouch(number=NEIGHBOUR)
    assert error_of(world.issue(code=2)) == "limit"
    assert (world.folder / "pass.txt").read_text() == first
    listed.write_text(whole)
    world.issue()
    assert (world.folder / "pass.txt").read_text() != first


def test_which_platform(world: World) -> None:
    """By its name in the trust list; there is one, so it need not be said."""
    until = json.loads(world.vouch("--json", "--platform-name", "national"))["expires"]
    assert json.loads(world.vouch("--json"))["expires"] == until
    (world.folder / "vouched.cbor").unlink()
    assert error_of(world.vouch("--platform-name", "nowhere", code=2)) == "unknown-platform"
    assert not (world.folder / "vouched.cbor").exists()


def test_what_a_station_cannot_vouch_with(world: World) -> None:
    assert error_of(world.vouch("--answers", world.path("roots.txt"), code=2)) == "malformed"
    assert "error" in world.vouch("--color", "purple", code=2).lower()
    words = world.vouch("--document-keys", world.path("gate.keys"), code=2)
    assert error_of(words) == "other-recipient"
    assert not (world.folder / "vouched.cbor").exists()


def test_renewing_a_certificate(world: World) -> None:
    first = world.json("inspect", world.path("station.cert"))
    own = ("--key", world.path("registrar.key"), "--station", world.path("station.key.pub"), "--area", "2")
    renew = ("--renew", first["station_id"], "--out", world.path("station.cert"), "--now", str(NOW + DAY))
    said = world.json("station", "certify", *own, *renew)
    after = world.json("inspect", world.path("station.cert"))
    assert (said["station_id"], after["station_id"], after["area"]) == (first["station_id"],) * 2 + (2,)
    assert after["expires"] == said["expires"] > first["expires"]


def test_one_process_answers_for_a_region(world: World) -> None:
    """Also where the second has another log and publishes elsewhere; and after the first has ended, another may."""
    with world.region():
        words = world.answering()
        words[words.index("--audit") + 1] = world.path("other.log")
        words[words.index("--out") + 1] = world.path("elsewhere")
        said = world.run(*words, code=2, stdin="")
        assert error_of(said) == "in-use"
        assert not (world.folder / "elsewhere").exists()
        assert not (world.folder / "other.log").exists()
    with world.region():
        pass


def test_a_region_needs_a_folder(world: World) -> None:
    words = world.answering()
    at = words.index("--state")
    assert "--state names the region's folder" in world.run(*words[:at], *words[at + 2 :], code=2, stdin="")


def test_what_inspect_shows(world: World) -> None:
    with world.region() as region:
        desk = asking(world, NEIGHBOUR)
        answer_of(region, world.path("query.cbor"))
        desk.end()
        kinds = {"north/sealing-key.cbor": "region's sealing key"}
        for name, kind in kinds.items():
            assert world.json("inspect", world.path(name))["kind"] == kind
    world.vouch(number=NEIGHBOUR)
    kinds = {
        "station.cert": "station certificate",
        "north.cert": "region certificate",
        "query.cbor": "assisted query",
        "query.cbor.answer": "assisted answer",
        "vouched.cbor": "station attestation",
        "north.keys": "delivery of document keys",
    }
    sealed = {"assisted query", "assisted answer"}
    shown = {kind: world.json("inspect", world.path(name)) for name, kind in kinds.items()}
    assert {kind: fields["kind"] for kind, fields in shown.items()} == {kind: kind for kind in shown}
    assert {kind for kind, fields in shown.items() if fields.get("content") == "sealed, cannot be read"} == sealed
    attested = shown["station attestation"]
    assert (attested["seed"], attested["color"]) == ("not shown", "YELLOW")
    assert attested["station_id"] == shown["station certificate"]["station_id"]
    assert NEIGHBOUR not in json.dumps(shown)


# ---- The page about it -------------------------------------------------------------------------------------------


def prepare(terminal: Terminal) -> None:
    """What the page begins with: a root, the platform's windows, a trust list with a registrar, a hospital's poster."""
    run = terminal.run
    for name in ("root", "registrar"):
        run("keygen", f"{name}.key")
    run("root", "pin", "root.key.pub", "--threshold", "1", "--out", "roots.txt")
    run("windows", "platform", "--days", "12", "--capacity", "1024", "--document-key-id", KEY_ID.hex())
    named = ("--registrar", "registrar.key.pub", "--policy", "default", "--windows", "platform/platform.pub.cbor")
    run("root", "draft", "--roots", "roots.txt", *named, "--out", "draft.cbor")
    run("root", "sign", "--yes", "draft.cbor", "--key", "root.key", "--out", "sig")
    run("root", "combine", "draft.cbor", "sig", "--roots", "roots.txt", "--out", "trust-list.cbor")
    run("hold", "platform", "trust-list.cbor", "--roots", "roots.txt")
    place = ("--class", "hospital", "--area", "110105", "--out", "hospital.txt")
    run("place", "certify", "--key", "registrar.key", *place)


class Reader:
    """Somebody who reads the page and does what it says, in terminals that stay open as long as it says so."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.open: dict[str, Running] = {}
        self.ran: list[str] = []

    def do(self, words: list[str]) -> None:
        self.ran.append(" ".join(words[:2]))
        running = {"station answer": self.answer, "station ask": self.ask, "station desk": self.desk}
        if self.ran[-1] in running:
            running[self.ran[-1]](words)
            return
        if words[0] == "verify":
            assert self.terminal.run(*words, stdin=STRANGER + "\n", code=3).startswith("ASSIST: YELLOW")
            return
        typed = {"station survey": SURVEY, "station vouch": STRANGER + "\n"}.get(self.ran[-1])
        self.terminal.run(*words, stdin=typed)
        if "person-1/pass.txt" in words:
            desk = self.open.pop("desk")
            desk.tell("person-1/pass.txt")
            code, out, _ = desk.end()
            assert (code, Path("person-1/pass.txt").read_text().strip() in out) == (0, True)

    def answer(self, words: list[str]) -> None:
        self.open["region"] = region = Running([*words, "--json"])
        assert region.hear() == {"written": ["published/sealing-key.cbor"]}

    def ask(self, words: list[str]) -> None:
        desk = Running(words)
        desk.tell("yes", TRAVELLER)
        desk.waits("waiting for the answer")
        desk.tell(answer_of(self.open["region"], "query.cbor"))
        code, out, _ = desk.end()
        assert (code, "HP1:" in out, Path("pass.png").exists()) == (0, True, True)

    def desk(self, words: list[str]) -> None:
        self.open["desk"] = desk = Running(words)
        desk.tell("resident-id", STRANGER, "yes")
        desk.waits("waiting for the answer")
        desk.tell(answer_of(self.open["region"], "person-1/query.cbor"), "yes", SURVEY.rstrip("\n"), "yellow")
        desk.waits("for the platform")


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands, files and programs, in their order, in one folder."""
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path)
    prepare(terminal)
    reader = Reader(terminal)
    namespace: dict[str, object] = {"NOW": clock(None)}
    for language, block in re.findall(r"```(console|toml|py)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        if language == "py":
            exec(block, namespace)
        elif language == "toml":
            key = terminal.json("inspect", "north.key.pub")["key"]
            Path(block.split()[1]).write_text(block.replace("NORTH_PUBLIC_KEY", key), encoding="utf-8")
        else:
            for line in block.splitlines():
                if "STATION_ID" in line:
                    line = line.replace("STATION_ID", terminal.json("inspect", "station.cert")["station_id"])
                words = shlex.split(line)
                assert words[:2] == ["$", "healthpass"]
                reader.do(words[2:])
    assert reader.open.pop("region").end()[0] == 0
    assert not reader.open
    commands = {name.removeprefix("station ") for name in reader.ran if name.startswith("station ")}
    assert commands == set(station.commands) - {"form"}


# ---- The stations that are served --------------------------------------------------------------------------------


def test_the_list_of_stations(world: World) -> None:
    """A station is added by its certificate, shown, given a second key, and taken out again."""
    file, key, new = (world.path(name) for name in ("list.toml", "station.key", "new.key"))
    shown = world.json("inspect", world.path("station.cert"))
    added = ("station", "add", file, "--certificate", world.path("station.cert"), "--name", '"East" door, 東門')
    said = world.json(*added)
    assert (said["station_id"], said["listed"]) == (shown["station_id"], 1)
    assert said["key"] == world.json("inspect", key + ".pub")["key"]
    assert world.json(*added)["listed"] == 1, "the same again is no second one"
    world.run("keygen", new)
    renewed = ("--key", world.path("registrar.key"), "--station", new + ".pub", "--renew", said["station_id"])
    world.run("station", "certify", *renewed, "--area", "1", "--out", world.path("new.cert"), *AT)
    more = world.json("station", "add", file, "--certificate", world.path("new.cert"), "--name", "East door")
    assert more["listed"] == 2
    listed = world.json("station", "list", file)
    assert [each["name"] for each in listed["stations"]] == ['"East" door, 東門', "East door"]
    assert {each["station_id"] for each in listed["stations"]} == {said["station_id"]}
    assert listed["passes"] == {"per_station": 50, "per_registrar": 50, "in_all": 50}, "two keys of one station"
    world.run("station", "remove", file, said["station_id"], "--key", said["key"])
    assert [each["key"] for each in world.json("station", "list", file)["stations"]] == [more["key"]]
    assert world.json("station", "remove", file, said["station_id"]) == {"listed": 0}
    before = Path(file).read_bytes()
    assert error_of(world.run("station", "remove", file, said["station_id"], code=2)) == "not-listed"
    assert "64 hexadecimal digits" in world.run("station", "remove", file, said["station_id"], "--key", "xy", code=2)
    assert Path(file).read_bytes() == before


def test_two_who_change_the_list_at_once_undo_nothing(tmp_path: Path) -> None:
    file = tmp_path / "platform" / "stations.toml"
    entries = [ListedStation(f"desk {n}", f"{n:016x}", bytes([n]) * 32) for n in range(24)]

    def add(entry: ListedStation) -> None:
        change(file, lambda before: before.added(entry))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, entries))
        list(pool.map(lambda each: change(file, lambda before: before.removed(each.id)), entries[::2]))
    assert {each.name for each in read_stations(file)} == {each.name for each in entries[1::2]}


def test_what_is_no_certificate_is_not_listed(world: World) -> None:
    file = world.folder / "list.toml"
    broken = bytearray((world.folder / "station.cert").read_bytes())
    broken[-1] ^= 1
    (world.folder / "broken.cert").write_bytes(broken)
    for name, code in (("broken.cert", "bad-signature"), ("north.cert", "malformed")):
        words = ("station", "add", str(file), "--certificate", world.path(name), "--name", "x")
        assert error_of(world.run(*words, code=2)) == code
    words = ("station", "add", str(file), "--certificate", world.path("station.cert"), "--name", "a\nb")
    assert error_of(world.run(*words, code=2)) == "malformed"
    assert not file.exists()


def test_a_station_that_is_taken_out_gets_no_answer_from_a_region_that_is_running(world: World) -> None:
    station = world.json("inspect", world.path("station.cert"))["station_id"]
    with world.region() as region:
        desk = asking(world, TRAVELLER)
        world.run("station", "remove", world.path("north-stations.toml"), station)
        region.tell(world.path("query.cbor"))
        assert region.hear() == {"query": world.path("query.cbor"), "written": []}
        world.run(
            "station",
            "add",
            world.path("north-stations.toml"),
            "--certificate",
            world.path("station.cert"),
            "--name",
            "x",
        )
        desk.tell(answer_of(region, world.path("query.cbor")))
        assert desk.end()[0] == 0
    assert "not-listed" in world.errors()
    assert world.asked() == 1
