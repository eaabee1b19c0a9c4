"""Every code of a printed page is read back: from a scan at 300 and at 150 dots an inch, whole and damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from healthpass import RefusalCode, Refused
from healthpass.formats.text import decode_text
from healthpass.paper import Language, Page, card, sheet, to_pdf
from healthpass.paper.layout import MODULE
from healthpass.paper.qr import QUIET_ZONE
from healthpass.verifier import TrustStore, Verifier
from tests.making import DAY, ROOTS, make_trust_list, sign_trust_list
from tests.paper import damage
from tests.paper.printing import SHANGHAI, START, WINDOWS, passes
from tests.placing import REGISTRAR, everywhere, make_place

DPI = (300, 150)
SEEDS = range(3)
Damage = Callable[[Image.Image, Page, int, int], Image.Image]
SURVIVED: dict[str, Damage] = {
    "blur": lambda image, page, dpi, seed: damage.blurred(image, dpi),
    "noise": lambda image, page, dpi, seed: damage.noisy(image, seed),
    "crease": damage.creased,
    "worn crease": damage.worn,
    "stain": damage.stained,
    "together": damage.together,
}
TOO_MUCH: dict[str, Damage] = {
    "blur": lambda image, page, dpi, seed: damage.blurred(image, dpi, 0.8),
    "noise": lambda image, page, dpi, seed: damage.noisy(image, seed, 0.9),
    "crease": lambda image, page, dpi, seed: damage.creased(image, page, dpi, seed, 15.0),
    "stain": lambda image, page, dpi, seed: damage.stained(image, page, dpi, seed, 40.0, 1.0),
}


@pytest.fixture(scope="module", params=["card", "sheet", "sheet in Chinese"])
def page(request: pytest.FixtureRequest) -> Page:
    if request.param == "card":
        return card(passes(1), Language.shipped("en"), SHANGHAI)
    language = Language.shipped("zh" if "Chinese" in request.param else "en")
    return sheet(passes(), language, SHANGHAI)


@pytest.fixture(scope="module", params=DPI)
def dpi(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def image(page: Page, dpi: int, tmp_path_factory: pytest.TempPathFactory) -> Image.Image:
    return damage.render(to_pdf(page), dpi, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def texts(page: Page) -> list[str]:
    return sorted(each.text for each in passes(len(page.codes)))


def test_as_it_is(image: Image.Image, texts: list[str]) -> None:
    assert sorted(damage.read(image)) == texts


@pytest.mark.parametrize("kind", SURVIVED)
def test_within_the_limits(image: Image.Image, page: Page, dpi: int, texts: list[str], kind: str) -> None:
    for seed in SEEDS:
        damaged = SURVIVED[kind](image, page, dpi, seed)
        assert damaged.tobytes() != image.tobytes()
        assert sorted(damage.read(damaged)) == texts, seed


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_far_beyond_them_nothing_is_read(image: Image.Image, page: Page, dpi: int, kind: str) -> None:
    """So the damage is on the codes. And what is destroyed is not read as something else."""
    assert damage.read(TOO_MUCH[kind](image, page, dpi, 1)) == []


def test_black_on_white_in_whole_dots(image: Image.Image, page: Page, dpi: int) -> None:
    """8 dots a module at 300 an inch, 4 at 150: the quiet zone is white and the squares are black."""
    scale = dpi / 72
    assert MODULE * scale == pytest.approx(8 if dpi == 300 else 4)
    for code in page.codes:
        left, top, module = code.x * scale, code.y * scale, MODULE * scale
        side = (code.modules + 2 * QUIET_ZONE) * module
        quiet = QUIET_ZONE * module
        whole = image.crop((round(left) + 1, round(top) + 1, round(left + side) - 1, round(top + quiet) - 1))
        assert whole.getextrema() == (255, 255)
        beside = image.crop((round(left) + 1, round(top) + 1, round(left + quiet) - 1, round(top + side) - 1))
        assert beside.getextrema() == (255, 255)
        x, y = left + quiet + 2 * module, top + quiet + 2 * module
        square = image.crop((round(x) + 1, round(y) + 1, round(x + 3 * module) - 1, round(y + 3 * module) - 1))
        assert square.getextrema() == (0, 0)


def test_what_is_read_is_worth_something_on_its_day_alone(image: Image.Image, page: Page) -> None:
    store = TrustStore(ROOTS)
    listed = make_trust_list(
        windows=WINDOWS,
        issued=START - DAY,
        expires=START + 16 * DAY,
        policy=everywhere(audience=False),
        registrar_keys=(REGISTRAR.public_key,),
    )
    store.update_trust_list(sign_trust_list(listed), now=START - DAY)
    scanner = Verifier(store, place=make_place(issued=START - DAY, expires=START + 16 * DAY), skew=0)
    starts = {window.kid: window.valid_from for window in WINDOWS}
    read = damage.read(damage.blurred(image, 300 if image.width > 2000 else 150, 0.1))
    assert len(read) == len(page.codes)
    for text in read:
        start = starts[decode_text(text)[8:12]]
        for now, code in ((start - 1, RefusalCode.ISSUER_KEY_NOT_VALID), (start + DAY, RefusalCode.EXPIRED)):
            with pytest.raises(Refused) as caught:
                scanner.verify(text, now=now)
            assert caught.value.code is code
        for now in (start, start + DAY - 1):
            assert scanner.verify(text, now=now).expires == start + DAY


def test_a_page_that_cannot_be_rendered_fails_where_poppler_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HEALTHPASS_REQUIRE_POPPLER", "1")
    with pytest.raises(pytest.fail.Exception, match="poppler is not installed"):
        damage.render(b"", 300, tmp_path)
