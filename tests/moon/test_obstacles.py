"""Things built beside an observer: how high, how wide and in whose light they stand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at, horizon_profile
from ilrs.moon.light import disc_fraction, sun_visible_fraction
from ilrs.moon.obstacles import Obstacle, with_obstacles
from ilrs.moon.terrain import Terrain

RADIUS_M = 1_737_400.0
LANDER = Obstacle(name="LANDER", distance_m=50.0, azimuth_deg=100.0, width_m=5.0, height_m=7.0)


@pytest.fixture
def bare(ground: Callable[..., Terrain]) -> xr.Dataset:
    return horizon_profile(
        [ground(lambda x, y: 0.0 * x)],
        latitude_deg=-90.0,
        longitude_deg=0.0,
        mast_heights_m=[2.0, 10.0],
    )


def test_horizon_behind_a_lander(bare: xr.Dataset) -> None:
    """Its middle rises atan(5 m / 50 m) above a 2 m eye; a 10 m mast looks over it."""
    after = with_obstacles(bare, [LANDER])
    assert float(horizon_at(after, 100.0, mast_height_m=2.0)) == pytest.approx(
        np.degrees(np.arctan(5.0 / 50.0)), abs=1e-3
    )
    assert float(after["horizon_distance_m"].sel(azimuth_deg=100.0)[0]) == 50.0
    edge = np.degrees(np.arctan(2.5 / 50.0))
    for azimuth in (100.0 - edge - 0.01, 100.0 + edge + 0.01, 280.0):
        assert float(horizon_at(after, azimuth, mast_height_m=2.0)) == pytest.approx(
            float(horizon_at(bare, azimuth, mast_height_m=2.0)), abs=1e-9
        )
    # At its edges the face is farther away, by 1 / cos.
    corner = np.degrees(np.arctan(5.0 / 50.0 * np.cos(np.radians(edge))))
    assert float(horizon_at(after, 99.9999 + edge, mast_height_m=2.0)) == pytest.approx(
        corner, abs=1e-3
    )
    assert np.array_equal(
        horizon_at(after, np.arange(720) * 0.5, mast_height_m=10.0), bare["horizon_deg"].values[1]
    )


def test_obstacles_keep_the_layout_and_are_named(bare: xr.Dataset) -> None:
    after = with_obstacles(bare, [LANDER, replace(LANDER, name="MAST", azimuth_deg=20.0)])
    assert after["horizon_deg"].dims == bare["horizon_deg"].dims
    assert after["horizon_deg"].attrs == bare["horizon_deg"].attrs
    assert np.isin(bare["azimuth_deg"].values, after["azimuth_deg"].values).all()
    assert (np.diff(after["azimuth_deg"]) > 0).all()
    assert after.attrs["note"] == f"{bare.attrs['note']}; before it stand LANDER, MAST"
    assert after.attrs["ground_height_m"] == bare.attrs["ground_height_m"]
    xr.testing.assert_identical(with_obstacles(bare, []), bare)


def test_obstacle_across_north_hides_both_sides(bare: xr.Dataset) -> None:
    berm = Obstacle(name="BERM", distance_m=20.0, azimuth_deg=0.0, width_m=10.0, height_m=4.0)
    after = with_obstacles(bare, [berm])
    hidden = horizon_at(after, [346.5, 0.0, 13.5], mast_height_m=2.0)
    assert (hidden > 5.0).all()
    assert (horizon_at(after, [345.0, 15.0], mast_height_m=2.0) < 0.0).all()


def test_obstacle_on_lower_ground_or_behind_a_hill_changes_nothing(
    bare: xr.Dataset, ground: Callable[..., Terrain]
) -> None:
    sunk = replace(LANDER, base_height_m=-20.0)
    assert np.array_equal(
        horizon_at(with_obstacles(bare, [sunk]), bare["azimuth_deg"], mast_height_m=2.0),
        bare["horizon_deg"].values[0],
    )


# A mast 0.1 m wide at 20 m fills 0.286 deg, narrower than the profile's step and than the Sun.
# Before the Sun's centre (radius 0.267) it hides the disc's middle strip: all but two segments.
# 31 strips follow such an edge to one strip's area, 4 %.
def test_light_beside_a_thin_mast(bare: xr.Dataset) -> None:
    mast = Obstacle(name="MAST", distance_m=20.0, azimuth_deg=45.2, width_m=0.1, height_m=12.0)
    after = with_obstacles(bare, [mast])

    def light(azimuth_deg: float) -> float:
        return float(
            sun_visible_fraction(
                azimuth_deg, 3.0, angular_radius_deg=0.267, profile=after, mast_height_m=2.0
            )
        )

    half = mast.half_width_deg * np.cos(np.radians(3.0))
    hidden = 1.0 - 2.0 * (1.0 - float(disc_fraction(half, 0.267)))
    assert light(45.2) == pytest.approx(1.0 - hidden, abs=0.04)
    assert light(44.7) == light(45.7) == 1.0


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"azimuth_deg": 361.0}, "at azimuth 361 deg"),
        ({"distance_m": 0.0}, "0 m away"),
        ({"width_m": -1.0}, "-1 m wide"),
        ({"height_m": float("nan")}, "nan m high"),
        ({"base_height_m": 1e6}, "on ground 1e+06 m above the observer's"),
    ],
)
def test_message_when_an_obstacle_cannot_be(
    bare: xr.Dataset, changes: dict[str, float], fault: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        with_obstacles(bare, [replace(LANDER, **changes)])
    assert str(caught.value) == (
        f"the obstacle LANDER stands {fault}; an obstacle is up to 100 km away, wide and high, each"
        " more than 0 m, at an azimuth from 0 to 360 deg. Give its place as seen from the observer."
    )
