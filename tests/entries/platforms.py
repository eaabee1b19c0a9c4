"""The entries of regions, the platform, stations and the roots."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from healthpass.attester import Person, QueryMemory
from healthpass.attester.audit.entry import Chain, LogEntry, entry_content, head_content
from healthpass.attester.audit.log import AuditLog, check_log, checkpoint_of, find_entries, open_checkpoint
from healthpass.attester.query_log import Counted, _line
from healthpass.authority.ceremony import combine, sign
from healthpass.authority.policy_file import policy_from_toml, policy_to_toml
from healthpass.cli.audit import parse_audit_key
from healthpass.cli.inspect.describe import describe
from healthpass.cli.station.answer import parse_people
from healthpass.crypto.recovery import recovery_code_from, recovery_hash, recovery_hashes
from healthpass.crypto.signer import sign_message
from healthpass.formats import cose
from healthpass.formats.assisted_envelope import ANSWER_BLOCK_SIZE
from healthpass.formats.attestation import IssueRequest, encode_issue_request
from healthpass.formats.claim import Binding
from healthpass.formats.enrolment import MAX_CLAIMS
from healthpass.formats.hand_in import encode_hand_in
from healthpass.formats.trust_list import encode_trust_list
from healthpass.issuer import Issuer, RecognitionRules, SQLiteLedger, StationIssuer
from healthpass.issuer.platform import parse_held_list
from healthpass.issuer.published import standing
from healthpass.issuer.published_folder import PublishedFolder
from healthpass.issuer.sealing_keys import parse_sealing_keys
from healthpass.issuer.window_keys import parse_window_keys
from healthpass.paper import Language, parse_zone, passes_of
from healthpass.station import Voucher
from healthpass.station.survey import (
    answer,
    answers_file,
    check_grounds,
    encode_answers,
    parse_answers,
)
from healthpass.station.survey_form import form_from_toml, shipped_form
from healthpass.trust.station_list import parse_stations
from tests import stations
from tests.assisting import NORTH_CERTIFICATE, Region, ask, document, make_answer, make_desk, make_trust
from tests.entries import honest
from tests.entries.entry import Entry, Given, Step, plain, text, used
from tests.entries.hostile import HONEST, TEXT, TOML
from tests.issuing import REGION, make_issuer, make_rules
from tests.making import NOW, PLATFORM, ROOT, ROOTS, WINDOW, make_claim, make_trust_list, signature_by, signer
from tests.placing import POLICY
from tests.revoking import REVOKER

_AUDIT_KEY = bytes(32)
_LOG_LINES = 7000
_HONEST = b"the honest message, which is another one each time"


def _issuing(call: Callable[[Issuer, SQLiteLedger, bytes], object]) -> Given:
    def make() -> tuple[Issuer, SQLiteLedger]:
        ledger = SQLiteLedger(":memory:")
        rules = make_rules(max_claims=MAX_CLAIMS)
        return make_issuer(ledger, rules=rules, stations=stations.stations_of()), ledger

    return used(make, lambda made, data: call(*made, data))


def _for_a_station(issuer: Issuer, ledger: SQLiteLedger, data: bytes) -> None:
    StationIssuer(issuer, ledger, stations.station_list()).issue(data, now=NOW)


@cache
def _vouched() -> tuple[bytes, bytes]:
    """A station's attestation, and the platform's batch for it."""
    attestation, ledger = stations.vouch(), SQLiteLedger(":memory:")
    with ledger:
        issuer = make_issuer(ledger, stations=stations.stations_of())
        batch = StationIssuer(issuer, ledger, stations.station_list()).issue(attestation, now=NOW)
    return attestation, batch


@cache
def _voucher() -> Voucher:
    store = make_trust(keys=False, trust_list=stations.station_list())
    return Voucher(stations.STATION, stations.CERTIFICATE, store)


def _attest(data: bytes) -> bytes:
    return honest.ATTESTER.attest(honest.offer(), data, [Person("绿")], now=NOW, trust_list=make_trust_list())


def _request(payload: bytes) -> bytes:
    """A request for paper passes with this payload, whatever it is, for its attestation."""
    return encode_issue_request(IssueRequest(sign_message(REGION, cose.ATTESTATION, payload)))


def _region(data: bytes) -> Step:
    region = Region()
    given = ask(region).envelope if data == _HONEST else data
    return lambda: region.desk.answer(given, now=NOW)


def _question(data: bytes) -> Step:
    question = ask(Region())
    given = make_answer(question) if data == _HONEST else data
    return lambda: question.answer(given, now=NOW)


def _desk(data: bytes, *, key: bool = False) -> Step:
    region, desk = Region(), make_desk()
    certificate, sealing = (NORTH_CERTIFICATE, data) if key else (data, region.sealing_key)
    return lambda: desk.ask(document(), certificate, sealing, consent=True, now=NOW)


@cache
def audit_log() -> bytes:
    """A log of a megabyte."""
    chain, lines = Chain(), []
    lines.append(chain.line(head_content(_AUDIT_KEY)))
    chain.take(lines[0])
    for n in range(1, _LOG_LINES):
        lines.append(chain.line(entry_content(LogEntry(n, NOW + n, "00112233445566aa", "pass", bytes(16)))))
        chain.take(lines[-1])
    return b"\n".join(lines) + b"\n"


def _log(call: Callable[[Path], object]) -> Callable[[bytes], Step]:
    """For a log that is at a path."""

    def given(data: bytes) -> Step:
        folder = TemporaryDirectory()
        path = Path(folder.name, "audit.log")
        path.write_bytes(data)

        def step() -> None:
            with folder:
                call(path)

        return step

    return given


def _opened_log(path: Path) -> None:
    AuditLog.open(path, key=_AUDIT_KEY).close()


def _counted(data: bytes) -> Step:
    folder = TemporaryDirectory()
    Path(folder.name, "queries.txt").write_bytes(data)

    def step() -> None:
        with folder:
            QueryMemory(folder.name).close()

    return step


@cache
def queries() -> bytes:
    """Of the last hour, in a megabyte."""
    key = sha256(b"").digest()
    return b"".join(_line(Counted(NOW, f"{n:016x}", key, key)) for n in range(6500))


def _published(data: bytes) -> Step:
    folder = TemporaryDirectory()
    Path(folder.name, "snapshot.cbor").write_bytes(data)
    Path(folder.name, "delta.cbor").write_bytes(data)

    def step() -> None:
        with folder:
            standing(PublishedFolder(folder.name), REVOKER.public_key, honest.revoking_content())

    return step


@cache
def _checkpoint() -> bytes:
    folder = TemporaryDirectory()
    with folder:
        path = Path(folder.name, "audit.log")
        path.write_bytes(audit_log())
        return checkpoint_of(path, signer(7), "audit.example").encode()


@cache
def _answers() -> bytes:
    """Of the form that is shipped, with as much text as it takes."""
    from tests.unit.station.test_survey import FORM, FULL

    return encode_answers(FORM, FULL, "en", NOW)


def _policy() -> dict[str, bytes]:
    return {"every place": policy_to_toml(POLICY).encode()}


def _people() -> dict[str, bytes]:
    person = '[[person]]\ntype = "other"\nnumber = "A{n:05}"\ncolor = "green"\n'
    return {"a register": "".join(person.replace("{n:05}", f"{n:05}") for n in range(1000)).encode()[:65_000]}


def _form() -> object:
    return form_from_toml(shipped_form())


_QUESTION = next(each for each in form_from_toml(shipped_form()).questions if each.kind == "text")
_CHOICE = next(each for each in form_from_toml(shipped_form()).questions if each.many)

PLATFORMS = [
    Entry(
        "region: attest a wallet's answer",
        ("attester.attester.Attester.attest", "formats.enrolment.parse_key_request"),
        plain(_attest),
        most=300_000,
        honest=lambda: {"for 4,096 keys": honest.key_request()},
    ),
    Entry(
        "region: a request of its own",
        ("attester.attester.Attester.reference", "formats.attestation.parse_issue_request"),
        plain(honest.ATTESTER.reference),
        most=300_000,
        honest=lambda: {"for 4,096 keys": honest.issue_request()},
        signed=lambda payload: _request(payload[: 32_768 - 512]),
    ),
    Entry(
        "region: answer a query",
        (
            "attester.answers.QueryAnswerer.answer",
            "attester.daily_keys.DailyKeys.open",
            "formats.assisted_envelope.parse_query_envelope",
        ),
        _region,
        most=1024,
        honest=lambda: {"a query": _HONEST},
    ),
    Entry(
        "region: check its log",
        ("attester.audit.check.check_log", "attester.audit.entry.Chain.take"),
        plain(check_log),
        honest=lambda: {"7,000 entries": audit_log()},
        work="7,000 entries hashed into a chain and a tree",
    ),
    Entry(
        "region: open its log",
        (
            "attester.audit.log.AuditLog.open",
            "attester.audit.mend.mend",
            "attester.audit.mend.is_torn",
            "attester.audit.entry.is_whole",
        ),
        _log(_opened_log),
        HONEST,
        honest=lambda: {"7,000 entries": audit_log()},
        work="7,000 entries hashed into a chain and a tree",
    ),
    Entry(
        "region: find a person in its log",
        ("attester.audit.reading.find_entries", "attester.audit.reading.entries_about"),
        plain(lambda data: find_entries(data, key=_AUDIT_KEY, document=document())),
        HONEST,
        honest=lambda: {"7,000 entries": audit_log()},
        work="7,000 entries hashed, and a keyed hash made for each",
    ),
    Entry(
        "region: checkpoint of its log",
        ("attester.audit.reading.checkpoint_of",),
        _log(lambda path: checkpoint_of(path, signer(7), "audit.example")),
        HONEST,
        honest=lambda: {"7,000 entries": audit_log()},
        work="7,000 entries hashed into a chain and a tree",
    ),
    Entry(
        "region: a checkpoint",
        ("attester.audit.note.open_checkpoint",),
        plain(lambda data: open_checkpoint(data, signer(7).public_key)),
        most=131_072,
        honest=lambda: {"a checkpoint": _checkpoint()},
    ),
    Entry(
        "region: starts, with the queries of an hour",
        ("attester.query_memory.QueryMemory.__init__", "attester.query_log.QueryLog.__init__"),
        _counted,
        honest=lambda: {"6,500 queries": queries()},
        work="6,500 lines of its own file read, and written again",
    ),
    Entry(
        "platform: issue",
        (
            "issuer.issuer.Issuer.issue",
            "issuer.issuer.Issuer.prepare",
            "issuer.opening.opening_of",
            "formats.attestation.parse_issue_request",
            "formats.attestation.parse_attestation",
        ),
        _issuing(lambda issuer, ledger, data: issuer.issue(data, now=NOW)),
        most=300_000,
        honest=lambda: {"4,096 keys": honest.issue_request(), "1,024 keys of eight people": honest.family_request()},
        signed=lambda payload: _request(payload[: 32_768 - 512]),
        work="as many claims signed as it asks for: 4,096 or 8,192",
    ),
    Entry(
        "platform: replace",
        ("issuer.issuer.Issuer.replace",),
        _issuing(lambda issuer, ledger, data: issuer.replace(data, data, now=NOW)),
        most=512,
    ),
    Entry(
        "platform: a notice",
        (
            "issuer.issuer.Issuer.revoke",
            "issuer.revoking.revoke",
            "issuer.revoking.open_notice",
            "issuer.publisher.RevocationPublisher.revoke",
            "formats.notice.parse_notice",
        ),
        _issuing(lambda issuer, ledger, data: issuer.revoke(data, now=NOW)),
        most=512,
        honest=lambda: {"a notice": honest.ATTESTER.revoke(bytes(16), now=NOW)},
        signed=lambda payload: sign_message(REGION, cose.REVOCATION_NOTICE, payload),
    ),
    Entry(
        "platform: a recovery code",
        (
            "issuer.issuer.Issuer.revoke_by_code",
            "issuer.revoking.revoke_by_code",
            "issuer.publisher.RevocationPublisher.revoke_by_code",
            "crypto.recovery.recovery_hashes",
        ),
        text(recovery_hashes),
        TEXT,
        64,
        lambda: {"a code": recovery_code_from(bytes(16)).encode()},
        work="the hashes of all enrolments that a code can have: 65,536",
    ),
    Entry(
        "region: a recovery code",
        ("crypto.recovery.recovery_hash",),
        text(lambda said: recovery_hash(said, bytes(2))),
        TEXT,
        64,
        lambda: {"a code": recovery_code_from(bytes(16)).encode()},
    ),
    Entry(
        "platform: a station's attestation",
        ("issuer.stations.StationIssuer.issue", "formats.station_attestation.parse_station_attestation"),
        _issuing(_for_a_station),
        most=1024,
        honest=lambda: {"an attestation": stations.vouch()},
    ),
    Entry(
        "platform: rules",
        ("issuer.recognition.RecognitionRules.from_toml",),
        text(RecognitionRules.from_toml),
        TOML,
        honest=lambda: {"6,500 regions": honest.rules()},
        work="the operator's own file, read by Python's TOML reader",
    ),
    Entry(
        "platform, region: list of stations",
        (
            "trust.station_list.parse_stations",
            "trust.station_list.StationList.from_toml",
            "trust.station_list.follow_stations",
        ),
        plain(parse_stations),
        TOML,
        honest=lambda: {"7,500 stations": honest.stations()},
        work="the operator's own file, read by Python's TOML reader",
    ),
    Entry(
        "platform: window keys",
        ("issuer.window_keys.parse_window_keys",),
        plain(parse_window_keys),
        honest=lambda: {"2,048 windows": honest.window_keys()},
        work="2,048 public keys computed from their secrets",
    ),
    Entry(
        "platform: the trust list that it holds",
        ("issuer.platform.parse_held_list",),
        plain(parse_held_list),
        most=262_144,
        honest=lambda: {"2,048 windows": honest.trust_list()},
    ),
    Entry(
        "platform: sealing keys",
        ("issuer.sealing_keys.parse_sealing_keys",),
        plain(parse_sealing_keys),
        most=65_536,
        honest=lambda: {"as many as there can be": honest.sealing_keys()},
    ),
    Entry(
        "platform: what is published",
        ("issuer.published.standing",),
        _published,
        honest=lambda: {"a delta of 260,000 slots": honest.delta(2), "a snapshot": honest.snapshot(1)[0]},
    ),
    Entry(
        "roots: sign a draft",
        ("authority.ceremony.sign", "formats.trust_list.parse_trust_list"),
        plain(lambda data: sign(data, ROOT)),
        honest=lambda: {"2,048 windows": encode_trust_list(honest.list_content())},
    ),
    Entry(
        "roots: combine",
        ("authority.ceremony.combine",),
        plain(lambda data: combine(data, [signature_by(data, ROOT)], ROOTS)),
        honest=lambda: {"2,048 windows": encode_trust_list(honest.list_content())},
    ),
    Entry(
        "roots: check policy",
        ("authority.policy_file.policy_from_toml",),
        text(policy_from_toml),
        TOML,
        65_536,
        _policy,
        work="the operator's own file, read by Python's TOML reader",
    ),
    Entry(
        "station: whom to ask",
        ("station.desk.Desk.ask", "trust.stations.open_region", "formats.station.parse_region"),
        _desk,
        most=512,
        honest=lambda: {"a region's certificate": NORTH_CERTIFICATE},
    ),
    Entry(
        "station: a region's sealing key",
        ("station.desk.Desk.ask", "trust.assisted.open_sealing_key"),
        lambda data: _desk(data, key=True),
        most=512,
    ),
    Entry(
        "station: an answer",
        (
            "trust.assisted.open_pass",
            "station.question.Question.answer",
            "formats.assisted_envelope.parse_answer_envelope",
        ),
        _question,
        most=ANSWER_BLOCK_SIZE,
        honest=lambda: {"an answer": _HONEST},
    ),
    Entry(
        "station: its attestation",
        ("station.vouching.Voucher.revoke", "station.vouching.notice_for"),
        plain(lambda data: _voucher().revoke(data, now=NOW)),
        most=1024,
        honest=lambda: {"an attestation": stations.vouch()},
        signed=lambda payload: stations.sign_vouching(payload),
    ),
    Entry(
        "station: the pass that it has vouched for",
        ("station.vouching.Voucher.accept", "formats.batch.parse_batch"),
        plain(lambda data: _voucher().accept(_vouched()[0], data, now=NOW)),
        most=2_097_152,
        honest=lambda: {"a pass": _vouched()[1]},
    ),
    Entry(
        "station: a survey's form",
        ("station.survey_form.form_from_toml",),
        text(form_from_toml),
        TOML,
        65_536,
        lambda: {"the form that is shipped": shipped_form().encode()},
        work="the operator's own file, read by Python's TOML reader",
    ),
    Entry(
        "station: an answer that is typed",
        ("station.survey.answer",),
        text(lambda said: answer(_QUESTION, said, "en")),
        TEXT,
        4000,
    ),
    Entry(
        "station: a choice that is typed",
        ("station.survey.answer",),
        text(lambda said: answer(_CHOICE, said, "en")),
        TEXT,
        200,
    ),
    Entry(
        "station: a survey's answers",
        ("station.survey.parse_answers",),
        plain(lambda data: parse_answers(form_from_toml(shipped_form()), data)),
        honest=lambda: {"all": _answers()},
    ),
    Entry(
        "station: a file of answers",
        ("station.survey.parse_answers_file", "station.survey.check_grounds", "station.survey.answers_file"),
        plain(lambda data: check_grounds(data, bytes(32))),
        honest=lambda: {
            "all": answers_file(_answers(), bytes(16)),
            "JSON": answers_file(_answers(), bytes(16))[:61] + b"{" + b'"a":0,' * 170_000 + b"}\n",
        },
        work="a megabyte of lines, tidied of what editors make of them",
    ),
    Entry("paper: a language", ("paper.language.Language.from_toml",), text(Language.from_toml), TOML, 8192),
    Entry("paper: a time zone", ("paper.time_zones.parse_zone",), text(parse_zone), TEXT, 98),
    Entry(
        "paper: passes to print",
        ("paper.passes.passes_of",),
        plain(lambda data: passes_of([data], {WINDOW.kid: WINDOW}, now=NOW)),
        most=151,
        honest=lambda: {"a pass": make_claim(binding=Binding.BOTH)},
    ),
    Entry(
        "command: inspect",
        ("cli.inspect.describe.describe",),
        plain(describe),
        honest=lambda: {
            "a trust list": honest.trust_list(),
            "a delta": honest.delta(2),
            "a batch": honest.batch_of_a_family(),
            "window keys": honest.window_keys(),
            "a filter": next(each for each in honest.snapshot(1)[1].values() if len(each) > 9999),
            "a key request": honest.key_request(),
            "an issue request": honest.issue_request(),
            "a hand-in": encode_hand_in(PLATFORM, honest.windows()),
            "an area table": honest.area_table(),
        },
        work="every message is read, and all that is in it is shown",
    ),
    Entry(
        "command: a register of people",
        ("cli.demo.people.parse_people",),
        text(parse_people),
        TOML,
        65_536,
        _people,
        work="the operator's own file, read by Python's TOML reader",
    ),
    Entry("command: an audit key", ("cli.audit.parse_audit_key",), text(parse_audit_key), TEXT, 65_536),
]
