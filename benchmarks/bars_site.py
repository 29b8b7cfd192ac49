"""Bars of the site tools: a ranking of the 200 m grid, and an almanac's year."""

import time
from pathlib import Path

from benchmarks.bar import Bar, bar
from benchmarks.moon import rough_terrain
from ilrs.foundation.time import JULIAN_YEAR_S
from ilrs.moon.terrain import Terrain, read_terrain
from ilrs.programme.load import load, reference_folder
from ilrs.sky.sky import open_sky
from ilrs.study.site_almanac import almanac
from ilrs.study.site_criteria import DEFAULT_CRITERIA
from ilrs.study.site_place import place_of, span_tdb_s
from ilrs.study.site_ranking import rank_terrain

TERRAIN = Path(__file__).parents[2] / "shared" / "data" / "terrain"


def grids() -> tuple[str, list[Terrain]]:
    """The real 200 m grid with its far terrain, or rough ground of its size where it is absent."""
    names = ("shackleton_ridge_200m.tif", "LDEM_4.LBL")
    if TERRAIN.is_dir():
        return "real 200 m grid", [read_terrain(TERRAIN / name) for name in names]
    return "made-up ground", [rough_terrain(pixels=256, pixel_m=200.0)]


@bar
def site_rank() -> Bar:
    """256 x 256 pixels, 360 azimuths, 18.6 years: horizons, all layers, sites, sets."""
    what, (fine, *far) = grids()
    sky, span = open_sky(), span_tdb_s("2030-01-01", None, years=18.6)
    short = (span[0], span[0] + 0.1 * JULIAN_YEAR_S)
    walls, cores = [], []
    for span_s in (short, span, span, span):  # the first one warms the kernels
        wall, core = time.perf_counter(), time.process_time()
        rank_terrain(fine, far, criteria=DEFAULT_CRITERIA, span_s=span_s, sky=sky)
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    wall, core = sorted(walls[1:])[1], sorted(cores[1:])[1]
    note = f"{what}, {core:.1f} core-s"
    return Bar("site rank, 256^2, 18.6 years", wall, 60.0, "s", "<=", note=note)


@bar
def site_almanac() -> Bar:
    """A year of a reference site: Sun and Earth, two masts, three parts of the disc, eclipses."""
    place = place_of("CONNECTING-RIDGE", programme=load(reference_folder()).programme)
    sky, span = open_sky(), span_tdb_s("2030-01-01", None)
    almanac(place, span_s=span, sky=sky)
    cores = []
    for _ in range(5):
        core = time.process_time()
        almanac(place, span_s=span, sky=sky)
        cores.append(time.process_time() - core)
    return Bar("site almanac, one year, edges to 1 s", sorted(cores)[2], 5.0, "core-s", "<=")
