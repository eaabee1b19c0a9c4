"""No secret is in what an error takes along: the values of our frames, the errors behind it, its own sentence.

For each secret there is a call that fails while it is at hand. What an error reporter shows of our frames, and of
those of the libraries below, must not have it, as it is, in hexadecimal digits or in base64.
"""

from __future__ import annotations

import inspect
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from healthpass import Color
from healthpass._frames import guarded
from healthpass._secret import Secret
from healthpass.attester import DocumentSeeds, Person
from healthpass.attester.attester import _seeds
from healthpass.attester.audit.log import NOT_KNOWN, AuditLog, find_entries
from healthpass.crypto import keyfile, recovery
from healthpass.crypto.document_tag import document_seed, seed_of
from healthpass.crypto.passphrase import INTERACTIVE, PassphraseBox
from healthpass.crypto.sealing import SealingKey, seal
from healthpass.crypto.signer import SoftwareSigner
from healthpass.formats.document import RESIDENT_ID, Document
from healthpass.formats.document_keys import encode_keys, parse_keys
from healthpass.formats.period import Period
from healthpass.holder import Wallet, stored
from healthpass.holder.sealed_file import SealedFile
from healthpass.issuer import Issuer, RecognitionRules, RevocationPublisher, WindowKeys
from healthpass.issuer.revoking import revoke_by_code
from healthpass.issuer.sealing_keys import SealingKeys, encode_sealing_keys, parse_sealing_keys
from healthpass.issuer.slots import SlotPermutation
from healthpass.issuer.window_keys import WindowKey, encode_window_keys, parse_window_keys
from healthpass.station import Voucher, survey
from healthpass.station.survey_form import form_from_toml, shipped_form
from tests.assisting import Region, ask, frames_of
from tests.documents import DOCUMENT_KEY, REGISTRAR, documents_store
from tests.issuing import TODAY_KEY
from tests.making import ISSUER, NOW, ROOTS, WINDOW, make_trust_list
from tests.stations import CERTIFICATE, STATION, station_list
from tests.wallets import TRUST_LIST, content, make_batch, make_offer

TESTS = str(Path(__file__).parents[2])
SEED = bytes(range(50, 82))
KEY = bytes(range(100, 132))
NUMBER = "11010519491231002X"
CODE = recovery.recovery_code_from(bytes(range(200, 216)))
PHRASE = "correct horse battery"
PEM = keyfile.encode_private_key(SoftwareSigner(SEED))
LINE = PEM.split("\n")[1]
SEALED = keyfile.encode_private_key(SoftwareSigner(SEED), PHRASE, INTERACTIVE)
WINDOWS = encode_window_keys(WindowKeys([TODAY_KEY]))
OWN = SealingKey(KEY).public_key


def own_keys() -> SealingKeys:
    return SealingKeys("national", [(SealingKey(KEY), NOW, NOW + 1)])


SEALING_KEYS = bytes(encode_sealing_keys(own_keys()))
FORM = form_from_toml(shipped_form())
TOLD = "a fever since the market on the ninth"


def forms(secret: bytes | str) -> list[str]:
    """A secret as a report may show it."""
    if isinstance(secret, str):
        return [secret]
    return [repr(secret)[2:-1], secret.hex(), b64encode(secret).decode()[:-4], str(list(secret))[1:-1]]


def shown(error: BaseException) -> str:
    """What a report shows of an error and of those behind it, but for the frames of the tests."""
    found, seen = [], set()
    todo = [error]
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        found += [repr(each), str(each), repr(each.args), repr(vars(each))]
        todo += [other for other in (each.__cause__, each.__context__) if other is not None]
        at = each.__traceback__
        while at is not None:
            if not at.tb_frame.f_code.co_filename.startswith(TESTS):
                found += [repr(value) for value in at.tb_frame.f_locals.values()]
            at = at.tb_next
    return "\n".join(found)


