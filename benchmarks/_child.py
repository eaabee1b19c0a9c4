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
verify = Verifier(store).verify
with open({texts!r}) as texts:
    for text in texts:
        verify(text[:-1], now={now})
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


def scanner(folder: Path, texts: list[str]) -> str:
    """A program that opens the state it finds in `folder` and verifies these texts, once each."""
    state = folder / "state"
    state.mkdir(exist_ok=True)
    TrustStore.open(state, roots=_world.ROOTS).update_trust_list(_world.trust_list(), now=_world.NOW)
    path = folder / f"{len(texts)}.txt"
    path.write_text("".join(text + "\n" for text in texts))
    root = _world.ROOT.public_key.hex()
    return SCANNER.format(folder=str(state), root=root, texts=str(path), now=_world.NOW)


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
