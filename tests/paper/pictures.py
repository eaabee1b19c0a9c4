"""The pictures of docs/situations/paper.md, from fixed seeds: `python -m tests.paper.pictures` draws them anew."""

from __future__ import annotations

from pathlib import Path

from healthpass.paper import Language, card, sheet, to_svg
from tests.paper import fonts
from tests.paper.printing import SHANGHAI, passes

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def pictures() -> dict[str, str]:
    """The files by their names."""
    english, chinese = Language.shipped("en"), Language.shipped("zh")
    return {
        "paper-card-en.svg": to_svg(card(passes(1), english, SHANGHAI)),
        "paper-card-zh.svg": to_svg(card(passes(1), chinese, SHANGHAI, font=fonts.chinese())),
        "paper-sheet-en.svg": to_svg(sheet(passes(14), english, SHANGHAI)),
    }


if __name__ == "__main__":
    for name, svg in pictures().items():
        (IMAGES / name).write_text(svg, encoding="utf-8")
