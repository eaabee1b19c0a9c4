"""A scanner's state folder: what it goes by, and whether an update was cut off. Nothing is finished here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from healthpass._shown import shown
from healthpass.cli.doctor.disk import folder_findings
from healthpass.cli.doctor.findings import DAY, SOON, WELL, WRONG, Finding, Round, wrong
from healthpass.cli.doctor.signed import NEW_LIST, list_findings, parse_list
from healthpass.cli.output import Moment
from healthpass.errors import BadInput
from healthpass.formats.trust_list import MAX_SIZE, TrustList
from healthpass.trust.updates import CLOCK_SKEW, Floors, floor_of
from healthpass.verifier.replay_note import NOTE
from healthpass.verifier.revocation_state import Revocations
from healthpass.verifier.state import State, loaded, under
from healthpass.verifier.state_folder import (
    AREA_TABLE,
    DOCUMENT_KEYS,
    FLOORS,
    GENERATION,
    REVOCATION,
    ROTATIONS,
    TRUST_LIST,
    StateFolder,
)

_SNAPSHOT = "fetch the newest snapshot with its filters, and the delta upon it"


def is_scanner(names: set[str]) -> bool:
    """Whether a folder with files of these names is a scanner's, or kept as one by a station or a region."""
    return bool(names & {FLOORS, GENERATION, ROTATIONS, REVOCATION, NOTE})


def scanner_findings(folder: Path, doctor: Round) -> Iterator[Finding]:
    """All of the folder but what every folder may have."""
    for name in (REVOCATION, os.path.dirname(DOCUMENT_KEYS)):
        if (folder / name).is_dir():
            yield from folder_findings(folder / name)
    kept = StateFolder(str(folder))
    floors, number = kept.floors()
    if floors is None:
        said = "both copies of what was accepted last are lost"
        to_do = "fetch a snapshot or delta that is newer than the one here; revocation data is not believed before"
        yield wrong("floors", folder / FLOORS, said, to_do)
    path, state = folder / TRUST_LIST, _state(kept, floors, doctor)
    content = None if state is None else state.trust_list
    newest = (floors or Floors()).newest_issue if state is None else state.floors.newest_issue
    if not doctor.has_come(newest - CLOCK_SKEW):
        said = f"is behind what was signed last, at {Moment(newest)}: everything is refused"
        yield wrong("clock", folder / FLOORS, said, "set the clock")
    if state is None or content is None:
        said = "none is in force: no pass is looked at (TRUST_LIST_EXPIRED)"
        yield wrong("trust list", path, said, NEW_LIST + ("; are these its --roots?" if doctor.roots else ""))
        return
    if floors is not None and not kept.is_published(state.floors, number):
        to_do = "start the scanner's program, or update it: either finishes it"
        yield wrong("update", folder / GENERATION, "was cut off in its middle", to_do)
    yield from list_findings(path, content, doctor)
    if state.area is not None:
        yield doctor.dated("area table", folder / AREA_TABLE, state.area[1], "fetch the newest")
    elif (folder / AREA_TABLE).exists():
        said = "is damaged, was overtaken, or its office is no longer listed"
        yield wrong("area table", folder / AREA_TABLE, said, "fetch the newest")
    if content.revocation_keys:
        yield from _revocation(folder / REVOCATION, state.revocation, content, doctor)
    if doctor.opener is not None:
        yield from _documents(folder / DOCUMENT_KEYS, state, content, doctor)


def _state(kept: StateFolder, floors: Floors | None, doctor: Round) -> State | None:
    """What a scanner that starts now would go by. Without its roots, the list is taken for signed by them; None where
    there is no list then."""
    if doctor.roots is not None:
        return loaded(State(doctor.roots), floors, kept, doctor.opener)
    data = kept.read(TRUST_LIST, MAX_SIZE)
    try:
        content = parse_list(data)
    except BadInput:
        return None
    state = State(content.roots).changed(floors=floors or Floors(), lost=floors is None)
    return under(state, content, floor_of(content, data), kept, doctor.opener)


def _revocation(folder: Path, held: Revocations | None, content: TrustList, doctor: Round) -> Iterator[Finding]:
    """Of each revocation key: its data, and the filters of the windows that are not over."""
    for key, kids in content.revocation_keys.items():
        what = f"revocation data of key {shown(key)}"
        stream = None if held is None else held.streams.get(key)
        if stream is None or not stream.complete:
            said = "is missing, or not all of it is here: passes are answered with REVOCATION_DATA_STALE"
            yield wrong(what, folder, said, _SNAPSHOT)
            continue
        yield doctor.dated(what, folder, stream.delta or stream.snapshot, _SNAPSHOT, content.grace)
        bare = [kid for kid in kids if kid not in stream.filters and not content.windows[kid].is_over(doctor.now)]
        if bare:
            first = min(content.windows[kid].valid_from for kid in bare)
            said = f"has no filter for {len(bare)} windows: their passes are answered with REVOCATION_DATA_STALE"
            state = WRONG if doctor.has_come(first - DAY) else SOON
            yield Finding(what, folder, state, said, _SNAPSHOT, first)


def _documents(path: Path, state: State, content: TrustList, doctor: Round) -> Iterator[Finding]:
    """Whether the document keys are here that windows name."""
    wanted = [each for each in content.windows.values() if each.document_key_id and not each.is_over(doctor.now)]
    bare = [each for each in wanted if state.document_key(each.document_key_id) is None]
    if bare:
        first = min(each.valid_from for each in bare)
        said = f"the key is not here that {len(bare)} windows name: documents are not compared (DOCUMENT_KEY_MISSING)"
        to_do = "the registrar delivers it to this scanner: `healthpass document-key deliver`"
        yield Finding("document keys", path, WRONG if doctor.has_come(first - DAY) else SOON, said, to_do, first)
    elif wanted:
        yield Finding("document keys", path, WELL, "those that windows name are here")
