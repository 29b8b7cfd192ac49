"""Horizon profiles over ground whose horizon is known, and what passes in and out of files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.horizon import (
    AZIMUTHS_DEG,
    horizon_at,
    horizon_profile,
    read_profile,
    write_profile,
)
from ilrs.moon.terrain import Terrain

RADIUS_M = 1_737_400.0
POLE = {"latitude_deg": -90.0, "longitude_deg": 0.0}  # azimuth 0 is map +y, azimuth 90 map +x
Maker = Callable[..., Terrain]


def seen_deg(distance_m: float, height_m: float, observer_m: float) -> float:
    """Elevation of a point at a distance along the sphere, by the law of the flat triangle."""
    angle = distance_m / RADIUS_M
    up = (RADIUS_M + height_m) * np.cos(angle) - RADIUS_M - observer_m
    return float(np.degrees(np.arctan2(up, (RADIUS_M + height_m) * np.sin(angle))))


def at(profile: xr.Dataset, azimuth_deg: float) -> float:
    return float(profile["horizon_deg"].sel(azimuth_deg=azimuth_deg).values[0])


@pytest.fixture
def hilly(ground: Maker) -> xr.Dataset:
    """A small profile with relief on all sides, two masts, eight azimuths."""
    terrain = ground(lambda x, y: 300.0 * np.sin(x / 900.0) + 200.0 * np.cos(y / 700.0))
    return horizon_profile(
        [terrain], **POLE, mast_heights_m=[2.0, 10.0], azimuths_deg=np.arange(8) * 45.0
    )


def test_horizon_of_a_map_about_a_place_is_that_of_the_same_ground_at_the_pole(
    ground: Maker,
) -> None:
    """The sphere is the same everywhere; the turned frame costs 1e-7 m of height at 10 km."""
    there = ground(lambda x, y: 300.0 * np.sin(x / 900.0) + 200.0 * np.cos(y / 700.0))
    oblique = replace(
        there.grid,
        projection="stereographic",
        central_latitude_deg=5.0,
        central_longitude_deg=200.0,
    )
    profiles = [
        horizon_profile(
            [replace(there, grid=grid)], latitude_deg=latitude, longitude_deg=longitude,
            mast_heights_m=2.0,
        )
        for grid, latitude, longitude in ((there.grid, -90.0, 0.0), (oblique, 5.0, 200.0))
    ]  # fmt: skip
    assert np.allclose(*(profile["horizon_deg"] for profile in profiles), rtol=0, atol=1e-6)


def test_horizon_when_the_ground_rises_to_where_a_ray_leaves_it(ground: Maker) -> None:
    """The outermost point of the ray decides: 60 deg leave the map 10,050 m east of the pole.

    Ground of slope 0.3 northwards; a ray from the pole is straight on the map, and its way there,
    11,604.7 m, is 2 R atan(way / 2 R) on the sphere. From 100 m above it the slope is seen higher
    with every metre up to sqrt(2 R 100 m) = 18.6 km. The end is sought to 1 mm.
    """
    slope = ground(lambda x, y: 0.3 * y)
    profile = horizon_profile([slope], **POLE, mast_heights_m=100.0, azimuths_deg=[60.0])
    way_m = 10_050.0 / np.sin(np.radians(60.0))
    edge_m = 2.0 * RADIUS_M * np.arctan(way_m / (2.0 * RADIUS_M))
    assert float(profile["horizon_distance_m"][0, 0]) == pytest.approx(edge_m, abs=2e-3)
    assert at(profile, 60.0) == pytest.approx(seen_deg(edge_m, 0.15 * way_m, 100.0), abs=1e-4)


# The dip of a smooth sphere is acos(R / (R + h)). A step of 2 % misses the tangent point by 1 % at
# most, which costs 5e-5 of the dip (second order); the tolerance is twice that.
@pytest.mark.parametrize("mast_m", [2.0, 10.0, 100.0])
def test_horizon_when_the_sphere_is_bare(ground: Maker, mast_m: float) -> None:
    bare = ground(lambda x, y: 0.0, pixel_m=300.0)
    profile = horizon_profile([bare], **POLE, mast_heights_m=mast_m)
    dip_deg = -np.degrees(np.arccos(RADIUS_M / (RADIUS_M + mast_m)))
    assert profile["horizon_deg"].shape == (1, 720)
    assert np.allclose(profile["horizon_deg"], dip_deg, rtol=1e-4)
    far_m = np.sqrt(2.0 * RADIUS_M * mast_m)
    assert np.allclose(profile["horizon_distance_m"], far_m, rtol=0.02)


def test_horizon_when_a_wall_stands_in_the_east(ground: Maker) -> None:
    """The wall's edge is at x = 5 km; a step may pass it by a quarter of a pixel, 25 m."""
    wall = ground(lambda x, y: np.where(x >= 5000.0, 500.0, 0.0))
    profile = horizon_profile(
        [wall], **POLE, mast_heights_m=10.0, azimuths_deg=[0.0, 60.0, 90.0, 270.0]
    )
    dip_deg = -np.degrees(np.arccos(RADIUS_M / (RADIUS_M + 10.0)))
    for azimuth, edge_m in ((90.0, 5000.0), (60.0, 5000.0 / np.sin(np.radians(60.0)))):
        highest = seen_deg(edge_m, 500.0, 10.0)
        assert seen_deg(edge_m + 25.0, 500.0, 10.0) - 1e-6 <= at(profile, azimuth) <= highest + 1e-4
    assert at(profile, 270.0) == pytest.approx(dip_deg, rel=1e-4)
    assert at(profile, 0.0) == pytest.approx(dip_deg, rel=1e-4)
    assert float(profile["horizon_distance_m"].sel(azimuth_deg=90.0)[0]) == pytest.approx(5e3, 0.01)


