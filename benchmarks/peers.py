"""The same question asked of what one would pick instead: same machine, same run, round by round."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks import _world, targets
from benchmarks._bare import Check, bare
from benchmarks._measure import Round, Timing, contest
from benchmarks._model import NotMeasured, Part, Table, held
from benchmarks._peer import Peer
from benchmarks._world import FULL, LIVE, PAPER
from benchmarks.verify import verifying

TITLE = "Peers: from the text or bytes to verified claims"
COUNT = 40
"""Messages per round."""
OURS = {LIVE: "healthpass, device", FULL: "healthpass, device, place and nonce", PAPER: "healthpass, paper"}
MODULES = ("_peer_eu", "_peer_mdoc", "_peer_sd_jwt", "_peer_cose")


def run(rounds: int) -> Part:
    """Everybody that is installed. A peer's forgeries have to be refused before it is timed."""
    part = Part(TITLE, notes=list(_NOTES))
    peers: list[Peer[Any]] = []
    for name in MODULES:
        try:
            found = importlib.import_module(f"benchmarks.{name}").peers(COUNT)
        except ModuleNotFoundError as missing:
            part.notes.append(f"{name}: not measured (no module {missing.name}).")
            continue
        peers += found
    for peer in peers:
        peer.check()
    if not peers:
        raise NotMeasured("no peer is installed: pip install healthpass[bench]")
    timings = contest(_contestants(peers), rounds)
    signatures = {OURS[kind]: kind.signatures for kind in OURS} | {peer.name: peer.signatures for peer in peers}
    _report(part, timings, signatures)
    _hold(part, timings, peers)
    return part


_NOTES = (
    "Bare: the same signature verifications alone, everything else made ready before. Ed25519 for healthpass as in "
    "the verification part; P-256 and python-cwt's Ed25519 by one call into `cryptography` (OpenSSL).",
    "Content: a colour and an expiry, and with a holder's proof the holder's key, an audience and a nonce. What an EU "
    "certificate carries in use (name, birth date, vaccination) makes it longer: see the sizes.",
    "Before the timing, each peer has accepted all its messages and refused a forgery of each signature.",
)


def _contestants(peers: list[Peer[Any]]) -> dict[str, tuple[Round, int]]:
    contestants: dict[str, tuple[Round, int]] = {}
    for kind, name in OURS.items():
        texts = _world.texts(kind, COUNT)
        checks = [check for text in texts for check in _world.checks_of(text)]
        contestants[name] = (verifying(kind, texts), COUNT)
        contestants[f"bare {name}"] = (_bare(checks), COUNT)
    for peer in peers:
        contestants[peer.name] = (peer.one_round(), COUNT)
        contestants[f"bare {peer.name}"] = (peer.bare_round(), COUNT)
    return contestants


def _bare(checks: list[Check]) -> Round:
    try:
        return bare("pynacl", checks).one_round
    except (NotMeasured, ImportError):
        return bare("system", checks).one_round


def _report(part: Part, timings: dict[str, Timing], signatures: dict[str, int]) -> None:
    ours = timings[OURS[LIVE]]
    rows = []
    for name, count in signatures.items():
        timing, alone = timings[name], timings[f"bare {name}"]
        ratio, against = timing.over(alone).median, timing.over(ours).median
        times = [f"{each:.0f}" for each in (timing.best, timing.median, alone.median)]
        rows.append((name, str(count), *times, f"{ratio:.2f}", f"{against:.2f}"))
        part.data[name] = {
            "signatures": count,
            "best_us": timing.best,
            "median_us": timing.median,
            "bare_median_us": alone.median,
            "ratio_median": ratio,
            "ratio_to_ours": against,
        }
    headers = ("what", "signatures", "µs, best", "µs, median", "bare, µs", "to its bare", "to healthpass, device")
    part.tables.append(Table(headers, rows))


def _hold(part: Part, timings: dict[str, Timing], peers: list[Peer[Any]]) -> None:
    """One signature beside one, two beside two. Who trusts the issuer's key unseen does less than is asked for."""
    for peer in peers:
        if not peer.whole:
            continue
        mine, limit = (FULL, targets.PEER_LIVE) if peer.holder else (PAPER, targets.PEER_PAPER)
        times = timings[peer.name].over(timings[OURS[mine]]).median
        part.targets.append(held(f"{peer.name}: as a multiple of {OURS[mine]}", times, limit))
