"""Longest darkness and light, outages and light per lunation, against stepping one pixel."""

from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import horizon_at
from ilrs.moon.horizon_map import NO_HORIZON
from ilrs.moon.light_map import light_map
from ilrs.moon.spell_map import (
    LUNATION_S,
    earth_spell_map,
    light_spell_map,
    lunation_map,
    neither_map,
)
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky
from tests.moon.sky_maps import (
    horizon_map_of,
    hours,
    map_grid,
    profile_of_pixel,
    rough_skyline_deg,
)

STEP_S = 3600.0
YEAR = ("2026-01-01", "2027-01-01")


def in_view(body: int, profile: Any, epochs: Any, radii: float, sky: Sky) -> Any:
    """Whether a point so many radii above the body's centre clears the horizon, per epoch."""
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (body,), epochs, latitude_deg=profile.attrs["latitude_deg"],
            longitude_deg=profile.attrs["longitude_deg"], **sky.kernels,
        )
    )  # fmt: skip
    limb = elevation + radii * angular_radius_deg(distance, radius_m=BODY_RADIUS_M[body])
    return limb > horizon_at(profile, azimuth, mast_height_m=2.0)


def spells_s(lit: Any) -> tuple[float, float]:
    edges = np.arange(lit.size + 1) * STEP_S
    return Windows.from_mask(edges, ~lit).longest_s, Windows.from_mask(edges, lit).longest_s


# On skylines with one fall and rise a lunation a quarter of a degree of azimuth (half the finer
# step) is half an hour at each end: two steps. Rough skylines may join two spells, so these are
# smooth.
@pytest.mark.parametrize("north_m", [-9_000.0, 52_000.0])
def test_spells_when_stepped(sky: Sky, north_m: float) -> None:
    grid = map_grid(rows=2, columns=2, pixel_m=9_000.0, north_m=north_m)
    turn = np.radians(np.arange(360.0))[:, None, None]
    phase = np.array([[0.3, 1.9], [3.0, 4.4]])
    horizons = horizon_map_of(0.2 + 1.9 * np.cos(turn + phase), grid)
    epochs = hours(*YEAR)
    found = light_spell_map(horizons, tdb_s=epochs, sky=sky)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        lit = in_view(SUN, profile_of_pixel(horizons, row, column), epochs, 1.0, sky)
        dark_s, light_s = spells_s(lit)
        assert float(found["longest_darkness_s"][row, column]) == pytest.approx(
            dark_s, abs=2 * STEP_S
        )
        assert float(found["longest_light_s"][row, column]) == pytest.approx(
            light_s, abs=2 * STEP_S
        )
        assert 2 * 86400.0 < dark_s < 300 * 86400.0


def test_outage_when_stepped(sky: Sky) -> None:
    grid = map_grid(rows=1, columns=2)
    horizons = horizon_map_of(np.array([0.5, 3.0])[None, None, :], grid, azimuths=72)
    epochs = hours(*YEAR)
    found = earth_spell_map(horizons, tdb_s=epochs, sky=sky)
    for column in (0, 1):
        seen = in_view(EARTH, profile_of_pixel(horizons, 0, column), epochs, 0.0, sky)
        outage_s, view_s = spells_s(seen)
        assert float(found["longest_outage_s"][0, column]) == pytest.approx(outage_s, abs=STEP_S)
        assert float(found["longest_view_s"][0, column]) == pytest.approx(view_s, abs=STEP_S)


# Two bodies, so twice the edges: each length is off by two steps at most as above, the share by a
# step at each of four edges a lunation, thirteen of them in a year of 8760 steps.
@pytest.mark.parametrize(("sun_part", "radii"), [("any", 1.0), ("half", 0.0)])
def test_neither_when_stepped(sky: Sky, sun_part: Any, radii: float) -> None:
    grid = map_grid(rows=2, columns=2, pixel_m=9_000.0)
    turn = np.radians(np.arange(360.0))[:, None, None]
    phase = np.array([[0.3, 1.9], [3.0, 4.4]])
    horizons = horizon_map_of(1.0 + 2.5 * np.cos(turn + phase), grid)
    epochs = hours(*YEAR)
    found = neither_map(horizons, tdb_s=epochs, sky=sky, sun_part=sun_part)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        profile = profile_of_pixel(horizons, row, column)
        lit = in_view(SUN, profile, epochs, radii, sky)
        alone = ~lit & ~in_view(EARTH, profile, epochs, 0.0, sky)
        assert float(found["longest_neither_s"][row, column]) == pytest.approx(
            spells_s(~alone)[0], abs=2 * STEP_S
        )
        assert float(found["neither_fraction"][row, column]) == pytest.approx(
            alone.mean(), abs=4 * 13 / 8760
        )
        assert 0.1 < alone.mean() < 0.8


