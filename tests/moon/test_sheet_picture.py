"""Sheets as PNG: every letter is there, on any machine, and the same sheet gives the same bytes."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from rasterio.io import MemoryFile

from ilrs.foundation.errors import IlrsError
from ilrs.moon.map_layout import height_map
from ilrs.moon.map_names import PlaceName
from ilrs.moon.maps import write_svg
from ilrs.moon.sheet_picture import sheet_tools, write_sheet_png
from ilrs.moon.terrain import Terrain

Maker = Callable[..., Terrain]
# GDAL reads the pictures here, which lie nowhere.
pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
MARK = PlaceName(name="Mons Mouton", latitude_deg=-89.8, longitude_deg=200.0)


def pixels(path: Path) -> Any:
    """Red, green, blue and opacity of a PNG, (4, rows, columns), read by GDAL."""
    with MemoryFile(path.read_bytes()) as memory, memory.open() as picture:
        return picture.read()


@pytest.fixture
def sheet(ground: Maker, tmp_path: Path) -> Callable[..., Path]:
    hills = ground(lambda x, y: 50.0 * np.sin(x / 900.0) + 0.01 * y, pixels=101, pixel_m=600.0)

    def written(title: str = "Ground", *, name: str = "sheet") -> Path:
        path = tmp_path / f"{name}.svg"
        write_svg(height_map(hills), "height_m", path, title=title, marks=[MARK])
        return path

    return written


@pytest.fixture
def moon_font(tmp_path: Path) -> Path:
    """A font of one letter, 月, drawn as a full square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 1000), (1000, 1000), (1000, 0)):
        pen.lineTo(corner)
    pen.closePath()
    glyph, font = pen.glyph(), FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "moon"])
    font.setupCharacterMap({ord("月"): "moon"})
    font.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "moon": glyph})
    font.setupHorizontalMetrics({".notdef": (1000, 0), "moon": (1000, 0)})
    font.setupHorizontalHeader(ascent=1000, descent=0)
    font.setupNameTable({"familyName": "Made", "styleName": "Regular", "psName": "Made"})
    font.setupOS2()
    font.setupPost()
    font.save(tmp_path / "moon.ttf")
    return tmp_path / "moon.ttf"


def test_sheet_when_drawn_twice_has_the_same_bytes(sheet: Callable[..., Path], tmp_path: Path):
    path = sheet("The ground at the pole: рельеф, é, Ω, 89° S − 1 m²")
    for name in ("a.png", "b.png"):
        write_sheet_png(path, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    # 840 units of map with 74 + 166 beside and 104 + 96 above and below, twice as many pixels
    assert pixels(tmp_path / "a.png").shape == (4, 2080, 2160)


def test_zoom_is_pixels_for_each_unit(sheet: Callable[..., Path], tmp_path: Path) -> None:
    write_sheet_png(sheet(), tmp_path / "a.png", zoom=0.5)
    assert pixels(tmp_path / "a.png").shape == (4, 520, 540)


def dark_columns(path: Path, *, rows: slice) -> int:
    """How many columns of a strip have ink."""
    return int((pixels(path)[:3, rows].sum(axis=0) < 300).any(axis=0).sum())


def test_title_is_as_wide_as_its_letters(sheet: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing in the title's strip (26 to 54 units) but its letters; twice the letters, twice the
    ink."""
    ink = []
    for k, title in enumerate((" ", "рельеф", "рельефрельеф")):
        write_sheet_png(sheet(title), tmp_path / f"{k}.png", zoom=1.0)
        ink.append(dark_columns(tmp_path / f"{k}.png", rows=slice(26, 54)))
    assert ink[0] == 0 and ink[1] > 40
    assert ink[2] == pytest.approx(2 * ink[1], abs=4)


def test_letter_of_a_font_that_is_named_is_drawn(
    sheet: Callable[..., Path], moon_font: Path, tmp_path: Path
) -> None:
    write_sheet_png(sheet("月月"), tmp_path / "a.png", zoom=1.0, fonts=[moon_font])
    # two squares, each as wide as the title's 27 units are high
    assert dark_columns(tmp_path / "a.png", rows=slice(26, 54)) == pytest.approx(54, abs=2)


def message(call: Callable[[], object]) -> str:
    with pytest.raises(IlrsError) as caught:
        call()
    return str(caught.value)


def test_messages_when_a_sheet_cannot_be_drawn(
    sheet: Callable[..., Path],
    moon_font: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out.png"
    assert message(lambda: write_sheet_png(sheet("月 and 南"), out)) == (
        "the fonts of the sheet have no 南 月; Source Sans and Source Serif know Latin, Greek and"
        " Cyrillic letters. Give a font file that has them with fonts=, or use the SVG, which the"
        " reader's own fonts letter."
    )
    (tmp_path / "other.svg").write_text("<html/>", encoding="utf-8")
    for name in ("other.svg", "absent.svg"):
        assert message(lambda name=name: write_sheet_png(tmp_path / name, out)) == (
            f"{name} is no sheet; a picture is drawn from an SVG file. Write one first with"
            " ilrs.moon.maps.write_svg."
        )
    path = sheet()
    broken = tmp_path / "other.svg"
    assert message(lambda: write_sheet_png(path, out, fonts=[broken])) == (
        "the font other.svg cannot be used; fonts are TrueType or OpenType files that bear a family"
        " name and a PostScript name. Name another file."
    )
    nameless = TTFont(moon_font)
    del nameless["name"]
    nameless.save(tmp_path / "nameless.ttf")
    with pytest.raises(IlrsError, match="the font nameless.ttf cannot be used"):
        write_sheet_png(path, out, fonts=[tmp_path / "nameless.ttf"])
    sheet_tools.cache_clear()
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert message(lambda: write_sheet_png(path, out)) == (
        "a sheet cannot become a PNG picture: resvg_py is not installed; it comes with the extra"
        " 'maps'. Run: pip install 'ilrs[maps]'"
    )
    assert not out.exists()
