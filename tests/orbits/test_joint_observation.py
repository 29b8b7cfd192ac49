"""Joint observations: looks against plain vectors at every second, pairs and windows by hand."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.joint_observation import (
    JointLook,
    joint_pairs,
    joint_windows,
    lit_windows,
    look_windows,
)
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.sky.kernels import MOON, SUN
from ilrs.sky.sky import Sky
from tests.orbits.craft import DAY_S, START_S, craft, ephemeris, orientation

PLACE = SurfaceAntenna(name="RIM", latitude_deg=-80.0, longitude_deg=35.0, height_m=1200.0)
SPAN_S = START_S, START_S + 2 * DAY_S
HORIZON = np.array([4.0, 25.0, -1.0, 3.0])


def sky() -> Sky:
    return Sky(ephemeris=ephemeris(), orientation=orientation())


def at_place(t: np.ndarray, position_m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Elevation and azimuth [deg] and range [m] of ICRF positions from the place, plainly."""
    lat, lon = np.radians([PLACE.latitude_deg, PLACE.longitude_deg])
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = np.cross(up, east)
    fixed = np.einsum("nij,nj->ni", orientation().matrices(t), position_m)
    away = fixed - (1_737_400.0 + PLACE.height_m) * up
    distance = np.linalg.norm(away, axis=1)
    azimuth = np.degrees(np.arctan2(away @ east, away @ north)) % 360.0
    return np.degrees(np.arcsin(away @ up / distance)), azimuth, distance


# The judge: every second of two days, elevation, azimuth and range by plain vectors; instants
# within a second of an edge of the windows are left out.
@pytest.mark.parametrize("most_range_m", [None, 260e3])
def test_looks_are_those_of_every_second(most_range_m: float | None) -> None:
    flown = craft(120e3, 180e3, 80.0, days=2.0, node_deg=125.0)
    azimuths = np.array([0.0, 90.0, 180.0, 270.0])
    place = SurfaceAntenna(
        name="RIM", latitude_deg=PLACE.latitude_deg, longitude_deg=PLACE.longitude_deg,
        height_m=PLACE.height_m, azimuths_deg=azimuths, horizon_deg=HORIZON,
    )  # fmt: skip
    found = look_windows(
        flown, place, most_emission_deg=70.0, most_range_m=most_range_m, span_s=SPAN_S, sky=sky()
    )
    t = np.arange(SPAN_S[0] + 0.5, SPAN_S[1], 1.0)
    elevation, azimuth, distance = at_place(t, flown.position_m(t))
    horizon = np.interp(azimuth, np.append(azimuths, 360.0), np.append(HORIZON, HORIZON[0]))
    seen = (elevation > np.maximum(20.0, horizon)) & (distance < (most_range_m or np.inf))
    assert seen.any()
    edges = np.concatenate([found.start_s, found.end_s])
    clear = np.abs(t[:, None] - edges).min(axis=1) > 1.0
    np.testing.assert_array_equal(found.mask(t)[clear], seen[clear])
    assert len(found) >= 2


# The Sun's place of DE440 by its light time, plain vectors, every ten minutes of a lunation; light
# time and aberration together are 0.006 deg, the Sun moves by 0.5 deg an hour.
def test_light_is_that_of_the_suns_elevation() -> None:
    span_s = START_S, START_S + 28 * DAY_S
    found = lit_windows(PLACE, sun_elevation_limits_deg=(2.0, 7.0), span_s=span_s, sky=sky())
    t = np.arange(*span_s, 600.0)
    elevation, _, _ = at_place(t, 1e3 * ephemeris().position_km(SUN, MOON, t))
    sure = np.minimum(np.abs(elevation - 2.0), np.abs(elevation - 7.0)) > 0.01
    inside = (elevation >= 2.0) & (elevation <= 7.0)
    np.testing.assert_array_equal(found.mask(t)[sure], inside[sure])
    assert len(found) == 2  # morning and evening


FIRST = Windows([(0.0, 100.0), (1000.0, 1100.0)])
SECOND = Windows([(90.0, 120.0), (300.0, 400.0), (1100.0, 1200.0)])


def test_pairs_within_an_offset_by_hand() -> None:
    assert joint_pairs(FIRST, SECOND) == (JointLook((0.0, 100.0), (90.0, 120.0)),)
    later = joint_pairs(FIRST, SECOND, most_offset_s=200.0)
    assert [(pair.first_s[0], pair.second_s[0], pair.apart_s) for pair in later] == [
        (0.0, 90.0, 0.0), (0.0, 300.0, 200.0), (1000.0, 1100.0, 0.0),
    ]  # fmt: skip


def test_windows_of_the_first_within_an_offset_of_the_second_by_hand() -> None:
    assert joint_windows(FIRST, SECOND) == Windows([(90.0, 100.0)])
    near = joint_windows(FIRST, SECOND, most_offset_s=30.0)
    assert near == Windows([(60.0, 100.0), (1070.0, 1100.0)])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"most_emission_deg": 0.0},
            "looks at RIM under up to 0 deg of emission; emission is the angle from the vertical,"
            " above 0 and up to 90 deg. Give 90 for every look above the horizon.",
        ),
        (
            {"most_range_m": -1.0},
            "craft and RIM at most -1 m apart; a distance is a finite number of metres above 0."
            " Correct it, or leave it out.",
        ),
    ],
)
def test_looks_that_cannot_be_are_errors(changed: dict[str, float], message: str) -> None:
    flown = craft(120e3, 180e3, 80.0, days=0.2)
    words = {"most_emission_deg": 60.0} | changed
    with pytest.raises(IlrsError) as caught:
        look_windows(flown, PLACE, span_s=(START_S, START_S + 0.2 * DAY_S), sky=sky(), **words)
    assert str(caught.value) == message
