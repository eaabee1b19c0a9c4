"""filter.svg: bytes of each kind of filter against the share that is revoked, and the bound of an exact one."""

from __future__ import annotations

from pathlib import Path

from benchmarks._model import Part
from benchmarks._report import Results

_COLORS = ("#4c72b0", "#dd8452", "#c44e52", "#55a868", "#8172b3", "#937860")
_BOUND = "bound"


def draw(results: Results, path: Path) -> None:
    """Draw what was measured; without matplotlib or without figures, remove the plot instead of leaving an old one."""
    part = results["filter_peers"]
    try:
        import matplotlib
    except ModuleNotFoundError:
        part = "no module matplotlib"
    if not isinstance(part, Part):
        path.unlink(missing_ok=True)
        return
    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "healthpass", "svg.fonttype": "none", "font.size": 10}
    from matplotlib import pyplot

    issued, bound = part.data["issued"], part.data[_BOUND]
    assert isinstance(issued, int)
    assert isinstance(bound, dict)
    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    lines = {name: data for name, data in part.data.items() if isinstance(data, dict) and name != _BOUND}
    for (name, points), color in zip(lines.items(), _COLORS, strict=False):
        shares = [100 * int(count) / issued for count in points]
        axes.plot(shares, [each["bytes"] for each in points.values()], marker="o", ms=3, color=color, label=name)
    shares = [100 * int(count) / issued for count in bound]
    axes.plot(shares, list(bound.values()), color="black", ls="--", lw=1, label="bound of an exact one", zorder=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter("{x:g} %")
    axes.yaxis.set_major_formatter(lambda size, _: f"{size / 1000:,g} kB")
    axes.set_xlabel(f"revoked, of {issued:,} issued under one kid")
    axes.set_ylabel("bytes")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
