"""Maps of light and Earth against published and computed figures, and against stepping on the
reference sites' horizons."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import horizon_at, horizon_profile, read_profile
from ilrs.moon.light_map import earth_map, light_map
from ilrs.moon.light_windows import sunlit_windows, union_share
from ilrs.moon.spell_map import earth_spell_map, light_spell_map
from ilrs.moon.terrain import Terrain
from ilrs.sky.sky import Sky
from tests.moon.sky_maps import NODE_TURN, horizon_map_of, hours, map_grid, stepped_light

PROFILES = Path(__file__).parents[2] / "src" / "ilrs" / "programme" / "reference" / "horizons"
SITES = ("BUSSEY-PEAK", "CE7-NOMINAL", "CONNECTING-RIDGE", "SHACK-DEGER-RIDGE")
DAY_S = 86400.0


@pytest.fixture(scope="module")
def epochs() -> Any:
    return hours(*NODE_TURN)


def around(latitude_deg: float, longitude_deg: float) -> Any:
    """A grid of one pixel of 20 m over a place."""
    x_m, y_m = (float(value) for value in map_grid().project(latitude_deg, longitude_deg))
    return map_grid(rows=1, columns=1, west_m=x_m - 10.0, north_m=y_m + 10.0)


def map_of_profile(profile: xr.Dataset) -> xr.Dataset:
    """The horizon map of one pixel with a profile's horizon."""
    latitude, longitude = (profile.attrs[f"{name}_deg"] for name in ("latitude", "longitude"))
    at = horizon_at(profile, (np.arange(360.0) - longitude) % 360.0, mast_height_m=2.0)
    return horizon_map_of(at[:, None, None], around(latitude, longitude))


# Truth G4 (SPICE, DE421/DE440, hourly over the same span, sphere of 1737.4 km): Sun centre up
# 49.3 %, upper limb 54.8 %; half of the last printed digit.
def test_light_at_the_pole_against_spice(sky: Sky, epochs: Any) -> None:
    flat = horizon_map_of(0.0, map_grid(rows=1, columns=1, west_m=-10.0, north_m=10.0))
    for part, share in (("half", 0.493), ("any", 0.548)):
        found = light_map(flat, tdb_s=epochs, visible_part=part, sky=sky)  # type: ignore[arg-type]
        assert float(found["lit_fraction"][0, 0]) == pytest.approx(share, abs=5e-4)


# Truth G7 (as G4): Earth's centre up 45.5 % of the time over a flat CE-7 site, longest outage
# 16.0 d; half of the last printed digits, and an hour of stepping for the outage.
def test_earth_at_the_ce7_site_against_spice(sky: Sky, epochs: Any) -> None:
    flat = horizon_map_of(0.0, around(-88.8, 123.4))
    share = earth_map(flat, tdb_s=epochs, sky=sky)["earth_in_view_fraction"]
    assert float(share[0, 0]) == pytest.approx(0.455, abs=5e-4)
    outage_s = earth_spell_map(flat, tdb_s=epochs, sky=sky)["longest_outage_s"]
    assert float(outage_s[0, 0]) / DAY_S == pytest.approx(16.0, abs=0.05 + 1.0 / 24.0)


# The bar of the project, 0.3 % of the light stepped hourly, on real horizons; the ends of the
# longest darkness by half a finer azimuth step (half an hour) each, and by the strip of the disc
# that looks through a notch first: two hours.
@pytest.mark.parametrize("site", SITES)
def test_light_against_stepping_on_real_horizons(sky: Sky, epochs: Any, site: str) -> None:
    profile = read_profile(PROFILES / f"{site}.csv")
    horizons = map_of_profile(profile)
    stepped = stepped_light(profile, epochs, sky)
    light = float(light_map(horizons, tdb_s=epochs, sky=sky)["illumination_fraction"][0, 0])
    assert light == pytest.approx(stepped.mean(), rel=0.003)
    spells = light_spell_map(horizons, tdb_s=epochs, sky=sky)
    edges = np.arange(epochs.size + 1) * 3600.0
    dark_s = Windows.from_mask(edges, stepped <= 0.0).longest_s
    assert float(spells["longest_darkness_s"][0, 0]) == pytest.approx(dark_s, abs=7200.0)


# Truth I1 (Noda 2008, Kaguya LALT, year 2000): 86 % at most, and no eternal light. Ours: the best
# place of the 40 m grid from a 2 m mast (more light than at the surface) under a far skyline of
# 7.6 km cells (more light); between the 82.9 % of the surface's best on 20 m terrain (truth I6,
# Glaeser 2018) and the 92.27 % of a 2 m mast there (Glaeser 2014, Icarus).
def test_best_light_of_a_year_against_published(sky: Sky) -> None:
    year = hours("2000-01-01", "2001-01-01")
    horizons = map_of_profile(read_profile(PROFILES / "CONNECTING-RIDGE.csv"))
    light = float(light_map(horizons, tdb_s=year, sky=sky)["illumination_fraction"][0, 0])
    assert 0.829 < light < 0.9227
    darkness = light_spell_map(horizons, tdb_s=year, sky=sky)["longest_darkness_s"]
    assert float(darkness[0, 0]) > DAY_S


# Truth I3 (Bussey 2010, Kaguya terrain, year 2020): two areas less than 10 km apart are lit 94 % of
# the year together. Ours stand 11 km apart on the same ridge, 2 m above ground, so that they see
# more than the surface does, and still not always.
def test_union_of_two_sites_against_published(sky: Sky) -> None:
    year = hours("2020-01-01", "2021-01-01")
    span_s = 0.0, year.size * 3600.0
    lit = {
        site: sunlit_windows(
            read_profile(PROFILES / f"{site}.csv"), span_s=span_s, epoch_tdb_s=float(year[0]),
            mast_height_m=2.0, sky=sky,
        )
        for site in ("CONNECTING-RIDGE", "SHACK-DEGER-RIDGE")
    }  # fmt: skip
    together = union_share(lit, span_s=span_s)
    assert 0.94 < together < 1.0
    assert together > max(windows.total_s for windows in lit.values()) / span_s[1] + 0.02


# Shackleton's floor (IAU 89.67 S 129.78 E; floor at -2.9 km under a rim of +1.5 km, 10 km away:
# 20 deg of wall against 2 deg of Sun) is permanently shadowed (Mazarico 2011 and all after); the
# Connecting Ridge is not.
def test_shackletons_floor_on_the_real_grid(sky: Sky, epochs: Any, lola: list[Terrain]) -> None:
    azimuths = np.arange(90) * 4.0
    for place, is_dark in (((-89.67, 129.78), True), ((-89.7817, 203.699), False)):
        profile = horizon_profile(
            lola[1:], latitude_deg=place[0], longitude_deg=place[1], mast_heights_m=[2.0],
            azimuths_deg=(azimuths - place[1]) % 360.0,
        )  # fmt: skip
        horizon = profile["horizon_deg"].values[0]
        horizons = horizon_map_of(horizon[:, None, None], around(*place), azimuths=90)
        found = light_map(horizons, tdb_s=epochs, sky=sky)
        assert bool(found["is_permanently_shadowed"][0, 0]) is is_dark
        assert (float(found["illumination_fraction"][0, 0]) == 0.0) is is_dark
        assert is_dark is (float(found["shadow_margin_deg"][0, 0]) > 10.0)