def assert_hidden(call: Callable[[], object], *secrets: bytes | str) -> None:
    """The call fails (how, other tests say), and none of the secrets is in what is shown of that."""
    try:
        call()
    except Exception as error:  # noqa: BLE001
        said = shown(error)
    else:
        pytest.fail("it has not failed")
    for secret in secrets:
        assert not [each for each in forms(secret) if each in said]


def filled() -> Wallet:
    """Its enrolment's secret, and its recovery code, are made of `SEED`."""
    wallet = Wallet(ROOTS, random=of_seed)
    wallet.update_trust_list(TRUST_LIST, now=NOW)
    wallet.accept(make_batch(wallet.answer(make_offer(), now=NOW)), now=NOW)
    return wallet


def of_seed(size: int) -> bytes:
    return SEED[:size]


def failing_signer(public_key: bytes) -> Any:
    class Failing:
        """A device that is gone."""

        def __init__(self) -> None:
            self.public_key = public_key

        def sign(self, message: bytes) -> bytes:
            raise OSError("gone")

    return Failing()


def station(key: Any) -> Voucher:
    return Voucher(key, CERTIFICATE, documents_store(trust_list=station_list()))


def document() -> Document:
    return Document(RESIDENT_ID, NUMBER)


CASES: dict[str, tuple[Callable[[], object], bytes | str]] = {
    "passphrase, of a box": (lambda: PassphraseBox(PHRASE, 9), PHRASE),
    "passphrase, of a sealed key": (lambda: keyfile.parse_private_key(SEALED, PHRASE + "z"), PHRASE),
    "passphrase, of what is not sealed": (lambda: PassphraseBox.open(b"HPS1" + b"\x09" * 90, PHRASE), PHRASE),
    "content of a box": (lambda: PassphraseBox(PHRASE, INTERACTIVE).seal(TOLD), TOLD),  # type: ignore[arg-type]
    "private key, a line too many": (lambda: keyfile.parse_private_key(PEM + "more\n"), LINE),
    "private key, for a public one": (lambda: keyfile.parse_public_key(PEM), LINE),
    "private key, for one of roots": (lambda: keyfile.parse_roots("threshold: 1\n" + PEM), LINE),
    "private key, for a sealing key": (lambda: keyfile.parse_sealing_key(PEM), LINE),
    "private key, for a document key": (lambda: keyfile.parse_document_key(PEM), LINE),
    "private key, for a public sealing key": (lambda: keyfile.parse_sealing_public_key(PEM), LINE),
    "sealing key, for a private one": (
        lambda: keyfile.parse_private_key(keyfile.encode_sealing_key(SealingKey(SEED))),
        keyfile.encode_sealing_key(SealingKey(SEED)).split("\n")[1],
    ),
    "document key, for a private one": (
        lambda: keyfile.parse_private_key(keyfile.encode_document_key(b"doc0", KEY)),
        KEY,
    ),
    "seed of a signer": (lambda: SoftwareSigner(SEED + b"x"), SEED),
    "key of a signer": (lambda: SoftwareSigner(SEED).sign("text"), SEED),  # type: ignore[arg-type]
    "sealing key of a wrong size": (lambda: SealingKey(SEED + b"x"), SEED),
    "sealing key that opens": (lambda: SealingKey(SEED).open(bytes(99)), SEED),
    "what is to be sealed": (lambda: seal(bytes(32), NUMBER.encode()), NUMBER),
    "recovery code, a letter too many": (lambda: recovery.recovery_hash(CODE + "A", bytes(2)), CODE),
    "recovery code, a wrong letter": (lambda: recovery.recovery_hash("A" + CODE[1:], bytes(2)), CODE[1:]),
    "secret of a recovery code": (lambda: recovery.recovery_code_from(SEED), SEED),
    "recovery code, at the platform": (lambda: revoke_by_code(None, CODE, now=NOW), CODE),  # type: ignore[arg-type]
    "recovery code, at the issuer": (
        lambda: Issuer(WindowKeys([]), RecognitionRules([]), None, own_keys(), None).revoke_by_code(CODE, now=NOW),  # type: ignore[arg-type]
        CODE,
    ),
    "recovery code, at the publisher": (
        lambda: RevocationPublisher(WindowKeys([]), None, None, None, None).revoke_by_code(CODE, now=NOW),  # type: ignore[arg-type]
        CODE,
    ),
    "document key of a tag": (lambda: document_seed(KEY, 2, 1, RESIDENT_ID, NUMBER), KEY),
    "number of a tag": (lambda: document_seed(KEY, 2, 1, RESIDENT_ID, NUMBER), NUMBER),
    "number of a tag, as a document": (lambda: seed_of(document(), b"", 1, 2), NUMBER),
    "number, wrong": (lambda: Document(RESIDENT_ID, NUMBER[:-1] + "1"), NUMBER[:-1]),
    "number, of no type": (lambda: Document("card", NUMBER), NUMBER),
    "document keys to encode": (lambda: encode_keys({b"doc0": KEY, b"x": KEY}), KEY),
    "document keys to read": (lambda: parse_keys(b"doc0" + KEY + b"x"), KEY),
    "document keys to deliver": (
        lambda: REGISTRAR.deliver_document_keys({b"doc0": KEY}, bytes(32), version=1, now=NOW),
        KEY,
    ),
    "document keys of a region": (
        lambda: _seeds(
            [Person("", DocumentSeeds(make_trust_list(), {b"doc0": KEY}).of(document()))], [Period(NOW, NOW + 1, 1)]
        ),
        KEY,
    ),
    "number, at a region": (
        lambda: _seeds([Person("", DocumentSeeds(make_trust_list(), {}).of(document()))], [Period(NOW, NOW + 1, 1)]),
        NUMBER,
    ),
    "window seeds": (lambda: parse_window_keys(WINDOWS + b"\x00"), ISSUER.seed),
    "slot secrets": (lambda: parse_window_keys(WINDOWS + b"\x00"), TODAY_KEY.slot_secret),
    "sealing keys of a platform": (lambda: parse_sealing_keys(SEALING_KEYS + b"\x00"), KEY),
    "sealing keys of a platform, to open": (lambda: own_keys().opener(bytes(32), NOW), KEY),
    "sealing keys of a platform, that opens": (lambda: own_keys().opener(OWN, NOW).open(bytes(99)), KEY),
    "sealing keys of a platform, twice": (lambda: SealingKeys("x", [(SealingKey(KEY), 1 << 20, 1 << 21)] * 2), KEY),
    "slot secrets, twice": (lambda: WindowKeys([TODAY_KEY, TODAY_KEY]), TODAY_KEY.slot_secret),
    "slot secret of a wrong size": (lambda: SlotPermutation(SEED + b"x", 1024), SEED),
    "slot secret of a window": (lambda: WindowKey(WINDOW, SoftwareSigner(), SEED), SEED),
    "mark of a key": (lambda: TODAY_KEY.mark("text"), TODAY_KEY.slot_secret),  # type: ignore[arg-type]
    "a wallet's secret, a nonce of a wrong size": (lambda: filled().present(now=NOW, nonce=b"short"), SEED),
    "a wallet's secret, no such people": (lambda: filled().present(now=NOW, people=[5]), SEED),
    "a wallet's secret, no claims": (lambda: filled().present(now=NOW, name="nobody"), SEED),
    "a wallet's secret, no batch": (lambda: filled().accept(b"", now=NOW), SEED),
    "a wallet's secret, no offer": (lambda: filled().answer(b"", now=NOW), SEED),
    "a wallet's secret, another name": (lambda: filled().answer(make_offer(), now=NOW, name="x"), SEED),
    "a wallet's secret, no list": (lambda: filled().update_trust_list(b"", now=NOW), SEED),
    "a wallet's secret, no table": (lambda: filled().update_area_table(b"", now=NOW), SEED),
    "a wallet's secret, no poster": (lambda: filled().visit("HPL1:", now=NOW), SEED),
    "a wallet's secret, no name": (lambda: filled().forget("nobody"), SEED),
    "a wallet's secret, no code": (lambda: filled().recovery_code("nobody"), SEED),
    "a wallet's secret, no code that was used": (lambda: filled().recovery_used("nobody"), SEED),
    "a wallet's secret, a batch cut short": (lambda: filled().accept(bytes(1072), now=NOW), SEED),
    "a wallet's recovery code": (lambda: filled().answer(make_offer(), now=NOW, name="x"), SEED[:16]),
    "audit key": (lambda: AuditLog.open("/nowhere/at/all", key=KEY), KEY),
    "audit key of a wrong size": (lambda: AuditLog.open("/nowhere/at/all", key=KEY + b"x"), KEY),
    "audit key, to find": (lambda: find_entries(b"no log", key=KEY, document=document()), KEY),
    "number, to find": (lambda: find_entries(b"no log", key=KEY, document=document()), NUMBER),
    "number, at a station that vouches": (
        lambda: station(failing_signer(STATION.public_key)).vouch(document(), Color.GREEN, bytes(32), now=NOW),
        NUMBER,
    ),
    "document key, at a station that vouches": (
        lambda: station(STATION).vouch(document(), Color.GREEN, b"", now=NOW),
        DOCUMENT_KEY,
    ),
    "answers to a survey, one": (lambda: survey.answer(FORM.questions[0], TOLD * 200, "en"), TOLD),
    "answers to a survey, all": (lambda: survey.encode_answers(FORM, {"nothing": TOLD}, "en", NOW), TOLD),
    "answers to a survey, read": (lambda: survey.parse_answers(FORM, TOLD.encode()), TOLD),
    "answers to a survey, a file": (lambda: survey.answers_file(TOLD.encode(), b""), TOLD),
}


