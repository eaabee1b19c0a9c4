"""Filters that are built elsewhere: in threads, in processes, on a Dask cluster. Same bytes, and no secret leaves."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from healthpass.attester import Attester
from healthpass.crypto.signer import SoftwareSigner
from healthpass.formats.claim import parse_claim
from healthpass.formats.cose import SNAPSHOT, decode_sign1
from healthpass.formats.revocation.filter import RevocationFilter
from healthpass.formats.revocation.messages import parse_snapshot
from healthpass.issuer import RevocationPublisher, SQLiteLedger, WindowKeys
from tests.issuing import REGION, STATE, attest, device_passes, issued, make_issuer, window_key
from tests.making import DAY, NOW, WINDOW, make_trust_list, signer
from tests.shelf import Shelf

REVOKER = signer(90)
CAPACITIES = (4**5, 4**6, 4**8, 4**10, 4**12)
KEYS = [
    window_key(400 + n, WINDOW.valid_from + n * DAY, WINDOW.expires + n * DAY, capacity)
    for n, capacity in enumerate(CAPACITIES)
]
LIST = make_trust_list(
    windows=tuple(key.window for key in KEYS),
    revocation_keys={REVOKER.public_key: tuple(key.window.kid for key in KEYS)},
)
CLAIMS = 600
"""Revoked under each kid; the publisher would fill up with others if they were fewer than 256."""
Made = tuple[bytes, dict[str, bytes]]


@pytest.fixture(scope="module")
def revoked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[set[int]]]:
    """A ledger with 3,000 claims that are revoked and 50 that are not; the revoked slots of each window."""
    path = tmp_path_factory.mktemp("platform") / "ledger"
    windows = [key.window for key in KEYS]
    with SQLiteLedger(path) as ledger:
        issuer = make_issuer(ledger, KEYS)
        lost = issued(issuer, attest(device_passes(CLAIMS, windows), reference=1))
        issuer.issue(attest(device_passes(10, windows, first_key=10_000), reference=2), now=NOW)
        publisher = RevocationPublisher(WindowKeys(KEYS), ledger, REVOKER, Shelf(), LIST)
        publisher.revoke(Attester(REGION).revoke((1).to_bytes(16, "big"), now=NOW), STATE, now=NOW)
    slots: dict[bytes, set[int]] = {window.kid: set() for window in windows}
    for claim in map(parse_claim, lost):
        slots[claim.kid].add(claim.slot)
    return path, list(slots.values())


def first_snapshot(ledger: Path, folder: Path, executor: Executor | None) -> Made:
    """From a copy of the ledger, so that it is always version 1."""
    shutil.copy(ledger, folder / "copy")
    with SQLiteLedger(folder / "copy") as opened:
        return RevocationPublisher(WindowKeys(KEYS), opened, REVOKER, Shelf(), LIST).snapshot(NOW, executor)


def check_same(revoked: tuple[Path, list[set[int]]], folder: Path, executor: Executor) -> None:
    path, slots = revoked
    here, there = (first_snapshot(path, folder, each) for each in (None, executor))
    content = parse_snapshot(decode_sign1(there[0], SNAPSHOT, len(there[0])).payload)
    digests = [digest.hex() for digest, _ in content.filters.values()]
    assert list(content.filters) == [key.window.kid for key in KEYS]
    assert [set(RevocationFilter(there[1][digest])) for digest in digests] == slots
    assert there == here, "every filter, and the snapshot to its signature"


def threads() -> AbstractContextManager[Executor]:
    return ThreadPoolExecutor(2)


def processes() -> AbstractContextManager[Executor]:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.mark.parametrize("pool", [threads, processes])
def test_a_pool(
    revoked: tuple[Path, list[set[int]]], tmp_path: Path, pool: Callable[[], AbstractContextManager[Executor]]
) -> None:
    with pool() as executor:
        check_same(revoked, tmp_path, executor)


@contextmanager
def dask_cluster(folder: Path) -> Iterator[Any]:
    """A client of two worker processes, all on loopback."""
    distributed = pytest.importorskip("distributed", reason="Dask (distributed) is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            local_directory=str(folder),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_dask_cluster(revoked: tuple[Path, list[set[int]]], tmp_path: Path) -> None:
    with dask_cluster(tmp_path) as client, client.get_executor() as executor:
        client.get_task_stream()  # from now on
        check_same(revoked, tmp_path, executor)
        done = [task["key"] for task in client.get_task_stream()]
    assert len(done) == len(KEYS)
    assert all(key.startswith("build_piece") for key in done)


class Watched(Executor):
    """Does what it is given from its pickle, as a worker elsewhere would."""

    def __init__(self) -> None:
        self.tasks: list[bytes] = []

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **more: Any) -> Iterator[Any]:
        for args in zip(*iterables, strict=True):
            self.tasks.append(pickle.dumps((fn, args)))
            called, given = pickle.loads(self.tasks[-1])
            yield called(*given)


def test_what_a_worker_is_given(revoked: tuple[Path, list[set[int]]], tmp_path: Path) -> None:
    watched = Watched()
    check_same(revoked, tmp_path, watched)
    assert len(watched.tasks) == len(KEYS)
    secrets = [key.slot_secret for key in KEYS]
    for each in [REVOKER, *(key.signer for key in KEYS)]:
        assert isinstance(each, SoftwareSigner)
        secrets.append(each.seed)
    for task in watched.tasks:
        assert len(task) < 4 * CLAIMS + 200, "4 bytes for each slot, and the name of a function"
        assert not [secret for secret in secrets if secret in task]
