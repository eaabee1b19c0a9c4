"""Each refusal of the verifier, from a pass in which nothing else is wrong; nothing changes, and an honest pass still
counts afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from healthpass import Color, RefusalCode, Refused
from healthpass.crypto.signer import Signer
from healthpass.errors import SENTENCES
from healthpass.formats.check_policy import default_policy
from healthpass.formats.claim import Binding, Claim
from healthpass.formats.text import encode_text
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.verifier import TrustStore, Verifier
from tests.making import (
    DAY,
    ISSUER,
    ISSUER_TOMORROW,
    NONCE,
    NOW,
    OTHER_PLACE,
    PLACE,
    ROOTS,
    STRANGER,
    TOMORROW,
    WINDOW,
    assert_refused,
    claim_of,
    family,
    files,
    make_claim,
    make_store,
    make_trust_list,
    make_verifier,
    present,
    show,
    show_own,
    sign_claim,
    sign_trust_list,
)
from tests.revoking import REVOKER, filters_of, revoking_list, revoking_store, sign_snapshot

PROTOCOL = (
    "NOT_A_PASS UNSUPPORTED_VERSION MALFORMED TRUST_LIST_EXPIRED REVOCATION_DATA_STALE "
    "UNKNOWN_ISSUER_KEY ISSUER_KEY_NOT_VALID ISSUER_NOT_ALLOWED BAD_CLAIM_SIGNATURE EXPIRED "
    "HOLDER_PROOF_REQUIRED BAD_HOLDER_SIGNATURE PRESENTATION_STALE PRESENTATION_FROM_FUTURE WRONG_AUDIENCE "
    "WRONG_NONCE REPLAYED DOCUMENT_REQUIRED DOCUMENT_MISMATCH REVOKED "
    "CHECK_NOT_PERMITTED DOCUMENT_KEY_MISSING REPLAY_UNKNOWN PLACE_NOT_CERTIFIED"
)

GRACE = 3600
CAPACITY = WINDOW.capacity


@dataclass(frozen=True)
class Case:
    """What is shown to a scanner, and its refusal. Without a list of its own, the scanner has an honest one."""

    text: str | bytes
    code: RefusalCode
    index: int | None = None
    now: int = NOW
    nonce: bytes | None = None
    audience: str | None = None
    trust_list: TrustList | None = None


def claim_with(**changed: object) -> bytes:
    """A device claim with other fields, and the issuer's signature over them."""
    claim = claim_of()
    fields = {name: getattr(claim, name) for name in Claim.__slots__} | changed
    return sign_claim(Claim(**fields))


def only(bindings: int) -> TrustList:
    """A list whose window allows these binding kinds alone."""
    key_id = b"doc0" if bindings != Binding.DEVICE else None
    return make_trust_list(
        windows=[Window(WINDOW.kid, WINDOW.key, WINDOW.valid_from, WINDOW.expires, CAPACITY, bindings, key_id)]
    )


def member_by(issuers: list[Signer], slots: list[int]) -> list[bytes]:
    return [make_claim(slot, Binding.BOTH, issuer=issuer) for slot, issuer in zip(slots, issuers, strict=True)]


def with_signature_of(data: bytes, other: bytes) -> str:
    return encode_text(data[:-64] + other[-64:])


FAMILY = [make_claim(n, Binding.BOTH) for n in range(3)]
DATED = make_trust_list(expires=NOW + 600, grace=GRACE)
REVOCABLE = make_trust_list(revocation_keys={STRANGER.public_key: (WINDOW.kid,)})

