"""Earth's eclipses of the Sun: their order, their edges, and what a place does to them."""

from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.eclipse import earth_eclipses
from ilrs.moon.sun_disc import sun_light
from ilrs.sky.directions import site_directions
from ilrs.sky.sky import Sky
from tests.moon.test_sun_disc import skyline

SITE = {"latitude_deg": -89.45, "longitude_deg": 222.7, "height_m": 1700.0}


def tdb_s(utc: str) -> float:
    return float(tdb_from_utc(parse_utc(utc)))


@pytest.fixture(scope="module")
def eclipses(sky: Sky) -> Any:
    return earth_eclipses(tdb_s("2025-01-01"), tdb_s("2030-01-01"), **SITE, sky=sky)


def test_edges_when_in_order(eclipses: Any) -> None:
    assert eclipses.sizes["eclipse"] >= 7
    assert (np.diff(eclipses["greatest_tdb_s"]) > 0.0).all()
    names = ("begins", "total_begins", "greatest", "total_ends", "ends")
    edges = np.array([eclipses[f"{name}_tdb_s"].values for name in names])
    total = np.isfinite(edges[1])
    assert (np.diff(edges[:, total], axis=0) > 0.0).all()
    assert (np.diff(edges[::2], axis=0) > 0.0).all()
    assert (eclipses["least_sun_fraction"].values[total] == 0.0).all()
    assert (eclipses["least_sun_fraction"].values[~total] > 0.0).all()
    assert np.array_equal(np.isnat(eclipses["total_begins_utc"].values), ~total)


def test_light_when_an_eclipse_runs(eclipses: Any, sky: Sky) -> None:
    """The series on the flat (skyline far below) agrees with the edges, a minute to each side."""
    one = eclipses.isel(eclipse=int(np.flatnonzero(np.isfinite(eclipses["total_begins_tdb_s"]))[0]))
    begins, covered, middle, free, ends = (
        float(one[f"{name}_tdb_s"])
        for name in ("begins", "total_begins", "greatest", "total_ends", "ends")
    )
    at = np.array([begins - 60, begins + 300, covered - 300, covered + 60, middle, free - 60,
                   free + 300, ends - 300, ends + 60])  # fmt: skip
    made = sun_light(
        site_directions(tdb_s=at, **SITE, **sky.kernels), profile=skyline(-20.0), mast_height_m=2.0
    )
    light = made["sun_visible_fraction"].values
    assert np.allclose(light[[0, 8]], 1.0, atol=1e-6)
    assert (light[3:6] == 0.0).all()
    assert ((light[[1, 2, 6, 7]] > 0.0) & (light[[1, 2, 6, 7]] < 1.0)).all()


def test_eclipses_when_there_are_none(sky: Sky) -> None:
    found = earth_eclipses(tdb_s("2027-09-01"), tdb_s("2027-12-01"), **SITE, sky=sky)
    assert found.sizes["eclipse"] == 0


def test_message_when_the_span_is_empty(sky: Sky) -> None:
    with pytest.raises(IlrsError) as caught:
        earth_eclipses(100.0, 40.0, **SITE, sky=sky)
    assert str(caught.value) == (
        "a span that ends 60 s before it starts; eclipses are looked for from a start to a later"
        " end. Exchange or correct the two."
    )
