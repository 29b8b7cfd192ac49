"""Windows of Sun and Earth, and what several sources give together."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import AZIMUTHS_DEG
from ilrs.moon.light_windows import (
    coincident_outage,
    crossing_windows,
    dark_windows,
    earth_windows,
    sunlit_windows,
    union_share,
)
from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky
from tests.moon.sky_maps import hours

DAY_S = 86400.0
QUARTER = (0.0, 90 * DAY_S)


@pytest.fixture(scope="module")
def given(sky: Sky) -> dict[str, Any]:
    epoch_tdb_s = float(hours("2027-01-01", "2027-01-02")[0])
    return {"sky": sky, "epoch_tdb_s": epoch_tdb_s, "mast_height_m": 2.0}


def profile(horizon_deg: Any) -> xr.Dataset:
    rows = np.broadcast_to(np.asarray(horizon_deg, dtype=np.float64), (720,))
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), rows[None])},
        coords={"mast_height_m": [2.0], "azimuth_deg": AZIMUTHS_DEG},
        attrs={"latitude_deg": -89.45, "longitude_deg": 222.7, "ground_height_m": 1700.0},
    )


WALL = profile(np.where(abs(AZIMUTHS_DEG - 100.0) < 60.0, 4.0, -3.0))


def test_sunlit_when_a_wall_stands_in_the_way(given: dict[str, Any]) -> None:
    """The Sun's centre passes the wall's edge: at every edge of a window its azimuth is between the
    samples that make the edge, 40 or 160 deg, to half a degree and half a minute."""
    lit = sunlit_windows(WALL, span_s=QUARTER, tolerance_s=1.0, **given)
    inside = [edge for span in lit for edge in span if 0.0 < edge < QUARTER[1]]
    assert len(inside) in (6, 7)  # three lunations, in and out, and what is left of a fourth
    azimuth = apparent_directions(
        (SUN,), given["epoch_tdb_s"] + np.array(inside), latitude_deg=-89.45, longitude_deg=222.7,
        **given["sky"].kernels,
    ).azimuth_deg[0]  # fmt: skip
    off = np.minimum(abs(azimuth - 40.25), abs(azimuth - 159.75))
    assert off.max() < 0.3


def test_edges_when_the_tolerance_is_a_second(given: dict[str, Any]) -> None:
    rough = profile(np.random.default_rng(3).normal(0.3, 0.8, 720))
    coarse = sunlit_windows(rough, span_s=QUARTER, **given)
    fine = sunlit_windows(rough, span_s=QUARTER, tolerance_s=1.0, **given)
    assert len(coarse) == len(fine) > 6
    assert np.abs(coarse.start_s - fine.start_s).max() <= 30.0


def test_dark_when_not_sunlit(given: dict[str, Any]) -> None:
    lit = sunlit_windows(WALL, span_s=QUARTER, **given)
    dark = dark_windows(WALL, span_s=QUARTER, **given)
    assert (lit | dark) == Windows([QUARTER]) and len(lit & dark) == 0
    assert 0.2 < dark.total_s / QUARTER[1] < 0.5


def test_parts_of_the_disc_follow_each_other(given: dict[str, Any]) -> None:
    """Sunrise takes hours: the whole disc is in view for less long than its first edge."""
    low = profile(0.5)
    any_part, half, whole = (
        sunlit_windows(low, span_s=QUARTER, visible_part=part, **given)
        for part in ("any", "half", "all")
    )
    assert any_part.total_s > half.total_s + DAY_S and half.total_s > whole.total_s + DAY_S


def test_earth_when_the_horizon_is_low(given: dict[str, Any]) -> None:
    seen = earth_windows(profile(0.0), span_s=QUARTER, **given)
    assert 0.3 < seen.total_s / QUARTER[1] < 0.7
    assert earth_windows(profile(-9.0), span_s=QUARTER, **given) == Windows([QUARTER])


def test_crossings_when_the_series_is_straight() -> None:
    found = crossing_windows([0.0, 10.0, 20.0, 30.0], [-1.0, 3.0, 3.0, -1.0])
    assert found == Windows([(2.5, 27.5)])
    assert crossing_windows([0.0, 4.0], [1.0, 1.0]) == Windows([(0.0, 4.0)])
    assert len(crossing_windows([0.0, 4.0], [-1.0, 0.0])) == 0


def test_outage_when_three_sources_take_turns() -> None:
    sources = {
        "sun": Windows([(0.0, 40.0)]),
        "earth": Windows([(30.0, 50.0), (90.0, 130.0)]),
        "relay": Windows([(60.0, 70.0)]),
    }
    found = coincident_outage(sources, span_s=(0.0, 100.0))
    assert found.share == {"sun": 0.4, "earth": 0.3, "relay": 0.1}
    assert found.none_share == pytest.approx(0.3) and found.any_share == pytest.approx(0.7)
    assert (found.worst_outage_s, found.worst_start_s) == (20.0, 70.0)
    assert union_share(sources, span_s=(0.0, 100.0)) == pytest.approx(0.7)


def test_outage_when_there_is_none() -> None:
    found = coincident_outage({"sun": Windows([(-5.0, 200.0)])}, span_s=(0.0, 100.0))
    assert found.none_share == 0.0 and found.worst_outage_s == 0.0
    assert np.isnan(found.worst_start_s)


def test_message_when_times_do_not_ascend() -> None:
    with pytest.raises(IlrsError) as caught:
        crossing_windows([0.0, 5.0, 5.0], [1.0, -1.0, 1.0])
    assert str(caught.value) == (
        "3 times and 3 values for windows; each value has its time, there are at least two, and"
        " times ascend. Give both as one series in order."
    )


def test_message_when_a_value_is_missing() -> None:
    with pytest.raises(IlrsError) as caught:
        crossing_windows([0.0, 5.0], [1.0, np.nan])
    assert str(caught.value) == (
        "1 of 2 values are no finite numbers; windows are found where a value passes through 0."
        " Fill the gaps, or cut the series there."
    )


def test_message_when_the_span_is_empty() -> None:
    with pytest.raises(IlrsError) as caught:
        coincident_outage({}, span_s=(9.0, 9.0))
    assert str(caught.value) == (
        "a span from 9 to 9 s; a span ends after it starts. Exchange or correct the two."
    )
