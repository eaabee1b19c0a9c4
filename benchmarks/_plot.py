"""verify.svg: what a verdict costs, split into bare signature verification and everything else."""

from __future__ import annotations

from pathlib import Path

from benchmarks._model import Part
from benchmarks._report import Results

_BARE, _REST = "#4c72b0", "#dd8452"


def draw(results: Results, path: Path) -> None:
    """Draw what was measured; without matplotlib or without figures, remove the plot instead of leaving an old one."""
    bars = _bars(results)
    try:
        import matplotlib
    except ModuleNotFoundError:
        bars = []
    if not bars:
        path.unlink(missing_ok=True)
        return
    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "healthpass", "svg.fonttype": "none", "font.size": 10}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.8 + 0.42 * len(bars)), layout="constrained")
    names = [name for name, *_ in bars]
    bare = [alone for _, alone, _, _ in bars]
    axes.barh(names, bare, color=_BARE, label="its signature verifications alone")
    axes.barh(names, [whole - alone for _, alone, whole, _ in bars], left=bare, color=_REST, label="everything else")
    for place, (_, _, whole, ratio) in enumerate(bars):
        axes.text(whole, place, f" {whole:.0f} µs, {ratio:.2f} x", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 1.3 * max(whole for _, _, whole, _ in bars))
    axes.set_xlabel("µs of CPU time, median; x: as a multiple of the signatures alone")
    axes.legend(loc="upper right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def _bars(results: Results) -> list[tuple[str, float, float, float]]:
    """Name, bare and whole microseconds, and their ratio: all of the peers' run; without it, our own."""
    bars = []
    peers, verify = results["peers"], results["verify"]
    if isinstance(peers, Part):
        bars = [(name, *_figures(data)) for name, data in peers.data.items() if isinstance(data, dict)]
    elif isinstance(verify, Part):
        for kind in ("device", "paper"):
            data = verify.data.get(f"pynacl {kind}")
            if isinstance(data, dict):
                bars.append((f"healthpass, {kind}", *_figures(data)))
    return bars


def _figures(data: dict[str, float]) -> tuple[float, float, float]:
    return data["bare_median_us"], data["median_us"], data["ratio_median"]
