"""What the benchmarks are held to: every figure once. docs/benchmarks.md shows them (`python -m tests.pages`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure to hold: at most so much, or with `least` at least so much."""

    part: str
    what: str
    figure: float
    unit: str
    least: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.least else '<='} {self.figure:,g} {self.unit}".strip()

    def holds(self, measured: float, more: float = 0.0) -> bool:
        """Whether it is held, with `more` on top of the figure."""
        limit = self.figure + more
        return measured >= limit if self.least else measured <= limit


@dataclass(frozen=True, slots=True)
class Size:
    """The most bytes of what is shown, and its largest QR version at error correction L."""

    bytes: int
    version: int

    def __str__(self) -> str:
        return f"<= {self.bytes} bytes, {self.version}-L"


LIVE_PYNACL = Limit("verify", "live presentation, beside two bare verifications: PyNaCl's libsodium", 1.20, "x")
LIVE_SYSTEM = Limit("verify", "live presentation, beside two bare verifications: the system's libsodium", 1.24, "x")
PAPER = Limit("verify", "paper pass, beside one bare verification", 1.25, "x")
PAPER_COMPARED = Limit("verify", "paper pass with its document compared, beside one bare verification", 1.40, "x")

PEER_LIVE = Limit(
    "peers",
    "mdoc with the issuer's certificate checked, SD-JWT with key binding, our own bytes by python-cwt: "
    "as a multiple of a live presentation for a place and with a nonce",
    2.0,
    "x",
    least=True,
)
PEER_PAPER = Limit("peers", "EU certificate by python-cwt, as a multiple of a paper pass", 1.7, "x", least=True)

COLD_START = Limit("cold_start", "from `python -c` to the first decision, beside a bare interpreter", 1.7, "x")
MEMORY = Limit("memory", "peak of a scanner's process after 1,000 decisions, without the file of a filter", 12.0, "MiB")

ISSUE_DAY = Limit(
    "issue", "24 claims in an attestation, sealing both ways, to bare `crypto_sign`", 0.30, "x", least=True
)
ISSUE_TWO_WEEKS = Limit(
    "issue", "400 claims in an attestation, sealing both ways, to bare `crypto_sign`", 0.50, "x", least=True
)

FILTER_SIZE = Limit("filter, scale", "size of a filter, to the bound", 1.06, "x")
FILTER_TIME = Limit("filter, scale", "a look-up, beside one verification", 0.1, "x")
FILTER_BUILD = Limit("filter, scale", "the filter of 1,000,000 slots, and its snapshot from the ledger", 10.0, "s")
FILTER_WRONG = Limit("scale", "false alarms and misses among 10,000,000 issued slots", 0, "")

ENTRY = Limit("entries", "what an input of up to 1 MB costs, where its size is not the work", 50.0, "ms")

SIZES = {
    "device": Size(226, 10),
    "device, place": Size(245, 10),
    "device, nonce": Size(246, 10),
    "device, place and nonce": Size(264, 11),
    "device and document": Size(234, 10),
    "device and document, place": Size(253, 10),
    "group of three": Size(430, 14),
    "group of three, place and nonce": Size(430, 14),
    "paper": Size(108, 6),
}
"""By what is shown; nothing was promised of the others."""


def limits() -> dict[str, Limit]:
    """All of them, by the names that they have here."""
    return {name: each for name, each in globals().items() if isinstance(each, Limit)}


def table() -> str:
    """All of them as Markdown, for the page."""
    rows = [(f"`{'`, `'.join(each.part.split(', '))}`", each.what, str(each)) for each in limits().values()]
    rows += [("`sizes`", name, str(each)) for name, each in SIZES.items()]
    lines = [("part", "what", "to hold"), ("---", "---", "---"), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