@pytest.mark.parametrize(("call", "secret"), CASES.values(), ids=CASES)
def test_no_secret_is_in_the_frames(call: Callable[[], object], secret: bytes | str) -> None:
    assert_hidden(call, secret)


@pytest.fixture(scope="module")
def wallet_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("wallet") / "wallet")
    Wallet.create(path, PHRASE, roots=ROOTS, random=of_seed, level=INTERACTIVE)
    return path


def test_a_wallet_file(wallet_file: str) -> None:
    assert_hidden(lambda: Wallet.open(wallet_file, PHRASE + "z"), PHRASE)
    for path in (wallet_file, wallet_file + "/x"):
        assert_hidden(
            lambda path=path: Wallet.create(path, PHRASE, roots=ROOTS, random=of_seed, level=INTERACTIVE),  # type: ignore[misc]
            PHRASE,
            SEED[:16],
        )


def test_a_pass_that_is_drawn_no_more() -> None:
    showing = filled().present(now=NOW)
    assert_hidden(lambda: showing.redraw(NOW + 600), showing._drawing.signer.seed)


def test_a_wallet_file_that_another_version_has_sealed(tmp_path: Path) -> None:
    path = str(tmp_path / "wallet")
    SealedFile.create(path, PHRASE, INTERACTIVE, content(filled()) + b"\x00", stored.MAX_SIZE)
    assert_hidden(lambda: Wallet.open(path, PHRASE), PHRASE, SEED)


