"""What a scanner says of revoked passes and of all others, and when its data is too old or not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthpass import RefusalCode
from healthpass.crypto.signer import Signer, SoftwareSigner
from healthpass.formats.claim import Binding
from healthpass.formats.text import encode_text
from healthpass.formats.window import Window
from healthpass.verifier import Verifier
from tests.making import (
    DAY,
    ISSUER,
    ISSUER_TOMORROW,
    NOW,
    STRANGER,
    TOMORROW,
    WINDOW,
    assert_refused,
    family,
    make_claim,
    remembered,
    show,
    show_own,
    sign_trust_list,
    signer,
)
from tests.revoking import (
    OTHER_REVOKER,
    REVOKER,
    Pieces,
    accepts,
    again,
    assert_update_refused,
    filters_of,
    give,
    lenient,
    lenient_list,
    make_delta,
    make_snapshot,
    revoking_list,
    revoking_store,
    revoking_verifier,
    sign_snapshot,
    stored,
)

GRACE = 100
STALE, REVOKED = RefusalCode.REVOCATION_DATA_STALE, RefusalCode.REVOKED


def test_revoked_by_the_filter() -> None:
    verifier = revoking_verifier({WINDOW: [1, 7]})
    assert_refused(verifier, show(make_claim(7)), REVOKED)
    assert_refused(verifier, encode_text(make_claim(7, Binding.DOCUMENT)), REVOKED)
    assert accepts(verifier, 2)


def test_revoked_by_the_delta() -> None:
    verifier = revoking_verifier({WINDOW: [1]}, make_delta(2, {WINDOW: [7]}))
    for slot in (1, 7):
        assert_refused(verifier, show(make_claim(slot)), REVOKED)
    assert accepts(verifier, 2)


def test_revoked_in_another_window() -> None:
    verifier = revoking_verifier({TOMORROW: [7]}, make_delta(2, {TOMORROW: [8]}))
    assert accepts(verifier, 7)
    assert accepts(verifier, 8)


@pytest.mark.parametrize(
    "revoked", [[], [0], [255], [3, 77, 200], range(0, 256, 3), range(256), range(1, 256)], ids=str
)
def test_never_a_false_alarm(revoked: list[int]) -> None:
    """Every slot of a small window, issued or not."""
    small = Window(
        b"kid0", ISSUER.public_key, WINDOW.valid_from, WINDOW.expires, 256, Binding.DEVICE | Binding.DOCUMENT, b"doc0"
    )
    verifier = lenient(revoking_store(trust_list=lenient_list(windows=(small,), keys={REVOKER: (small,)})))
    filters = filters_of({small: revoked})
    verifier._store.update_revocation(sign_snapshot(filters), now=NOW, fetch=lambda digest: filters[b"kid0"])
    for slot in range(256):
        text = encode_text(make_claim(slot, Binding.DOCUMENT))
        if slot in revoked:
            assert_refused(verifier, text, REVOKED)
        else:
            assert verifier.verify(text, now=NOW).stale == 0


def test_of_a_group_the_revoked_member_is_named() -> None:
    verifier = revoking_verifier({WINDOW: [12]}, make_delta(2, {WINDOW: [11]}))
    assert_refused(verifier, show(family([10, 13, 12])), REVOKED, 2)
    assert_refused(verifier, show(family([10, 11, 12])), REVOKED, 1)
    assert verifier.verify(show(family([10, 13])), now=NOW).stale == 0


def test_it_comes_after_the_proof_and_is_not_remembered() -> None:
    verifier = revoking_verifier({WINDOW: [7]})
    assert_refused(verifier, show(make_claim(7), holder=STRANGER), RefusalCode.BAD_HOLDER_SIGNATURE)
    assert_refused(verifier, encode_text(make_claim(7)), RefusalCode.HOLDER_PROOF_REQUIRED)
    assert_refused(verifier, show(make_claim(7, issuer=STRANGER)), RefusalCode.BAD_CLAIM_SIGNATURE)
    for _ in range(2):
        assert_refused(verifier, show(make_claim(7)), REVOKED)
    assert remembered(verifier) == 0


def test_it_comes_before_what_was_shown() -> None:
    verifier = revoking_verifier()
    assert accepts(verifier, 7)
    assert_refused(verifier, show_own(7), RefusalCode.REPLAYED)
    verifier._store.update_revocation(make_delta(2, {WINDOW: [7]}), now=NOW)
    assert_refused(verifier, show_own(7), REVOKED)


BETWEEN = revoking_list(keys={REVOKER: (TOMORROW,)})
LENIENT_BETWEEN = lenient_list(keys={REVOKER: (TOMORROW,)})
"""A list whose one revocation key is not for the window of today."""


def test_a_kid_that_nobody_can_revoke_is_not_taken_for_not_revoked() -> None:
    store = revoking_store(trust_list=LENIENT_BETWEEN)
    filters = filters_of({TOMORROW: []})
    store.update_revocation(sign_snapshot(filters), now=NOW, fetch=lambda digest: filters[TOMORROW.kid])
    for text in (show(make_claim()), encode_text(make_claim(1, Binding.DOCUMENT)), show(family(range(3)))):
        assert_refused(lenient(store), text, STALE)


def test_a_kid_that_falls_between_two_revocation_keys() -> None:
    third = Window(b"kid2", signer(44).public_key, WINDOW.valid_from, WINDOW.expires, 256, Binding.DEVICE)
    keys: dict[Signer, tuple[Window]] = {REVOKER: (TOMORROW,), OTHER_REVOKER: (third,)}
    store = revoking_store(trust_list=revoking_list(windows=(WINDOW, TOMORROW, third), keys=keys))
    for key, windows in keys.items():
        filters = filters_of(dict.fromkeys(windows, ()))
        store.update_revocation(sign_snapshot(filters, by=key), now=NOW, fetch=Pieces(*filters.values()))
    assert_refused(Verifier(store), show(make_claim()), STALE)
    assert accepts_of(Verifier(store), third, signer(44))


def accepts_of(verifier: Verifier, window: Window, issuer: SoftwareSigner) -> bool:
    return verifier.verify(show(make_claim(1, window=window, issuer=issuer)), now=NOW).stale == 0


def test_data_that_cover_a_kid_which_nobody_can_revoke_are_taken(tmp_path: Path) -> None:
    """All other kids go on; that one is not believed until a list names the key for it, and is then known at once."""
    store = revoking_store(tmp_path, BETWEEN)
    give(store, make_snapshot(1, {WINDOW: [7]}))
    store.update_revocation(make_delta(2, {WINDOW: [8], TOMORROW: [9]}), now=NOW)
    begins = TOMORROW.valid_from
    for each in (store, revoking_store(tmp_path, BETWEEN)):
        assert_refused(Verifier(each), show(make_claim()), STALE)
        for slot, code in ((9, REVOKED), (8, None)):
            text = show(make_claim(slot, window=TOMORROW, issuer=ISSUER_TOMORROW), begins)
            if code is None:
                assert Verifier(each).verify(text, now=begins).stale == 0
            else:
                assert_refused(Verifier(each), text, code, now=begins)
    store.update_trust_list(sign_trust_list(revoking_list(2)), now=NOW)
    for slot in (7, 8):
        assert_refused(Verifier(store), show(make_claim(slot)), REVOKED)
    assert accepts(Verifier(store))


def test_data_that_cover_another_keys_kid_are_refused_whole() -> None:
    store = revoking_store(trust_list=revoking_list(keys={REVOKER: (WINDOW,), OTHER_REVOKER: (TOMORROW,)}))
    snapshot = make_snapshot()
    assert_update_refused(store, snapshot[0], "other-kid", fetch=snapshot[1])


def test_no_data_comes_before_the_pass_is_looked_at() -> None:
    assert_refused(Verifier(revoking_store()), "no pass at all", STALE)


@pytest.mark.parametrize("delta", [False, True])
@pytest.mark.parametrize("grace", [0, GRACE])
def test_grace_to_the_second(grace: int, delta: bool) -> None:
    """The delta says how fresh its key's data is, if there is one."""
    store = revoking_store(trust_list=lenient_list(grace=grace))
    give(store, make_snapshot(expires=NOW + 300 + 300 * (not delta)))
    if delta:
        store.update_revocation(make_delta(expires=NOW + 600), now=NOW)
    verifier, due = lenient(store), NOW + 600
    paper = encode_text(make_claim(1, Binding.DOCUMENT))
    assert verifier.verify(paper, now=due - 1).stale == 0
    if grace:
        assert verifier.verify(paper, now=due).stale == 1
        assert verifier.verify(paper, now=due + grace - 1).stale == grace
    assert_refused(verifier, paper, STALE, now=due + grace)


