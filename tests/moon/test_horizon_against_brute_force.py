"""The kernel against the slow road, on the real grids, and the committed profiles made again."""

from pathlib import Path

import numpy as np
import pytest

from ilrs.moon.horizon import horizon_profile, read_profile
from ilrs.moon.terrain import Terrain
from tests.moon.brute_force import brute_force_horizon_deg

PROFILES = Path(__file__).parents[2] / "src" / "ilrs" / "programme" / "reference" / "horizons"
# 1 % of the distance near, 20 m on the 200 m grid, 500 m on the 7.6 km grid: five times and more
# finer than the kernel's steps.
DISTANCES_M = np.concatenate(
    (np.geomspace(1, 2e3, 760), np.arange(2010, 6e4, 20), np.arange(6e4, 3e5, 500))
)


# Tolerance: the project's bar for the real 200 m grid, 0.1 deg at the 99th percentile. No ray may
# stand higher than brute force finds by more than that finds too low itself: a crest missed by 10 m
# (half its spacing) on a slope of 30 deg, 2 km away, is 0.17 deg at worst, so 0.1 deg again.
@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg"),
    [(-89.7817, 203.699), (-89.45, 222.7), (-89.65, 128.6), (-89.3, 20.0), (-88.8, 123.4)],
)
def test_horizon_on_real_terrain(
    lola: list[Terrain], latitude_deg: float, longitude_deg: float
) -> None:
    site = {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg}
    azimuths = np.arange(72) * 5.0 + 1.3
    quick = horizon_profile(lola, **site, mast_heights_m=[2.0, 10.0], azimuths_deg=azimuths)
    for index, mast in enumerate((2.0, 10.0)):
        slow = brute_force_horizon_deg(
            lola, **site, mast_height_m=mast, azimuths_deg=azimuths, distances_m=DISTANCES_M
        )
        error = quick["horizon_deg"].values[index] - slow
        assert np.percentile(np.abs(error), 99) <= 0.1
        assert error.max() <= 0.1


# Shackleton's rim (21 km across, 4.2 to 4.4 km deep, SOURCES.md) seen from its floor: from the
# middle 4.3 km over 10.5 km is 22 deg; the rim's own relief (+-0.5 km) makes that 20 to 25.
def test_horizon_from_the_floor_of_shackleton(lola: list[Terrain]) -> None:
    profile = horizon_profile(lola, latitude_deg=-89.65, longitude_deg=128.6, mast_heights_m=2.0)
    assert 20.0 < float(profile["horizon_deg"].mean()) < 25.0


# Committed files keep 4 decimals and 10 m; a last digit may fall the other way on another machine.
@pytest.mark.parametrize("name", ["CONNECTING-RIDGE", "CE7-NOMINAL"])
def test_committed_profile_when_made_again(lola: list[Terrain], name: str) -> None:
    kept = read_profile(PROFILES / f"{name}.csv")
    made = horizon_profile(
        lola,
        latitude_deg=kept.attrs["latitude_deg"],
        longitude_deg=kept.attrs["longitude_deg"],
        mast_heights_m=kept["mast_height_m"].values,
    )
    for key in ("terrain", "terrain_sha256", "note", "frame"):
        assert kept.attrs[key] == made.attrs[key]
    assert kept.attrs["ground_height_m"] == pytest.approx(made.attrs["ground_height_m"], abs=0.006)
    assert np.allclose(kept["horizon_deg"], made["horizon_deg"], rtol=0, atol=1e-4)
    assert np.allclose(kept["horizon_distance_m"], made["horizon_distance_m"], rtol=0, atol=11.0)


@pytest.mark.parametrize(
    "name", ["CONNECTING-RIDGE", "SHACK-DEGER-RIDGE", "CE7-NOMINAL", "BUSSEY-PEAK"]
)
def test_committed_profile_is_whole(name: str) -> None:
    kept = read_profile(PROFILES / f"{name}.csv")
    assert kept["horizon_deg"].shape == (2, 720)
    assert kept["mast_height_m"].values.tolist() == [2.0, 10.0]
    assert kept.attrs["builder"] == "builders/build_horizons.py"
    assert kept.attrs["terrain"] == "connecting_ridge_40m, shackleton_ridge_200m, LDEM_4"
    assert "7.6 km cells" in str(kept.attrs["note"])
