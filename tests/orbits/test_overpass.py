"""Tables of overpasses and the way of a craft over a site's sky."""

import numpy as np
import pytest

from ilrs.foundation.time import tdb_from_utc
from ilrs.orbits.ground_track import moon_fixed_m
from ilrs.orbits.overpass import overpasses, site_view
from ilrs.orbits.relay import look_angles
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory, TrajectoryRangeError
from tests.orbits.craft import START_S, craft, orientation

AZIMUTHS_DEG = np.arange(0.0, 360.0, 1.0)
ANTENNA = SurfaceAntenna(
    name="site", latitude_deg=-88.8, longitude_deg=123.4, height_m=1500.0, mask_deg=2.0,
    azimuths_deg=AZIMUTHS_DEG, horizon_deg=4.0 + 3.0 * np.sin(np.radians(5 * AZIMUTHS_DEG)),
)  # fmt: skip


@pytest.fixture(params=["low", "relay"])
def trajectory(request: pytest.FixtureRequest) -> Trajectory:
    if request.param == "low":
        return craft(50e3, 150e3, 88.0, days=2.0)
    return craft(300e3, 8600e3, 54.9, days=5.0, frame="EARTH_ORBIT_PLANE")


def looks(trajectory: Trajectory, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Azimuth, elevation and range by the rotation itself."""
    return look_angles(
        moon_fixed_m(trajectory, t_s, orientation=orientation()),
        latitude_deg=ANTENNA.latitude_deg, longitude_deg=ANTENNA.longitude_deg,
        height_m=ANTENNA.height_m,
    )  # fmt: skip


def test_rows_are_the_windows_and_what_dense_steps_find_in_them(trajectory: Trajectory) -> None:
    span = trajectory.span_tdb_s
    table = overpasses(trajectory, ANTENNA, span_s=span, orientation=orientation())
    windows = surface_access([trajectory], [ANTENNA], span_s=span, orientation=orientation())
    found = windows["craft", "site"]
    assert table.sizes == {"overpass": len(found)}
    assert table["aos_tdb_s"].values.tolist() == found.start_s.tolist()
    assert table["los_tdb_s"].values.tolist() == found.end_s.tolist()
    assert table["duration_s"].values == pytest.approx(found.duration_s)
    for k, (start, end) in enumerate(found):
        t = np.linspace(start, end, 3000)
        row = table.isel(overpass=k)
        azimuth, elevation, distance = looks(trajectory, t)
        best = int(np.argmax(elevation))
        # between two of 3,000 steps of 12 s at most, elevation and range curve by far less
        assert float(row["highest_elevation_deg"]) == pytest.approx(elevation[best], abs=2e-3)
        assert float(row["highest_elevation_deg"]) >= elevation[best] - 1e-9
        assert float(row["highest_tdb_s"]) == pytest.approx(t[best], abs=(end - start) / 1000)
        assert float(row["shortest_range_m"]) == pytest.approx(distance.min(), abs=10.0)
        assert float(row["aos_azimuth_deg"]) == pytest.approx(azimuth[0], abs=1e-6)
        assert float(row["los_azimuth_deg"]) == pytest.approx(azimuth[-1], abs=1e-6)


def test_utc_stands_beside_tdb(trajectory: Trajectory) -> None:
    table = overpasses(trajectory, ANTENNA, span_s=trajectory.span_tdb_s, orientation=orientation())
    for name in ("aos", "los", "highest"):
        tdb_s = tdb_from_utc(table[f"{name}_utc"].values)
        assert tdb_s == pytest.approx(table[f"{name}_tdb_s"].values, abs=2e-6)


def test_table_has_no_rows_when_the_craft_never_rises() -> None:
    trajectory = craft(1e5, 1e5, 0.0, days=1.0)
    table = overpasses(trajectory, ANTENNA, span_s=trajectory.span_tdb_s, orientation=orientation())
    assert table.sizes == {"overpass": 0}


def test_view_is_the_look_and_its_rates(trajectory: Trajectory) -> None:
    t = START_S + np.arange(600.0, 50_000.0, 97.0)
    seen = site_view(trajectory, ANTENNA, tdb_s=t, orientation=orientation())
    azimuth, elevation, distance = looks(trajectory, t)
    assert seen["azimuth_deg"].values == pytest.approx(azimuth, abs=1e-6)
    assert seen["elevation_deg"].values == pytest.approx(elevation, abs=1e-6)
    assert seen["range_m"].values == pytest.approx(distance, abs=0.01)
    assert seen["light_time_s"].values == pytest.approx(distance / 299_792_458.0)
    slope = (looks(trajectory, t + 0.5)[2] - looks(trajectory, t - 0.5)[2]) / 1.0
    # off by a 24th of the third derivative, which is below v^3 / d^2: 0.4 m/s^3 at 100 km
    assert seen["range_rate_m_s"].values == pytest.approx(slope, abs=0.02)
    windows = surface_access(
        [trajectory], [ANTENNA], span_s=trajectory.span_tdb_s, orientation=orientation()
    )["craft", "site"]
    assert np.array_equal(seen["clearance_deg"].values > 0.0, windows.mask(t))


def test_view_answers_for_one_instant_and_refuses_one_outside(trajectory: Trajectory) -> None:
    end = trajectory.span_tdb_s[1]
    one = site_view(trajectory, ANTENNA, tdb_s=end, orientation=orientation())
    assert one["elevation_deg"].values == pytest.approx(looks(trajectory, np.array([end]))[1])
    with pytest.raises(TrajectoryRangeError):
        site_view(trajectory, ANTENNA, tdb_s=end + 1.0, orientation=orientation())