def test_the_staler_of_list_and_revocation_counts() -> None:
    store = revoking_store(trust_list=lenient_list(grace=GRACE, expires=NOW + 590))
    give(store, make_snapshot(expires=NOW + 600))
    assert lenient(store).verify(encode_text(make_claim(1, Binding.DOCUMENT)), now=NOW + 605).stale == 16


def test_a_clock_behind_the_data() -> None:
    store = revoking_store(trust_list=revoking_list(issued=NOW - 3000))
    give(store, make_snapshot(issued=NOW))
    verifier = Verifier(store)
    assert accepts(verifier, now=NOW - 60)
    assert_refused(verifier, show(make_claim(2), NOW - 75), STALE, now=NOW - 61)


def test_a_kid_that_the_snapshot_does_not_have() -> None:
    store = revoking_store()
    filters = filters_of({TOMORROW: []})
    store.update_revocation(sign_snapshot(filters), now=NOW, fetch=lambda digest: filters[TOMORROW.kid])
    assert_refused(Verifier(store), "no pass", RefusalCode.NOT_A_PASS)
    assert_refused(Verifier(store), show(make_claim()), STALE)
    assert_refused(Verifier(store), show(make_claim(issuer=STRANGER)), RefusalCode.BAD_CLAIM_SIGNATURE)


def test_one_key_does_not_vouch_for_anothers_kids() -> None:
    store = revoking_store(trust_list=revoking_list(keys={REVOKER: (WINDOW,), OTHER_REVOKER: (TOMORROW,)}))
    filters = filters_of({TOMORROW: []})
    store.update_revocation(
        sign_snapshot(filters, by=OTHER_REVOKER), now=NOW, fetch=lambda digest: filters[TOMORROW.kid]
    )
    assert_refused(Verifier(store), show(make_claim()), STALE)


def test_a_pass_of_tomorrow_works_tomorrow_offline(tmp_path: Path) -> None:
    stored(tmp_path, {WINDOW: [1]})
    begins = TOMORROW.valid_from
    verifier = again(tmp_path)
    claim = make_claim(window=TOMORROW, issuer=ISSUER_TOMORROW)
    assert verifier.verify(show(claim, begins), now=begins).stale == 0


def test_members_of_a_family_are_looked_up_under_their_kid() -> None:
    verifier = revoking_verifier({TOMORROW: [1]})
    assert (
        verifier.verify(show([make_claim(1, Binding.BOTH), make_claim(2, Binding.BOTH)]), now=NOW).expires < NOW + DAY
    )
