"""Programs that run in a Python process of their own, and a folder with a scanner's state for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import _world
from healthpass.verifier import TrustStore

BARE = "pass"
SCANNER = """
from healthpass.verifier import RootSet, TrustStore, Verifier
store = TrustStore.open({folder!r}, roots=RootSet(1, (bytes.fromhex({root!r}),)))
decide = Verifier(store, place={place!r}).decide
with open({texts!r}) as texts:
    for text in texts:
        if decide(text[:-1], now={now}).decision.name != "ADMIT":
            raise SystemExit("not admitted")
"""
STATUS = """
import sys
found = {}
try:
    with open("/proc/self/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name in ("VmRSS", "VmHWM"):
                found[name] = int(value.split()[0])
except OSError:
    import resource
    found["VmHWM"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
print(found.get("VmRSS", 0), found["VmHWM"])
"""

REFUSES = """
with open({texts!r}) as texts:
    for text in texts:
        outcome = decide(text[:-1], now={now})
        if outcome.decision.name != "REFUSE" or outcome.refusal.code.name != {code!r}:
            raise SystemExit("not refused")
"""
MAPS = """
found = dict.fromkeys(("Pss", "Private_Clean", "Private_Dirty", "Anonymous", "mapped"), 0)
try:
    ours = False
    with open("/proc/self/smaps") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if value.endswith("kB\\n"):
                if name in found:
                    found[name] += int(value.split()[0])
                if name == "Rss" and ours:
                    found["mapped"] += int(value.split()[0])
            elif "-" in line.split(" ")[0]:
                ours = line.endswith(".filter\\n")
except OSError:
    pass
print(*found.values())
"""
"""KiB: share of all that is resident, private and clean, private and dirty, not of any file; and mapped filters."""


def state(folder: Path, revoker: bytes | None = None, snapshot: tuple[bytes, dict[str, bytes]] | None = None) -> Path:
    """A folder with a scanner's state: the trust list, and what a publisher has made, if it is given."""
    made = folder / "state"
    made.mkdir(exist_ok=True)
    store = TrustStore.open(made, roots=_world.ROOTS)
    store.update_trust_list(_world.trust_list(revoker), now=_world.NOW)
    if snapshot is not None:
        store.update_revocation(snapshot[0], now=_world.NOW, fetch=snapshot[1].__getitem__)
    return made


def scanner(folder: Path, texts: list[str], made: Path | None = None) -> str:
    """A program that opens the state it finds in `folder`, or has `made`, and decides about these texts, once each.

    It fails if one of them is not admitted.
    """
    made = made or state(folder)
    path = folder / f"{len(texts)}.txt"
    path.write_text("".join(text + "\n" for text in texts))
    root = _world.ROOT.public_key.hex()
    return SCANNER.format(folder=str(made), root=root, place=_world.PLACE, texts=str(path), now=_world.NOW)


def refusing(folder: Path, texts: list[str], code: str) -> str:
    """To go after `scanner`: the same scanner refuses each of these texts, with this code."""
    path = folder / f"{code}.txt"
    path.write_text("".join(text + "\n" for text in texts))
    return REFUSES.format(texts=str(path), code=code, now=_world.NOW)


def _environment() -> dict[str, str]:
    """Without Python's own settings: one of them forbids .pyc files, and every start would compile everything."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def cpu_microseconds(program: str, flags: tuple[str, ...] = ()) -> float:
    """CPU time, user and system, of `python -c program` from its start to its end."""
    argv = [sys.executable, *flags, "-c", program]
    child = os.posix_spawn(sys.executable, argv, _environment())
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError("a program of the benchmark failed")
    return (usage.ru_utime + usage.ru_stime) * 1e6


def output(program: str, flags: tuple[str, ...] = ()) -> str:
    """What `python -c program` prints."""
    argv = [sys.executable, *flags, "-c", program]
    return subprocess.run(argv, check=True, capture_output=True, text=True, env=_environment()).stdout
