"""`python -m tests.firmware.figures`: the core's bytes, stack and memory on microcontrollers, into firmware/FIGURES.md.

Needs `arm-none-eabi-gcc` (Debian: gcc-arm-none-eabi) and nothing else. The stack is the compiler's own count
(-fcallgraph-info=su) along the deepest way of calls, without what the cryptography takes: that is the port's.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import defaultdict
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "firmware"
PAGE = HERE / "FIGURES.md"
CPUS = ("cortex-m0", "cortex-m3", "cortex-m4")
FLAGS = ("-std=c99", "-Os", "-mthumb", "-mfloat-abi=soft", "-ffreestanding", "-ffunction-sections", "-fdata-sections")
GROUPS = {
    "text to verdict: text, base45, templates, steps, replay": (
        *("verifier", "steps", "claim", "presentation", "text", "base45", "replay", "bytes"),
    ),
    "decision: recent answers, excuses for what was read or typed wrongly": ("decision", "recent", "excuses"),
    "trust list: CBOR, COSE, keys, roles, floors, record of them": (
        *("trust_list", "window", "roles", "signed", "store", "updates", "record", "cbor", "cbor_read", "cose", "keys"),
    ),
    "place, policy, area table": ("gate", "place", "area_table", "check_policy"),
    "revocation: snapshots, deltas, filters": (
        *("revocation", "revocation_filter", "revocation_listing", "revocation_pieces"),
        *("revocation_start", "revocation_state", "revocation_updates"),
    ),
    "documents": ("document", "document_tag", "documents"),
    "bundle": ("bundle",),
    "sentences in English": ("sentences",),
}
ENTRIES = {
    "a text, decided": "hp_decide",
    "a text, verified": "hp_verify",
    "a trust list": "hp_take_trust_list",
    "an area table": "hp_take_area_table",
    "a snapshot or delta": "hp_take_revocation",
    "a bundle": "hp_take_bundle",
    "a start, from a bundle": "hp_load_bundle",
    "the record": "hp_record_read",
}
STRUCTURES = {
    "`hp_store`": "hp_store",
    "`hp_signer`, for each risk office, and two for each revocation key": "hp_signer",
    "`hp_stream`, for each revocation key": "hp_stream",
    "`hp_scanner`, with room for the longest pass": "hp_scanner",
    "`hp_showing`, for each showing in 135 seconds": "hp_showing",
    "`hp_answer`, for each in three seconds": "hp_answer",
}
CALLBACKS = {"fetch": ("find_in_bundle",)}
"""What the core itself gives to be called; what the caller gives is the caller's."""


class Build:
    """One processor's objects."""

    def __init__(self, cpu: str, folder: Path) -> None:
        self.stack: dict[str, int] = {}
        self.calls: defaultdict[str, set[str]] = defaultdict(set)
        self.bytes: dict[str, int] = {}
        self._compile = ["arm-none-eabi-gcc", f"-mcpu={cpu}", *FLAGS, f"-I{HERE / 'include'}"]
        for source in sorted((HERE / "src").glob("*.c")):
            out = folder / f"{source.stem}.o"
            subprocess.run([*self._compile, "-fcallgraph-info=su", "-c", str(source), "-o", str(out)], check=True)
            self.bytes[source.stem] = _size(out)
            self._read(out.with_suffix(".ci").read_text())
        self.structures = self._structures(folder)

    def _read(self, graph: str) -> None:
        """Titles are of functions; of those with a file before them another file may have one of that name."""
        for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]*)"', graph):
            if found := re.search(r"(\d+) bytes", label):
                self.stack[title] = int(found[1])
        for caller, called in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', graph):
            self.calls[caller].add(called)
        for caller, more in CALLBACKS.items():
            for title in [each for each in self.stack if each.split(":")[-1] == caller]:
                self.calls[title] |= {each for each in self.stack if each.split(":")[-1] in more}

    def deepest(self, entry: str) -> tuple[int, tuple[str, ...]]:
        """Bytes of stack, and the way of calls."""

        @cache
        def below(title: str) -> tuple[int, tuple[str, ...]]:
            best = max((below(each) for each in sorted(self.calls[title])), default=(0, ()))
            return self.stack.get(title, 0) + best[0], (title.split(":")[-1], *best[1])

        return below(entry)

    def _structures(self, folder: Path) -> dict[str, int]:
        source, out = folder / "sizes.c", folder / "sizes.o"
        lines = [f"const char size_of_{each}[sizeof({each})] = {{1}};" for each in STRUCTURES.values()]
        source.write_text('#include "healthpass.h"\n' + "\n".join(lines) + "\n")
        subprocess.run([*self._compile, "-c", str(source), "-o", str(out)], check=True)
        listed = subprocess.run(["arm-none-eabi-nm", "-S", str(out)], check=True, capture_output=True, text=True).stdout
        found = {line.split()[3].removeprefix("size_of_"): int(line.split()[1], 16) for line in listed.splitlines()}
        return {name: found[type_] for name, type_ in STRUCTURES.items()}


def _size(path: Path) -> int:
    done = subprocess.run(["arm-none-eabi-size", str(path)], check=True, capture_output=True, text=True)
    return sum(map(int, done.stdout.splitlines()[1].split()[:3]))  # text, data, bss


def _table(head: str, rows: dict[str, list[int]]) -> str:
    lines = [f"| {head} | " + " | ".join(CPUS) + " |", "| --- |" + " ---: |" * len(CPUS)]
    lines += [f"| {name} | " + " | ".join(f"{each:,}" for each in row) + " |" for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def page() -> str:
    """FIGURES.md."""
    with tempfile.TemporaryDirectory() as folder:
        builds = [Build(cpu, Path(folder)) for cpu in CPUS]
    named = {each for group in GROUPS.values() for each in group}
    assert named == builds[0].bytes.keys(), named ^ builds[0].bytes.keys()
    parts = {name: [sum(each.bytes[file] for file in files) for each in builds] for name, files in GROUPS.items()}
    parts["all"] = [sum(each.bytes.values()) for each in builds]
    stack = {name: [each.deepest(entry)[0] for each in builds] for name, entry in ENTRIES.items()}
    memory = {name: [each.structures[name] for each in builds] for name in STRUCTURES}
    return f"""# Figures of the core

Made by `python -m tests.firmware.figures` with arm-none-eabi-gcc {version()}, `-Os`. Cryptography is
not counted: it is the port's.

## Bytes of code

No data, no bss. What no function of yours uses the linker leaves out.

{_table("part", parts)}
## Stack

Bytes on the deepest way of calls, by the compiler's own count, without the cryptography's.

{_table("call", stack)}
## Memory that the caller lends

{_table("structure", memory)}"""


def version() -> str:
    """The compiler's."""
    done = subprocess.run(["arm-none-eabi-gcc", "-dumpversion"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    made = page()
    PAGE.write_text(made, "utf-8")
    print(made)