def test_a_wallet_whose_disk_fails(wallet_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = Wallet.open(wallet_file, PHRASE)

    def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("healthpass.holder.sealed_file.write_atomically", full)
    assert_hidden(lambda: wallet.update_trust_list(TRUST_LIST, now=NOW), PHRASE, SEED)


def test_whatever_fails_at_a_region() -> None:
    """Also in a register that was given the document, and keeps its number in a variable."""
    region = Region()
    data = ask(region).envelope

    def look_up(whose: Document) -> Person | None:
        number = bytes(whose.number).decode()
        raise LookupError("no register" * (not number))

    region.desk._look_up = look_up
    with pytest.raises(LookupError) as caught:
        region.desk.answer(data, now=NOW)
    assert "look_up" in [each.name for each in caught.traceback]
    assert NUMBER not in frames_of(caught.value, beyond="test_whatever_fails_at_a_region")


def test_a_log_that_is_closed(tmp_path: Path) -> None:
    log = AuditLog.open(tmp_path / "log", key=KEY)
    log.close()
    assert_hidden(lambda: log.record(station="0" * 16, now=NOW, kind=NOT_KNOWN, document=document()), NUMBER, KEY)
    assert_hidden(lambda: log.find(document()), NUMBER, KEY)


def test_document_keys_that_are_not_for_us() -> None:
    from healthpass.trust.document_keys import open_document_keys

    opener = SealingKey(SEED)
    data = REGISTRAR.deliver_document_keys({b"doc0": KEY}, opener.public_key, version=1, now=NOW)
    trust_list = make_trust_list(registrar_keys=(REGISTRAR.public_key,))
    assert open_document_keys(data, trust_list, opener)[2] == {b"doc0": KEY}
    assert_hidden(lambda: open_document_keys(data[:-1] + bytes((data[-1] ^ 1,)), trust_list, opener), SEED, KEY)


# The boundary itself


@guarded
def outer(secret: str, *, depth: int) -> str:
    """Fails at some depth."""
    copy = secret + secret
    try:
        return inner(copy, depth)
    except ValueError as error:
        raise LookupError("not found") from error


def inner(secret: str, depth: int) -> str:
    if depth == 0:
        raise ValueError(secret)
    return inner(secret, depth - 1)


def test_an_error_says_where_it_was_and_nothing_else() -> None:
    with pytest.raises(LookupError) as caught:
        outer("SECRET", depth=3)
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    names = [each.name for each in caught.traceback]
    assert names[-2:] == ["guard", "outer"]
    assert "SECRET" not in shown(error)
    assert "SECRET" not in "".join(repr(each.frame.f_locals) for each in list(caught.traceback)[1:])


def test_a_guarded_function_is_as_it_was() -> None:
    assert (outer.__name__, outer.__doc__, outer.__module__) == ("outer", "Fails at some depth.", __name__)
    assert list(inspect.signature(outer).parameters) == ["secret", "depth"]
    assert guarded(lambda value: value)(3) == 3


def test_interruptions_too() -> None:
    @guarded
    def interrupted(secret: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted("SECRET")
    assert "SECRET" not in "".join(repr(each.frame.f_locals) for each in list(caught.traceback)[1:])


def test_generators_that_still_run_are_left_alone() -> None:
    def numbers() -> Any:
        yield 1
        yield 2

    running = numbers()

    @guarded
    def fails() -> None:
        next(running)
        raise ValueError("x")

    with pytest.raises(ValueError, match=r"^x$"):
        fails()
    assert next(running) == 2


def test_bytes_that_can_be_wiped() -> None:
    secret = Secret(b"number")
    assert (repr(secret), str(secret), f"{secret}") == ("Secret(...)",) * 3
    assert secret == b"number"
    assert not secret.is_wiped
    for copied in (lambda: secret.copy(), lambda: secret.__reduce_ex__(4)):
        with pytest.raises(TypeError, match="not copied"):
            copied()
    with pytest.raises(TypeError, match="unhashable"):
        hash(secret)
    secret.wipe()
    assert secret.is_wiped
    assert bytes(secret) == bytes(6)


def test_they_are_wiped_when_nobody_has_them_any_more() -> None:
    wiped = []

    class Noted(Secret):
        def wipe(self) -> None:
            super().wipe()
            wiped.append(bytes(self))

    Noted(b"number")
    assert wiped == [bytes(6)]
