"""Where systems keep TrueType fonts that can be embedded: Debian, Fedora, Alpine, macOS, Windows. A list to look into.

Fonts with CFF outlines (Noto Sans CJK of most distributions, PingFang) are not in it: reportlab cannot embed them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_CHINESE = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",  # Debian: fonts-droid-fallback
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",  # fonts-wqy-zenhei
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",  # fonts-wqy-microhei
    "/usr/share/fonts/truetype/arphic/uming.ttc",  # fonts-arphic-uming
    "/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",  # Fedora: google-droid-sans-fonts
    "/usr/share/fonts/google-droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/wqy-zenhei-fonts/wqy-zenhei.ttc",  # wqy-zenhei-fonts
    "/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc",  # and Alpine's font-wqy-zenhei
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/droid/DroidSansFallbackFull.ttf",  # Arch: ttf-droid
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",  # macOS
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/simhei.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
    "C:/Windows/Fonts/Deng.ttf",
    "C:/Windows/Fonts/msjh.ttc",  # traditional
)
_JAPANESE_AND_KOREAN = (
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",  # Debian: fonts-ipafont-gothic
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
    "/usr/share/fonts/ipa-gothic-fonts/ipag.ttf",
    "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",  # fonts-nanum
    "/usr/share/fonts/naver-nanum-gothic-fonts/NanumGothic.ttf",
    "/usr/share/fonts/naver-nanum/NanumGothic.ttf",
    "/System/Library/Fonts/Supplemental/AppleGothic.ttf",
    "C:/Windows/Fonts/malgun.ttf",
    "C:/Windows/Fonts/msgothic.ttc",
)
_EUROPEAN = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",  # Debian: fonts-dejavu-core
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",  # Fedora: dejavu-sans-fonts
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/liberation-sans/LiberationSans-Regular.ttf",
    "/System/Library/Fonts/Supplemental/Arial.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
PLACES = tuple(Path(place) for place in (*_EUROPEAN, *_CHINESE, *_JAPANESE_AND_KOREAN))
"""In the order in which they are looked into: the first that has every character is taken."""
_PACKAGES = (
    (0x3040, 0x30FF, "fonts-ipafont-gothic (Debian), ipa-gothic-fonts (Fedora)"),
    (0xAC00, 0xD7A3, "fonts-nanum (Debian), naver-nanum-gothic-fonts (Fedora)"),
    (0x2E80, 0x3FFFF, "fonts-droid-fallback or fonts-wqy-zenhei (Debian), wqy-zenhei-fonts (Fedora)"),
)
_OTHERS = "fonts-dejavu-core (Debian), dejavu-sans-fonts (Fedora)"


def fonts_of_the_system(most: int) -> Iterator[bytes]:
    """The fonts that are there, of at most so many bytes, in the order of `PLACES`."""
    for place in PLACES:
        try:
            if place.is_file() and place.stat().st_size <= most:
                yield place.read_bytes()
        except OSError:  # not for this user to read, or gone meanwhile
            continue


def package_for(text: str) -> str:
    """What to install so that a font for these characters is there."""
    for first, last, packages in _PACKAGES:
        if any(first <= ord(char) <= last for char in text):
            return packages
    return _OTHERS
