"""Windows of light for each pixel, against the maps that count epochs in order."""

import numpy as np
import pytest
import xarray as xr

from ilrs.moon.horizon_map import NO_HORIZON
from ilrs.moon.spell_map import earth_spell_map, light_spell_map, lunation_map
from ilrs.moon.window_map import earth_window_map, light_window_map
from ilrs.sky.sky import Sky
from tests.moon.sky_maps import horizon_map_of, hours, map_grid, rough_skyline_deg

LUNATION = ("2026-01-01", "2026-01-31")


def of_pixels(windows: xr.Dataset) -> list[np.ndarray]:
    """Start and end of the windows of each pixel, row by row."""
    edges = np.stack([windows["start_s"].values, windows["end_s"].values], axis=1)
    first = windows["first_window"].values.ravel()
    count = windows["window_count"].values.ravel()
    return [edges[a : a + n] for a, n in zip(first, count, strict=True)]


@pytest.mark.parametrize(
    ("window_map", "spell_map", "name"),
    [
        (light_window_map, light_spell_map, "longest_light_s"),
        (earth_window_map, earth_spell_map, "longest_view_s"),
    ],
)
def test_longest_windows_are_the_longest_spells(sky: Sky, window_map, spell_map, name) -> None:  # type: ignore[no-untyped-def]
    grid = map_grid(rows=30, columns=40)
    horizons = horizon_map_of(rough_skyline_deg(grid), grid)
    epochs = hours(*LUNATION, step_s=600.0)
    windows = window_map(horizons, tdb_s=epochs, sky=sky)
    longest = [np.max(own[:, 1] - own[:, 0], initial=0.0) for own in of_pixels(windows)]
    spells = spell_map(horizons, tdb_s=epochs, sky=sky)[name].values
    assert spells.max() > 0.0
    # Both count the same steps; spells are kept in 32 bits.
    np.testing.assert_allclose(np.reshape(longest, spells.shape), spells, rtol=1e-6)


def test_windows_add_up_to_the_light_of_a_lunation(sky: Sky) -> None:
    grid = map_grid(rows=9, columns=130)  # more pixels than one group
    horizons = horizon_map_of(rough_skyline_deg(grid), grid)
    epochs = hours(*LUNATION)
    lit = lunation_map(horizons, tdb_s=epochs, sky=sky)
    windows = light_window_map(horizons, tdb_s=epochs[:709], sky=sky)  # hours of a lunation
    total = [float(np.sum(own[:, 1] - own[:, 0])) for own in of_pixels(windows)]
    assert min(total) > 0.0
    np.testing.assert_allclose(np.reshape(total, (9, 130)), lit["lit_s"].values[0], rtol=1e-6)


def test_more_windows_than_there_is_room_for_at_first_are_all_kept(sky: Sky) -> None:
    grid = map_grid(rows=1, columns=1)
    comb = np.where(np.arange(360) % 4 < 2, 9.0, -9.0)[:, None, None]
    windows = light_window_map(
        horizon_map_of(comb, grid), tdb_s=hours(*LUNATION, step_s=600.0), sky=sky
    )
    assert windows["window_count"].item() == windows.sizes["window"] > 80
    assert (np.diff(windows["start_s"].values) > 0.0).all()
    assert (windows["end_s"].values > windows["start_s"].values).all()


def test_a_pixel_without_horizon_has_no_window(sky: Sky) -> None:
    grid = map_grid(rows=1, columns=2)
    horizons = horizon_map_of(-5.0, grid)
    horizons["horizon_code"][:, 0, 0] = NO_HORIZON
    windows = light_window_map(horizons, tdb_s=hours(*LUNATION), sky=sky)
    assert windows["window_count"].values.tolist() == [[0, 1]]
    assert windows["end_s"].values.tolist() == [windows.attrs["span_s"]]
    assert windows.attrs["span_s"] == pytest.approx(30 * 86400.0, abs=0.01)  # TDB, not UTC
