"""Coverage maps against what circular orbits cover by geometry, and bad input."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.coverage import coverage_map
from ilrs.orbits.design import constellation
from ilrs.orbits.kepler import MOON_RADIUS_M, orbit_from_altitudes, period_s
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory
from ilrs.sky.orientation import open_orientation

T0 = 9.0e8
HEIGHT_M = 1_000e3
POLAR = orbit_from_altitudes(
    periapsis_altitude_m=HEIGHT_M, apoapsis_altitude_m=HEIGHT_M, inclination_deg=90.0
)


def ways(count: int) -> list[Trajectory]:
    to_icrf = open_orientation().matrices(np.array([T0]))[0].T
    return [
        kepler_trajectory(
            orbit, (T0, T0 + 40 * 86400.0), name=f"C{k}", epoch_tdb_s=T0, to_icrf=to_icrf
        )
        for k, orbit in enumerate(constellation(POLAR, count=count))
    ]


def cover(count: int, *, mask_deg: float, turns: float = 30.0) -> tuple[float, float, float]:
    """View fraction, longest gap [turns] and mean number in view at the south pole."""
    turn_s = float(period_s(POLAR.semi_major_axis_m))
    found = coverage_map(
        ways(count), latitudes_deg=[-90.0], longitudes_deg=[0.0], mask_deg=mask_deg,
        span_s=(T0, T0 + turns * turn_s), step_s=turn_s / 2000, orientation=open_orientation(),
    )  # fmt: skip
    place = found.isel(latitude_deg=0, longitude_deg=0)
    gap = float(place["longest_gap_s"]) / turn_s
    return float(place["view_fraction"]), gap, float(place["mean_in_view"])


# Closed form: above the mask a craft of a circular orbit is within the angle
# acos(R cos(mask) / (R + h)) - mask of the place, seen from the Moon's centre; a polar one passes
# overhead at the pole, whatever the Moon turns. The pole tilts by 2e-4 rad in the span (precession
# and libration), and a step is 1/2000 of a turn.
@pytest.mark.parametrize("mask_deg", [0.0, 10.0])
def test_polar_orbiter_is_in_view_at_the_pole_for_its_arc(mask_deg: float) -> None:
    mask = np.radians(mask_deg)
    arc = np.arccos(MOON_RADIUS_M * np.cos(mask) / (MOON_RADIUS_M + HEIGHT_M)) - mask
    fraction, gap, count = cover(1, mask_deg=mask_deg)
    assert fraction == pytest.approx(arc / np.pi, abs=1e-3)
    assert count == pytest.approx(fraction)
    assert gap == pytest.approx(1.0 - arc / np.pi, abs=2e-3)


def test_craft_spread_along_an_orbit_add_their_arcs() -> None:
    one, _, _ = cover(1, mask_deg=10.0)
    fraction, gap, count = cover(3, mask_deg=10.0)
    assert fraction == pytest.approx(3 * one, abs=3e-3)  # 3 arcs of 0.23 do not overlap
    assert count == pytest.approx(fraction, abs=1e-6)
    assert gap == pytest.approx(1 / 3 - one, abs=2e-3)


def test_a_map_has_a_value_at_every_place() -> None:
    found = coverage_map(
        ways(1), latitudes_deg=np.linspace(-90, 90, 7), longitudes_deg=np.arange(0, 360, 60.0),
        span_s=(T0, T0 + 86400.0 * 28), step_s=600.0, orientation=open_orientation(),
    )  # fmt: skip
    fraction = found["view_fraction"].transpose("latitude_deg", "longitude_deg").values
    assert fraction.shape == (7, 6)
    assert (fraction[0] > fraction[3]).all()  # a polar orbiter is seen most at the poles
    assert found.attrs["craft"] == "C0"


def test_no_craft_is_an_error() -> None:
    with pytest.raises(IlrsError) as caught:
        coverage_map(
            [], latitudes_deg=[0.0], longitudes_deg=[0.0], span_s=(0.0, 10.0), step_s=1.0,
            orientation=open_orientation(),
        )  # fmt: skip
    assert str(caught.value) == (
        "the coverage by 0 craft above 0 deg in steps of 1 s over 10 s; there is at least one"
        " craft, a mask between -90 and 90 deg, and a step above 0 s that fits into the span."
        " Correct what does not fit."
    )
