"""The site map of the book: what is drawn, which sites stand on it, and what is told of them."""

import base64
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

from ilrs.moon.map_colours import RAMPS
from ilrs.moon.map_layout import map_grid
from ilrs.programme.entities import Site
from ilrs.study.book import render
from ilrs.study.book_map import ground_cells, ground_sheet, sites_on
from ilrs.study.book_words import LANGUAGES, catalogue, words_in

THIN = "\N{NARROW NO-BREAK SPACE}"


def site(id_: str, x_m: float, y_m: float, run, **more) -> Site:
    latitude, longitude = map_grid(run.ground).locate(x_m, y_m)
    return Site.model_validate(
        {"id": id_, "name": id_, "kind": "feature", "latitude": f"{float(latitude)} deg",
         "longitude": f"{float(longitude)} deg", **more}
    )  # fmt: skip


@pytest.fixture(scope="module")
def run_with_sites(run):
    """The made-up run, with a site in the dark of the last column, one without light, one off."""
    sites = [
        site("LAST", 24_500.0, -10_500.0, run),
        site("WEST", -30_500.0, 10_500.0, run),
        site("OFF", 40_000.0, 0.0, run),
        Site.model_validate({"id": "NOWHERE", "kind": "region"}),
    ]
    declared = run.programme.model_copy(
        update={"sites": {**run.programme.sites, **{one.id: one for one in sites}}}
    )
    return replace(run, programme=declared)


def cells(html: str) -> np.ndarray:
    """Palette entries of the picture in a page: PNG without filters, decoded by zlib."""
    data = base64.b64decode(re.search(r'class="ground".*?base64,([^"]+)"', html, re.S)[1])
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    start = data.index(b"IDAT") + 4
    raw = zlib.decompress(data[start : data.index(b"IEND") - 8])
    return np.frombuffer(raw, np.uint8).reshape(height, width + 1)[:, 1:]


def test_picture_has_light_where_it_is_known_and_grey_elsewhere(run, book):
    drawn = cells(book)
    assert drawn.shape == (50, 60)
    assert (drawn[:, :20] >= 18 * 12).all()  # the greys of the palette
    assert (drawn[:, 20:] < 18 * 12).all()
    levels = drawn[:, 20:] // 12
    light = run.ground["illumination_fraction"].values[:, 20:]
    assert np.abs(levels / 17.0 - light).max() < 1.0 / 17.0  # the level below or above it
    blocks = (levels / 17.0 - light)[:48].reshape(12, 4, 10, 4).mean(axis=(1, 3))
    assert np.abs(blocks).max() < 0.2 / 17.0  # and on the mean itself


def test_large_map_is_thinned_by_whole_pixels():
    made = ground_cells(np.zeros((900, 1000)), np.full((900, 1000), 0.56), limits=(0.0, 1.0))
    assert made.shape == (300, 333)
    assert np.unique(made).tolist() == [
        5
    ]  # the lowest level; 0.56 is 0.45 of the way from 0.2 to 1, of 11


def test_sites_on_the_map_are_numbered_from_the_station_outwards(run_with_sites):
    on_it = sites_on(run_with_sites, map_grid(run_with_sites.ground))
    assert [one.id for one in on_it] == ["CONNECTING-RIDGE", "WEST", "LAST"]
    html = ground_sheet(run_with_sites, words_in("en"))
    drawn = re.search(r"<svg.*?</svg>", html, re.S)[0]
    marked = drawn[drawn.index("<circle") :]
    assert re.findall(r'fill="#d1342f"[^>]*>(\d)</text>', marked) == ["1", "2", "3"]
    assert drawn.count("<circle") == 3


def test_table_tells_the_pixel_of_each_site(run_with_sites):
    html = ground_sheet(run_with_sites, words_in("en"))
    rows = [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>(.*?)</tr>", html, re.S)[1:]]
    # The station: x -10.9, y -11.8 km, so column 24 and row 31: light 55/110, 10 d of 55/110.
    assert f"|50{THIN}%|" in rows[0] and "|5|" in rows[0]
    assert rows[1].count("|–|") == 2  # no light there, so no darkness either
    assert f"80.9{THIN}%" in rows[2] and "all the time" in rows[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_section_speaks_each_language(run, language):
    html = render(run, language=language)
    for key in ("map.heading", "map.lead", "map.hole", "map.illumination_fraction"):
        assert catalogue(language)[key] in html
    assert "Light from 1 km cells." in html  # the note of the terrain, as it is


def test_map_of_heights_says_metres_at_its_ends(run):
    heights = run.ground["illumination_fraction"].fillna(0.0).rename("height_m") * 1100.0 - 100.0
    ground = run.ground[["hillshade"]].assign(height_m=heights)
    ground.attrs = {key: run.ground.attrs[key] for key in run.ground.attrs if "utc" not in key}
    html = ground_sheet(replace(run, ground=ground), words_in("en"))
    assert "−100 m" in html and f"{980} m" in html
    red, green, blue = RAMPS["height"][0]
    assert f"rgb({red} {green} {blue})" in html
    assert "Light and darkness" not in html


def test_run_without_a_map_says_so(run):
    assert catalogue("en")["map.none"] in render(replace(run, ground=None))