CASES: dict[str, Case] = {
    "some other text": Case("https://example.org/", RefusalCode.NOT_A_PASS),
    "nothing": Case("", RefusalCode.NOT_A_PASS),
    "another version": Case("HP2:" + show(make_claim())[4:], RefusalCode.UNSUPPORTED_VERSION),
    "no base45": Case(show(make_claim()) + "!", RefusalCode.MALFORMED),
    "no template": Case(encode_text(b"\xd3" + present(make_claim())[1:]), RefusalCode.MALFORMED),
    "empty pass": Case("HP1:", RefusalCode.MALFORMED),
    "trust list past its grace": Case(
        show(make_claim(), iat=NOW + 600 + GRACE),
        RefusalCode.TRUST_LIST_EXPIRED,
        now=NOW + 600 + GRACE,
        trust_list=DATED,
    ),
    "clock behind the trust list": Case(
        show(make_claim(), iat=NOW - 120),
        RefusalCode.TRUST_LIST_EXPIRED,
        now=NOW - 121,
    ),
    "no revocation data": Case(show(make_claim()), RefusalCode.REVOCATION_DATA_STALE, trust_list=REVOCABLE),
    "unknown kid": Case(show(claim_with(kid=b"none")), RefusalCode.UNKNOWN_ISSUER_KEY),
    "window not begun": Case(
        show(make_claim(window=TOMORROW, issuer=ISSUER_TOMORROW), iat=TOMORROW.valid_from - 75),
        RefusalCode.ISSUER_KEY_NOT_VALID,
        now=TOMORROW.valid_from - 61,
    ),
    "expiry after the window's": Case(show(claim_with(exp=WINDOW.expires + 1)), RefusalCode.ISSUER_NOT_ALLOWED),
    "expiry before the window's": Case(show(claim_with(exp=WINDOW.expires - 1)), RefusalCode.ISSUER_NOT_ALLOWED),
    "expiry of another window": Case(show(claim_with(exp=TOMORROW.expires)), RefusalCode.ISSUER_NOT_ALLOWED),
    "device-bound, not allowed": Case(
        show(make_claim()), RefusalCode.ISSUER_NOT_ALLOWED, trust_list=only(Binding.DOCUMENT | Binding.BOTH)
    ),
    "document-bound, not allowed": Case(
        encode_text(make_claim(binding=Binding.DOCUMENT)),
        RefusalCode.ISSUER_NOT_ALLOWED,
        trust_list=only(Binding.DEVICE | Binding.BOTH),
    ),
    "both-bound, not allowed": Case(
        show(make_claim(binding=Binding.BOTH)),
        RefusalCode.ISSUER_NOT_ALLOWED,
        trust_list=only(Binding.DEVICE | Binding.DOCUMENT),
    ),
    "slot past the capacity": Case(show(make_claim(CAPACITY)), RefusalCode.ISSUER_NOT_ALLOWED),
    "largest slot on paper": Case(encode_text(make_claim(2**32 - 1, Binding.DOCUMENT)), RefusalCode.ISSUER_NOT_ALLOWED),
    "slot past three bytes": Case(show(make_claim(2**24 + 1)), RefusalCode.ISSUER_NOT_ALLOWED),
    "slot past three bytes, last": Case(show(family([0, 1, 2**24 + 2])), RefusalCode.ISSUER_NOT_ALLOWED, 2),
    "the largest slot of all": Case(show(make_claim(2**32 - 1)), RefusalCode.ISSUER_NOT_ALLOWED),
    "slot past the capacity, first": Case(show(family([CAPACITY, 1, 2])), RefusalCode.ISSUER_NOT_ALLOWED, 0),
    "slot past the capacity, last": Case(show(family([0, 1, CAPACITY])), RefusalCode.ISSUER_NOT_ALLOWED, 2),
    "claim by a stranger": Case(show(make_claim(issuer=STRANGER)), RefusalCode.BAD_CLAIM_SIGNATURE),
    "claim by another window's key": Case(show(make_claim(issuer=ISSUER_TOMORROW)), RefusalCode.BAD_CLAIM_SIGNATURE),
    "paper by a stranger": Case(
        encode_text(make_claim(binding=Binding.DOCUMENT, issuer=STRANGER)), RefusalCode.BAD_CLAIM_SIGNATURE
    ),
    "first member by a stranger": Case(
        show(member_by([STRANGER, ISSUER, ISSUER], [1, 2, 3])), RefusalCode.BAD_CLAIM_SIGNATURE, 0
    ),
    "third member by a stranger": Case(
        show(member_by([ISSUER, ISSUER, STRANGER], [1, 2, 3])), RefusalCode.BAD_CLAIM_SIGNATURE, 2
    ),
    "expired": Case(show(make_claim(), iat=WINDOW.expires + 60), RefusalCode.EXPIRED, now=WINDOW.expires + 60),
    "paper expired": Case(
        encode_text(make_claim(binding=Binding.DOCUMENT)), RefusalCode.EXPIRED, now=WINDOW.expires + 60
    ),
    "device claim bare": Case(encode_text(make_claim()), RefusalCode.HOLDER_PROOF_REQUIRED),
    "both-bound claim bare": Case(encode_text(make_claim(binding=Binding.BOTH)), RefusalCode.HOLDER_PROOF_REQUIRED),
    "shown by a stranger": Case(show(make_claim(), holder=STRANGER), RefusalCode.BAD_HOLDER_SIGNATURE),
    "family shown by a stranger": Case(show(FAMILY, holder=STRANGER), RefusalCode.BAD_HOLDER_SIGNATURE),
    "signature of another showing": Case(
        with_signature_of(present(make_claim()), present(make_claim(), NOW + 15)), RefusalCode.BAD_HOLDER_SIGNATURE
    ),
    "signature without the members": Case(
        with_signature_of(present(FAMILY), present(FAMILY[:1])), RefusalCode.BAD_HOLDER_SIGNATURE
    ),
    "too old by a second": Case(show(make_claim()), RefusalCode.PRESENTATION_STALE, now=NOW + 75),
    "too early by a second": Case(show(make_claim()), RefusalCode.PRESENTATION_FROM_FUTURE, now=NOW - 61),
    "for another place": Case(show(make_claim(), audience=OTHER_PLACE), RefusalCode.WRONG_AUDIENCE, audience=PLACE),
    "for no place": Case(show(make_claim()), RefusalCode.WRONG_AUDIENCE, audience=PLACE),
    "for a place, at a scanner without one": Case(show(make_claim(), audience=PLACE), RefusalCode.WRONG_AUDIENCE),
    "another answer": Case(show(make_claim(), nonce=bytes(16)), RefusalCode.WRONG_NONCE, nonce=NONCE),
    "no answer": Case(show(make_claim()), RefusalCode.WRONG_NONCE, nonce=NONCE),
    "an answer without a question": Case(show(make_claim(), nonce=NONCE), RefusalCode.WRONG_NONCE),
    "a policy, and a scanner without a place": Case(
        show(make_claim()), RefusalCode.PLACE_NOT_CERTIFIED, trust_list=make_trust_list(policy=default_policy())
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_refused_and_nothing_changed(case: Case, tmp_path: Path) -> None:
    store = TrustStore.open(tmp_path, roots=ROOTS)
    store.update_trust_list(sign_trust_list(case.trust_list or make_trust_list()), now=NOW)
    verifier, before = Verifier(store, audience=case.audience), files(tmp_path)
    assert_refused(verifier, case.text, case.code, case.index, case.now, case.nonce)
    assert files(tmp_path) == before

    if case.trust_list is not None:
        store.update_trust_list(sign_trust_list(make_trust_list(version=2)), now=NOW)
    honest = show(make_claim(), audience=case.audience, nonce=case.nonce)
    assert verifier.verify(honest, now=NOW, nonce=case.nonce).colors == (Color.GREEN,)


OF_THE_SCANNER = {"TRUST_LIST_EXPIRED", "REVOCATION_DATA_STALE", "PLACE_NOT_CERTIFIED", "EXPIRED"}
OF_THE_PASS = {name: case for name, case in CASES.items() if case.code.name not in OF_THE_SCANNER}


@pytest.mark.parametrize("case", OF_THE_PASS.values(), ids=OF_THE_PASS.keys())
def test_the_same_scanner_takes_an_honest_pass_at_the_same_moment(case: Case) -> None:
    trust_list = case.trust_list or make_trust_list()
    binding = Binding.DEVICE if trust_list.windows[WINDOW.kid].bindings & Binding.DEVICE else Binding.BOTH
    honest = show(make_claim(binding=binding), case.now // 15 * 15, case.audience, case.nonce)
    verifier = make_verifier(trust_list, audience=case.audience)
    if binding == Binding.BOTH:  # of which every step before the documents is passed
        assert_refused(verifier, honest, RefusalCode.DOCUMENT_KEY_MISSING, now=case.now, nonce=case.nonce)
        return
    assert verifier.verify(honest, now=case.now, nonce=case.nonce).colors == (Color.GREEN,)


def test_no_trust_list() -> None:
    store = TrustStore(ROOTS)
    verifier = Verifier(store)
    assert_refused(verifier, show(make_claim()), RefusalCode.TRUST_LIST_EXPIRED)
    store.update_trust_list(sign_trust_list(make_trust_list()), now=NOW)
    assert verifier.verify(show(make_claim()), now=NOW).stale == 0


def test_replayed() -> None:
    verifier = make_verifier()
    assert verifier.verify(show(make_claim()), now=NOW).colors
    assert_refused(verifier, show(make_claim()), RefusalCode.REPLAYED)
    assert verifier.verify(show_own(2), now=NOW).colors


def test_replayed_family() -> None:
    """It is one showing, whoever of them was shown before: no index, for all have one key."""
    verifier = make_verifier()
    assert verifier.verify(show(FAMILY[1]), now=NOW).colors
    assert_refused(verifier, show(FAMILY), RefusalCode.REPLAYED)
    assert_refused(verifier, show([FAMILY[0], FAMILY[2]]), RefusalCode.REPLAYED)
    assert verifier.verify(show_own(2), now=NOW).colors


def test_replay_unknown() -> None:
    verifier = make_verifier(since=NOW)
    assert_refused(verifier, show(make_claim()), RefusalCode.REPLAY_UNKNOWN)
    assert_refused(verifier, show(make_claim(), NOW + 45), RefusalCode.REPLAY_UNKNOWN)
    assert verifier.verify(show(make_claim(), NOW + 60), now=NOW).colors
    assert verifier.verify(show_own(2, nonce=NONCE), now=NOW, nonce=NONCE).colors


@pytest.mark.parametrize(("now", "stale"), [(NOW + 599, 0), (NOW + 600, 1), (NOW + 600 + GRACE - 1, GRACE)])
def test_grace(now: int, stale: int) -> None:
    verdict = make_verifier(DATED).verify(show(make_claim(), iat=now // 15 * 15), now=now)
    assert verdict.stale == stale


@pytest.mark.parametrize("now", [NOW - 60, NOW, NOW + 74])
def test_fresh_showings(now: int) -> None:
    assert make_verifier().verify(show(make_claim()), now=now).expires == WINDOW.expires


def test_a_clock_as_far_behind_the_list_as_clocks_may_differ() -> None:
    assert make_verifier().verify(show(make_claim(), iat=NOW - 120), now=NOW - 120).colors


@pytest.mark.parametrize("skew", [0, 60, 3600])
def test_a_window_has_the_skew_at_both_its_ends(skew: int) -> None:
    """Whoever shows it by a clock that is as far off as clocks may be is let in, and nobody a second further."""
    store = make_store(make_trust_list(expires=NOW + 3 * DAY))
    verifier = Verifier(store, skew=skew)
    claims = (make_claim(n, window=TOMORROW, issuer=ISSUER_TOMORROW) for n in range(4))
    first, last = TOMORROW.valid_from - skew, TOMORROW.expires + skew - 1
    early = show(next(claims), iat=TOMORROW.valid_from - TOMORROW.valid_from % 15)
    assert_refused(verifier, early, RefusalCode.ISSUER_KEY_NOT_VALID, now=first - 1)
    assert verifier.verify(early, now=first).expires == TOMORROW.expires
    late = show(next(claims), iat=TOMORROW.expires - 15)
    assert verifier.verify(late, now=last).expires == TOMORROW.expires
    assert_refused(Verifier(store, skew=skew), show(next(claims), iat=last + 1), RefusalCode.EXPIRED, now=last + 1)


def test_the_last_slot() -> None:
    assert make_verifier().verify(show(make_claim(CAPACITY - 1)), now=NOW).colors


def test_a_pass_of_tomorrow_counts_tomorrow() -> None:
    verifier = make_verifier(make_trust_list(expires=NOW + 3 * DAY))
    claim = make_claim(window=TOMORROW, issuer=ISSUER_TOMORROW)
    paper = make_claim(2, Binding.DOCUMENT, window=TOMORROW, issuer=ISSUER_TOMORROW)
    for text in (show(claim), encode_text(paper)):
        assert_refused(verifier, text, RefusalCode.ISSUER_KEY_NOT_VALID)
    begins = TOMORROW.valid_from
    assert_refused(verifier, encode_text(paper), RefusalCode.DOCUMENT_KEY_MISSING, now=begins)  # it has begun
    assert verifier.verify(show(claim, iat=begins), now=begins).expires == TOMORROW.expires


def test_a_revocation_key_for_other_windows_says_nothing_of_this_one() -> None:
    other = filters_of({TOMORROW: []})
    store = revoking_store(trust_list=revoking_list(keys={REVOKER: (TOMORROW,)}))
    store.update_revocation(sign_snapshot(other), now=NOW, fetch=lambda digest: other[TOMORROW.kid])
    assert_refused(Verifier(store), show(make_claim()), RefusalCode.REVOCATION_DATA_STALE)


def test_numbers_and_sentences() -> None:
    assert [(code.name, code.value) for code in RefusalCode] == [
        (name, n) for n, name in enumerate(PROTOCOL.split(), 1)
    ]
    assert SENTENCES.keys() == set(range(1, 25))
    assert len(set(SENTENCES.values())) == 24
    for code in RefusalCode:
        assert Refused(code).args == (SENTENCES[code],)
        assert str(Refused(code, 3)) == SENTENCES[code]
