"""A wallet's file: whom it believes, what it can show, and which offers have come to nothing. It is not written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from healthpass.cli.doctor.disk import secret_findings
from healthpass.cli.doctor.findings import SOON, WELL, Finding, Round, wrong
from healthpass.cli.doctor.signed import list_findings
from healthpass.errors import BadInput
from healthpass.formats.enrolment import parse_key_request
from healthpass.holder.keeping import Keeping
from healthpass.holder.state import UNUSED, Enrolment, State, is_over

_NEW_OFFER = "ask the region for another offer, and give the wallet the newest trust list with it"


def wallet_findings(path: Path, doctor: Round) -> Iterator[Finding]:
    """Of the file; and, with its passphrase, of what is in it. Names in it are not told."""
    yield from secret_findings("wallet", path)
    if doctor.passphrase is None:
        yield Finding("wallet", path, WELL, "is sealed, and was not opened: name the file itself to look into it")
        return
    try:
        state = Keeping.open(str(path), doctor.passphrase, 0).now
    except BadInput as error:
        yield wrong("wallet", path, f"{error} ({error.code})", "look for the right passphrase; else ask for new passes")
        return
    if state.trust.trust_list is None:
        yield wrong("trust list", path, "the wallet has none", "give it the newest: `healthpass wallet update`")
    else:
        yield from list_findings(path, state.trust.trust_list, doctor)
    yield from _passes(path, state, doctor)
    for enrolment in state.enrolments:
        if enrolment.batch is None:
            yield _waiting(path, enrolment, state, doctor)


def _passes(path: Path, state: State, doctor: Round) -> Iterator[Finding]:
    """Of each enrolment with passes: until when, and how many of now are unused."""
    for number, batch in enumerate((each.batch for each in state.enrolments if each.batch is not None), 1):
        last = max(window.expires for window in batch.windows)
        what, life = f"passes, batch {number}", last - min(window.valid_from for window in batch.windows)
        if is_over(last, doctor.now):
            said = "are over: any command with this wallet erases them"
            yield Finding(what, path, SOON, said, "ask the region for an offer", last)
            continue
        yield doctor.lasts(what, path, last, life, "ask the region for an offer", "can be shown")
        unused = [window.used.count(UNUSED) for window in batch.windows if window.is_open(doctor.now)]
        if unused and not sum(unused):
            said = "all of today's are used: one that is shown again can be linked to its first showing"
            yield Finding(what, path, SOON, said, "ask the region for an offer")


def _waiting(path: Path, enrolment: Enrolment, state: State, doctor: Round) -> Finding:
    """An offer that was answered: until the key is over to which the answer is sealed, and nobody can open it."""
    what, sealing_key = "answer without a batch", parse_key_request(enrolment.answer).sealing_key
    listed = None if state.trust.trust_list is None else state.trust.trust_list.platform(enrolment.offer.platform)
    keys = () if listed is None else listed.sealing_keys
    for entry in keys:
        if entry.key == sealing_key:
            life = entry.expires - entry.valid_from
            return doctor.lasts(what, path, entry.expires, life, _NEW_OFFER, "the platform can open it")
    return Finding(what, path, SOON, "the platform has erased the key to which it is sealed, or gave it up", _NEW_OFFER)
