"""Ten million issued claims in a ledger on disk, and from there to a scanner: revoked, published, mapped, looked up.

Whatever is wrong ends the run: a number given twice, a filter that is not the revoked slots', one false alarm or miss.
"""

from __future__ import annotations

import tempfile
from array import array
from itertools import islice
from pathlib import Path

from benchmarks import _child, _machine, filter_peers
from benchmarks import _scale_ledger as ledgers
from benchmarks import _scale_look_ups as look_ups
from benchmarks import _scale_publishing as publishing
from benchmarks._model import NotMeasured, Part, Table
from benchmarks._scale_ledger import EACH, ISSUED, Filling
from benchmarks._scale_publishing import REVOKER, Published, publish
from benchmarks._scale_scanner import scanner_memory
from benchmarks.filter import CAPACITY, HELD
from healthpass.formats.revocation.builder import build_filter
from healthpass.issuer import SQLiteLedger

TITLE = "Scale: 10,000,000 issued claims on one machine"
PASSES = 1000


def run(rounds: int) -> Part:
    """One run of everything; `rounds` does not count."""
    part = Part(TITLE, data={"issued": ISSUED, "capacity": CAPACITY})
    slots = array("I", map(publishing.new_key().slots.slot, range(ISSUED)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "ledger.sqlite"
        part.notes.append(f"The ledger lies on a file system of type {_machine.file_system(folder)}.")
        _ledger_table(part, folder, path)
        _publications(part, folder, path, slots)
    return part


def _ledger_table(part: Part, folder: Path, path: Path) -> None:
    main = ledgers.fill(path, ISSUED, ledgers.plain, "filling the ledger, attestations")
    rows = [_filling_row(part, "bound to a key; each synced", main)]
    for name, make, issued in (
        ("bound to a key; not synced", ledgers.plain, ISSUED),
        ("with the hashes of two recovery codes; not synced", ledgers.with_recovery, ISSUED),
        ("bound to a key and a document, with it; not synced", ledgers.with_marks, ISSUED // 10),
    ):
        other = folder / "other.sqlite"
        rows.append(_filling_row(part, name, ledgers.fill(other, issued, make, name, sync=False)))
        for each in folder.glob("other.sqlite*"):
            each.unlink()
    headers = ("filling the ledger", "attestations", "a second", "first tenth", "last tenth", "claims a second",
               "CPU µs each", "CPU share", "bytes each")  # fmt: skip
    part.tables.append(Table(headers, rows))
    part.notes.append(
        f"{ISSUED:,} claims, {EACH} in an attestation, by `SQLiteLedger.reserve`, a commit for each attestation. The "
        f"rates are by the clock, medians of portions of {ledgers.PORTION:,} attestations, and depend on the disk and "
        "on what else the machine does. Bytes are those of the closed file. Where nothing is synced, SQLite is told so "
        "by a pragma that the library never gives: for the bytes, and to see what syncing costs. Of the last kind "
        f"there are {ISSUED // 10:,} claims."
    )
    if main.synced < len(main.wall):
        part.notes.append(
            f"Syncing each would have taken longer than {ledgers.PATIENCE} s: only {main.synced} of {len(main.wall)} "
            "portions were synced, and the synced row speaks of those."
        )


def _filling_row(part: Part, name: str, filling: Filling) -> tuple[str, ...]:
    end = filling.synced or len(filling.wall)
    counted, tenth = slice(0, end), max(1, end // 10)
    rate, first, last = (filling.rate(each) for each in (counted, slice(0, tenth), slice(end - tenth, end)))
    cpu, share, each = filling.cpu_each(counted), filling.cpu_share(counted), filling.size / filling.attestations
    part.data[f"ledger: {name}"] = {
        "attestations": filling.attestations, "a_second": rate, "a_second_first_tenth": first,
        "a_second_last_tenth": last, "cpu_us": cpu, "cpu_share": share, "bytes": filling.size, "bytes_each": each,
        "synced_portions": filling.synced, "portions": len(filling.wall),
    }  # fmt: skip
    return (
        name, f"{filling.attestations:,}", f"{rate:,.0f}", f"{first:,.0f}", f"{last:,.0f}", f"{EACH * rate:,.0f}",
        f"{cpu:.1f}", f"{share:.0%}", f"{each:.1f}",
    )  # fmt: skip


def _publications(part: Part, folder: Path, path: Path, slots: array[int]) -> None:
    """Revoke and publish at each count, look everything up, and map the last filter in a scanner."""
    plan = ledgers.to_revoke(ISSUED, HELD)
    revoked, done = bytearray(ISSUED), 0
    published_rows, look_up_rows, peers = [], [], []
    size_before = path.stat().st_size
    for count in HELD:
        numbers = plan[count][done:]
        done = len(plan[count])
        for number in numbers:
            first, end = EACH * number, min(EACH * number + EACH, ISSUED)
            revoked[first:end] = b"\1" * (end - first)
        with SQLiteLedger(path) as ledger:
            clock, cpu = ledgers.revoke(ledger, numbers, ISSUED)
            found = publish(part, ledger, count)
        part.data[f"revoking up to {count}"] = {
            "attestations": len(numbers), "a_second": len(numbers) / clock, "cpu_us": 1e6 * cpu / len(numbers),
        }  # fmt: skip
        each = (f"{len(numbers):,}", f"{len(numbers) / clock:,.0f}", f"{1e6 * cpu / len(numbers):.0f}")
        published_rows.append((f"{count:,}", *each, *found.row))
        if found.data != build_filter(CAPACITY, _chosen(slots, revoked, 1)):
            raise ValueError("the published filter is not the one of the revoked slots")
        state = folder / str(count)
        state.mkdir()
        state = _child.state(state, REVOKER.public_key, found.signed)
        looked, row = look_ups.looked_up(part, state, slots, bytes(revoked), count)
        look_up_rows.append((f"{count:,}", *row))
        peers.append(_peers(part, slots, revoked, count, found, looked.false_alarms))
    part.tables += [
        Table(("revoked", "attestations, newly", "a second", "CPU µs each", *publishing.HEADERS), published_rows),
        Table(("revoked", *look_ups.HEADERS), look_up_rows),
        *(table for table in peers if table is not None),
    ]
    grown = (path.stat().st_size - size_before) / done
    part.data["bytes_each_revoked_attestation"] = grown
    part.notes += [
        "Revoked by attestation, at random, by `SQLiteLedger.revoke`, each in a synced commit; published by "
        "`RevocationPublisher.snapshot`, in CPU time, whose steps are timed alone too. A revoked attestation adds "
        f"{grown:.1f} bytes to the ledger.",
        "Looked up: every issued slot, one time, in the file that a scanner has mapped; a verification is one of a "
        "paper pass's signature from Python, in turns with the look-ups. Bytes read are counted over "
        f"{look_ups.COUNTED:,} look-ups at random: what is sliced of the filter's bytes, directory and block.",
        "The peers have the same sets, and are asked for all issued slots too. Every revoked one has to be found.",
        *filter_peers.NOTES,
    ]
    scanner_memory(part, folder, state, found.data, _chosen(slots, revoked, 0, PASSES), _chosen(slots, revoked, 1))


def _chosen(slots: array[int], revoked: bytearray, which: int, most: int = ISSUED) -> list[int]:
    """The slots of those that are revoked (1), or not (0)."""
    return list(islice((slot for slot, each in zip(slots, revoked, strict=True) if each == which), most))


def _peers(part: Part, slots: array[int], revoked: bytearray, count: int, ours: Published, alarms: int) -> Table | None:
    """What one would publish instead, made of the same slots. Ours is the published filter, asked by `contains`."""
    mine = {**ours.figures, "build_s": ours.figures["filter_s"], "false_alarms": alarms}
    rows = [filter_peers.row("healthpass", mine)]
    try:
        makers = filter_peers.makers()
    except NotMeasured as reason:
        part.notes.append(f"Peers, {count:,} revoked: not measured ({reason}).")
        return None
    import numpy as np

    issued, flags = np.frombuffer(slots, np.uint32).astype(np.uint64), np.frombuffer(bytes(revoked), np.bool_)
    del makers["healthpass"]
    for name, make in makers.items():
        peer = filter_peers.made(name, make, part)
        if peer is None:
            rows.append((name, *(filter_peers.NOT_MEASURED,) * 4))
            continue
        found = filter_peers.figures(peer, issued[flags], issued[~flags])
        part.data[f"peers {count}: {name}"] = found
        rows.append(filter_peers.row(peer.name, found))
    return Table(filter_peers.headers(count), rows)