def test_horizon_when_a_cone_stands_alone(ground: Maker) -> None:
    """1000 m high at (6 km, 0), flanks 1:2; a sample lies within 12.5 m of the apex."""
    cone = ground(lambda x, y: np.maximum(1000.0 - 0.5 * np.hypot(x - 6000.0, y), 0.0))
    profile = horizon_profile([cone], **POLE, mast_heights_m=2.0)
    apex = seen_deg(6000.0, 1000.0, 2.0)
    missed = np.degrees(0.5 * 12.5 / 6000.0)
    assert apex - missed <= at(profile, 90.0) <= apex + 1e-4
    # Seen from the side, the cone's outline falls as steeply as its flank rises.
    half_width = np.degrees(np.arcsin(2000.0 / 6000.0))
    assert (
        at(profile, 90.0 + np.floor(half_width) - 1.0)
        > 0.0
        > at(profile, 90.0 + half_width // 1 + 2)
    )


def test_horizon_when_the_site_is_a_crater_floor(ground: Maker) -> None:
    """A parabolic bowl 800 m deep, 4 km in radius: from its middle the rim is the horizon."""

    def bowl(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.minimum(800.0 * (np.hypot(x, y) / 4000.0) ** 2 - 800.0, 0.0)

    profile = horizon_profile([ground(bowl, pixel_m=50.0)], **POLE, mast_heights_m=0.0)
    # The bilinear rim is cut by up to one pixel's curvature, 50^2 * 2 * 800 / 4000^2 / 8 = 0.03 m,
    # and the kink of its edge by a quarter of a pixel: 12.5 m on a 0.4 slope, 5 m, 0.07 deg.
    assert np.allclose(profile["horizon_deg"], seen_deg(4000.0, 0.0, -800.0), atol=0.08)


def test_horizon_when_a_mountain_stands_340_km_away() -> None:
    """From 8 km up, a 10 km mountain is seen over 340 km of sphere, on a global map."""
    rows, columns = 720, 1440
    pixel_m = 2.0 * np.pi * RADIUS_M / columns
    grid = Grid(
        rows=rows, columns=columns, pixel_m=pixel_m, west_m=0.0, north_m=0.5 * np.pi * RADIUS_M,
        projection="simple cylindrical",
    )  # fmt: skip
    heights = np.zeros((rows, columns), dtype=np.float32)
    heights[359, 10] = 8000.0  # a sharp peak at 0.125 N, 2.625 E
    far = 10 + round(340_000.0 / pixel_m)
    heights[356:364, far : far + 2] = 10_000.0
    world = Terrain(name="world", grid=grid, heights_m=heights)
    profile = horizon_profile(
        [world],
        latitude_deg=0.125,
        longitude_deg=2.625,
        mast_heights_m=2.0,
        azimuths_deg=[90.0, 270.0],
    )
    distance = (far - 10) * pixel_m
    nearer, farther = (seen_deg(distance + d, 10_000.0, 8002.0) for d in (0.0, 0.25 * pixel_m))
    assert farther <= at(profile, 90.0) <= nearer + 1e-6
    assert float(profile["horizon_distance_m"][0, 0]) == pytest.approx(distance, abs=0.26 * pixel_m)
    assert at(profile, 270.0) < at(profile, 90.0)


def test_horizon_when_masts_are_computed_together(hilly: xr.Dataset, ground: Maker) -> None:
    terrain = ground(lambda x, y: 300.0 * np.sin(x / 900.0) + 200.0 * np.cos(y / 700.0))
    for index, mast in enumerate((2.0, 10.0)):
        alone = horizon_profile(
            [terrain], **POLE, mast_heights_m=mast, azimuths_deg=np.arange(8) * 45.0
        )
        assert np.array_equal(alone["horizon_deg"][0], hilly["horizon_deg"][index])
    assert (
        hilly["horizon_deg"][1] <= hilly["horizon_deg"][0]
    ).all()  # a higher eye sees farther down


def test_profile_is_laid_out_as_promised(hilly: xr.Dataset) -> None:
    assert hilly["horizon_deg"].dims == ("mast_height_m", "azimuth_deg")
    assert hilly["horizon_distance_m"].attrs["units"] == "m"
    assert hilly.attrs["ground_height_m"] == pytest.approx(200.0, abs=0.5)
    assert (hilly.attrs["frame"], hilly.attrs["terrain"]) == ("MOON_ME", "made")
    assert np.array_equal(AZIMUTHS_DEG, np.linspace(0.0, 359.5, 720))


def test_note_tells_which_cells_the_skyline_is_from(ground: Maker) -> None:
    fine = ground(lambda x, y: 5.0, pixels=41, pixel_m=50.0)
    coarse = ground(lambda x, y: 5.0, pixels=101, pixel_m=2000.0)
    wide = horizon_profile([coarse, fine], **POLE, mast_heights_m=2.0)
    assert wide.attrs["note"] == (
        "horizon at the site from 50 m cells; beyond 1 km from 2 km cells"
    )
    lone = horizon_profile([fine], **POLE, mast_heights_m=2.0)
    assert lone.attrs["note"] == (
        "horizon at the site from 50 m cells; beyond 1 km rays pass places without terrain"
    )
    rough = horizon_profile([coarse], **POLE, mast_heights_m=2.0)
    assert rough.attrs["note"] == (
        "horizon at the site from 2 km cells; peaks and slopes smaller than these are missing at"
        " the site itself"
    )


def test_horizon_when_the_fine_grid_has_a_hole_far_away(ground: Maker) -> None:
    """Through the hole the coarse grid is asked, which knows a wall there."""
    fine = ground(lambda x, y: 0.0)
    fine.heights_m[:, 160:180] = np.nan  # x from 6 to 8 km
    coarse = ground(lambda x, y: np.where(abs(x - 7000.0) < 600.0, 700.0, 0.0), pixel_m=200.0)
    profile = horizon_profile([fine, coarse], **POLE, mast_heights_m=2.0, azimuths_deg=[90.0, 0.0])
    # The wall's top begins with the pixel at 6600 m; a step may pass it by a quarter of 200 m.
    assert seen_deg(6650.0, 700.0, 2.0) <= at(profile, 90.0) <= seen_deg(6600.0, 700.0, 2.0) + 1e-4
    assert at(profile, 0.0) < 0.0


def test_horizon_at_when_between_azimuths_and_masts(hilly: xr.Dataset) -> None:
    low, high = hilly["horizon_deg"].values
    assert np.array_equal(horizon_at(hilly, [0.0, 45.0, 360.0], mast_height_m=2.0), low[[0, 1, 0]])
    assert horizon_at(hilly, 337.5, mast_height_m=10.0) == pytest.approx((high[7] + high[0]) / 2)
    assert horizon_at(hilly, 90.0, mast_height_m=4.0) == pytest.approx(
        0.75 * low[2] + 0.25 * high[2]
    )
    assert horizon_at(hilly, np.zeros((3, 5)), mast_height_m=2.0).shape == (3, 5)


def test_profile_comes_back_from_its_file(hilly: xr.Dataset, tmp_path: Path) -> None:
    write_profile(hilly, tmp_path / "a.csv", builder="tests")
    back = read_profile(tmp_path / "a.csv")
    assert np.allclose(back["horizon_deg"], hilly["horizon_deg"], rtol=0, atol=0.5e-4)
    assert np.allclose(back["horizon_distance_m"], hilly["horizon_distance_m"], rtol=0, atol=5.0)
    assert {**back.attrs, "ground_height_m": 0, "builder": 0, "software": 0} == {
        **hilly.attrs, "ground_height_m": 0, "builder": 0, "software": 0,
    }  # fmt: skip
    assert back.attrs["builder"] == "tests" and back["azimuth_deg"].attrs["units"] == "deg"
    write_profile(back, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def message(call: Callable[[], object]) -> str:
    with pytest.raises(IlrsError) as caught:
        call()
    return str(caught.value)


NO_PROFILE = (
    "a profile is a CSV file with # header lines and the columns"
    " azimuth_deg,mast_height_m,horizon_deg,horizon_distance_m. Correct the path, or make the"
    " profile again with ilrs.moon.horizon.write_profile."
)


def test_message_when_a_profile_is_absent_or_cut(hilly: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert message(lambda: read_profile(path)) == (
        f"the horizon profile a.csv cannot be opened; {NO_PROFILE}"
    )
    write_profile(hilly, path)
    whole = path.read_text()
    for broken in (whole[:-30], whole.replace("# latitude_deg", "# lat"), "", "x,y\n1,2\n"):
        path.write_text(broken)
        assert message(lambda: read_profile(path)) == (
            f"the horizon profile a.csv is not a whole horizon profile; {NO_PROFILE}"
        )


def test_message_when_the_azimuth_is_off_the_circle(hilly: xr.Dataset, ground: Maker) -> None:
    said = (
        "an azimuth of 361 deg; azimuths go from 0 to 360 deg, clockwise from local true north."
        " Bring it onto the circle, for instance with ilrs.foundation.angles.azimuth_deg."
    )
    flat = ground(lambda x, y: 0.0)
    assert message(lambda: horizon_at(hilly, [0.0, 361.0], mast_height_m=2.0)) == said
    assert said == message(
        lambda: horizon_profile([flat], **POLE, mast_heights_m=2.0, azimuths_deg=[361.0])
    )


def test_message_when_the_mast_is_outside_the_profile(hilly: xr.Dataset) -> None:
    assert message(lambda: horizon_at(hilly, 0.0, mast_height_m=30.0)) == (
        "a horizon for a mast of 30 m; this profile was computed for 2, 10 m and holds between"
        " those heights. Choose a height between them, or compute a profile for yours."
    )


def test_message_when_the_mast_is_below_ground(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0)
    assert message(lambda: horizon_profile([flat], **POLE, mast_heights_m=[2.0, -1.0])) == (
        "a mast of -1 m; a mast reaches from 0 to 10000 m above the ground it stands on. Give its"
        " height above ground in metres."
    )


def test_message_when_the_site_is_off_the_terrain(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0)
    off = {"latitude_deg": -89.0, "longitude_deg": 10.0, "mast_heights_m": 2.0}
    assert message(lambda: horizon_profile([flat], **off)) == (
        "the site at latitude -89, longitude 10 lies off the terrain given; made: 201 x 201 pixels"
        " of 100 m, south polar stereographic, x -10.05 to 10.05 km, y -10.05 to 10.05 km. Give"
        " terrain that holds the site, or correct its coordinates."
    )
    assert message(lambda: horizon_profile([], **off)) == (
        "the site at latitude -89, longitude 10 lies off the terrain given; no terrain was given."
        " Give terrain that holds the site, or correct its coordinates."
    )


def test_message_when_north_is_given_for_south(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0)
    site = {"latitude_deg": 89.9, "longitude_deg": 10.0, "mast_heights_m": 2.0}
    said = "the site at latitude {}, longitude 10 and the terrain made belong to opposite poles;"
    assert message(lambda: horizon_profile([flat], **site)) == (
        f"{said.format('89.9')} made is a south polar stereographic map. Correct the sign of the"
        " latitude, or give terrain of that pole."
    )
    north = replace(flat, grid=replace(flat.grid, projection="north polar stereographic"))
    site["latitude_deg"] = -89.9
    assert message(lambda: horizon_profile([flat, north], **site)) == (
        f"{said.format('-89.9')} made is a north polar stereographic map. Correct the sign of the"
        " latitude, or give terrain of that pole."
    )


def test_message_when_map_metres_are_given_for_degrees(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0)
    assert message(
        lambda: horizon_profile(
            [flat], latitude_deg=-15000.0, longitude_deg=2000.0, mast_heights_m=2.0
        )
    ) == (
        "a site at latitude -15000, longitude 2000; latitudes go from -90 to 90 deg and longitudes"
        " from -360 to 360 deg, east positive. Give degrees in the MOON_ME frame, not map metres."
    )


def test_message_when_heights_are_missing_near_the_site(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0)
    flat.heights_m[107, 100] = np.nan
    assert message(lambda: horizon_profile([flat], **POLE, mast_heights_m=2.0)) == (
        "the site at latitude -90, longitude 0 has pixels without a height (NaN) beside it in made;"
        " within 10 pixels of a site every height must be known. Fill the hole, choose another"
        " site, or leave this terrain out."
    )
