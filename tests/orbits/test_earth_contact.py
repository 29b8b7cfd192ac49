"""Antennas on Earth over years: quick parts of cells against windows found to 0.01 s."""

import numpy as np
import pytest

from ilrs.foundation.windows import Windows
from ilrs.orbits.earth_contact import earth_open_fraction
from ilrs.orbits.earth_station import EarthStation
from ilrs.orbits.sightlines import site_station_access
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.sky.sky import Sky
from tests.orbits.craft import START_S, ephemeris, orientation

STATIONS = (
    EarthStation(name="EAST", latitude_deg=46.5, longitude_deg=130.8),
    EarthStation(name="WEST", latitude_deg=-38.2, longitude_deg=-70.1, mask_deg=5.0),
    EarthStation(name="NORTH", latitude_deg=57.2, longitude_deg=37.9, mask_deg=12.0),
)
EDGE_S = START_S + 3600.0 * np.arange(20 * 24 + 1)


def ridge(mask_deg: float, *, rough: bool) -> SurfaceAntenna:
    """Near the south pole, where Earth rises and sets once a month, grazing the ground."""
    azimuths = np.arange(0.0, 360.0, 0.5)
    hills = 2.0 * np.sin(np.radians(azimuths)) + 0.5 * np.sin(np.radians(24.0 * azimuths))
    ground = {"azimuths_deg": azimuths, "horizon_deg": hills} if rough else {}
    return SurfaceAntenna(
        name="RIDGE", latitude_deg=-89.4, longitude_deg=223.0, height_m=1900.0, mask_deg=mask_deg,
        **ground,
    )  # fmt: skip


# The judge: windows of each pair by bounds and bisection, edges to 0.01 s. A margin bends by h2/8
# times its second rate in ten minutes: 0.014 deg in an antenna's own sky (at 15 deg/h: 4 s), 0.0002
# deg in the Moon's (0.95 deg of parallax in a turn of Earth), where a margin that changes by as
# little as 0.03 deg/h makes 27 s of it. A cell holds one such edge and another one.
@pytest.mark.parametrize("rough", [False, True])
@pytest.mark.parametrize("mask_deg", [0.0, 1.0])
def test_parts_of_cells_are_those_of_exact_windows(mask_deg: float, rough: bool) -> None:
    sky = Sky(ephemeris=ephemeris(), orientation=orientation())
    antenna = ridge(mask_deg, rough=rough)
    found = earth_open_fraction([antenna], STATIONS, edge_s=EDGE_S, sky=sky)[0]
    exact = Windows()
    for station in STATIONS:
        exact |= site_station_access(
            antenna, station, span_s=(float(EDGE_S[0]), float(EDGE_S[-1])), sky=sky
        )
    wanted = exact.overlap_fraction(EDGE_S)
    assert 0.1 < wanted.mean() < 0.9
    assert ((wanted > 0.01) & (wanted < 0.99)).sum() >= 4
    np.testing.assert_allclose(found, wanted, atol=(27.0 + 4.0) / 3600.0)
    assert abs(found.mean() - wanted.mean()) < 31.0 / 3600.0 / 20.0  # of 20 days, one such edge


def test_masks_and_horizons_of_one_place_are_answered_together() -> None:
    sky = Sky(ephemeris=ephemeris(), orientation=orientation())
    several = [ridge(0.0, rough=True), ridge(1.0, rough=True), ridge(5.0, rough=False)]
    together = earth_open_fraction(several, STATIONS, edge_s=EDGE_S, sky=sky)
    for row, antenna in zip(together, several, strict=True):
        alone = earth_open_fraction([antenna], STATIONS, edge_s=EDGE_S, sky=sky)[0]
        np.testing.assert_allclose(row, alone, atol=1e-9)
    assert (together[0] >= together[1] - 1e-9).all()


def test_nobody_on_earth_sees_the_far_side() -> None:
    far = SurfaceAntenna(name="FAR", latitude_deg=10.0, longitude_deg=170.0, height_m=0.0)
    sky = Sky(ephemeris=ephemeris(), orientation=orientation())
    assert earth_open_fraction([far], STATIONS, edge_s=EDGE_S, sky=sky).max() == 0.0