def test_neither_is_not_what_separate_maps_would_say(sky: Sky) -> None:
    """Over level ground at a pole the Sun is away for half a year and Earth for half of each month:
    together for half of a half, but never longer than Earth alone."""
    horizons = horizon_map_of(0.0, map_grid(rows=1, columns=1), azimuths=72)
    epochs = hours(*YEAR)
    found = neither_map(horizons, tdb_s=epochs, sky=sky)
    outage_s = earth_spell_map(horizons, tdb_s=epochs, sky=sky)["longest_outage_s"]
    darkness_s = light_spell_map(horizons, tdb_s=epochs, sky=sky)["longest_darkness_s"]
    assert (
        float(found["longest_neither_s"][0, 0]) <= float(outage_s[0, 0]) < float(darkness_s[0, 0])
    )
    assert float(found["neither_fraction"][0, 0]) == pytest.approx(0.25, abs=0.05)


def test_spells_when_all_is_dark_or_lit(sky: Sky) -> None:
    grid = map_grid(rows=1, columns=3)
    horizons = horizon_map_of(np.array([30.0, -30.0, 0.0])[None, None, :], grid, azimuths=72)
    codes = horizons["horizon_code"].values.copy()
    codes[:, 0, 2] = NO_HORIZON
    holed = horizons.assign(horizon_code=(horizons["horizon_code"].dims, codes))
    epochs = hours(*YEAR)
    found = light_spell_map(holed, tdb_s=epochs, sky=sky)
    span_s = epochs.size * STEP_S
    assert found["longest_darkness_s"].values[0, :2].tolist() == [span_s, 0.0]
    assert found["longest_light_s"].values[0, :2].tolist() == [0.0, span_s]
    assert np.isnan(found["longest_darkness_s"].values[0, 2])
    alone = neither_map(holed, tdb_s=epochs, sky=sky)
    assert alone["longest_neither_s"].values[0, :2].tolist() == [span_s, 0.0]
    assert alone["neither_fraction"].values[0, :2].tolist() == [1.0, 0.0]
    assert np.isnan(alone["neither_fraction"].values[0, 2])
    assert np.isnan(lunation_map(holed, tdb_s=epochs, sky=sky)["lit_s"].values[:, 0, 2]).all()


# Horizons linear between azimuths, epochs at the nearest half degree: a step at each edge of a lit
# spell, of which a smooth skyline has at most two in a lunation.
def test_light_per_lunation_when_stepped(sky: Sky) -> None:
    grid = map_grid(rows=1, columns=1)
    turn = np.radians(np.arange(360.0))[:, None, None]
    horizons = horizon_map_of(0.2 + 1.5 * np.cos(turn), grid)
    epochs = hours(*YEAR)
    found = lunation_map(horizons, tdb_s=epochs, sky=sky)
    assert found.sizes["lunation"] == 12  # 365 d / 29.53 d = 12.36, the rest is dropped
    lit = in_view(SUN, profile_of_pixel(horizons, 0, 0), epochs, 1.0, sky)
    starts = np.round(np.arange(13) * LUNATION_S / STEP_S).astype(int)
    expected = [lit[a:b].sum() * STEP_S for a, b in zip(starts[:-1], starts[1:], strict=True)]
    assert np.allclose(found["lit_s"].values[:, 0, 0], expected, atol=4 * STEP_S)
    assert np.ptp(expected) > 50 * STEP_S
    assert np.array_equal(found["lunation_start_s"], starts[:-1] * STEP_S)


def test_rough_skylines_keep_their_light_per_lunation(sky: Sky) -> None:
    """Summed over a year, light per lunation is the lit share of the same epochs; the share is
    linear in light between azimuths, the count is linear in the horizon: 0.3 % of the time."""
    grid = map_grid(rows=3, columns=3)
    horizons = horizon_map_of(rough_skyline_deg(grid), grid)
    epochs = hours(*YEAR)
    counted = lunation_map(horizons, tdb_s=epochs, sky=sky)["lit_s"].sum("lunation")
    used = round(12 * LUNATION_S / STEP_S)
    share = light_map(horizons, tdb_s=epochs[:used], sky=sky)["lit_fraction"]
    assert np.allclose(counted / (used * STEP_S), share, atol=0.003)


def test_message_when_the_span_is_shorter_than_a_lunation(sky: Sky) -> None:
    horizons = horizon_map_of(0.0, map_grid(rows=1, columns=1), azimuths=72)
    with pytest.raises(IlrsError) as caught:
        lunation_map(horizons, tdb_s=hours("2026-01-01", "2026-01-21"), sky=sky)
    assert str(caught.value) == (
        "a span of 20.0 d for light per lunation; a lunation is 29.53 d. Lengthen the span."
    )
