"""When the Sun or the Earth is in view from a site, as Windows, and what several of them give.

Windows are in seconds TDB from an epoch, so that they meet those of relays and plans.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows, find_windows
from ilrs.moon.horizon import horizon_at
from ilrs.moon.map_tiles import VisiblePart, limb_elevation_deg
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky

__all__ = [
    "Coincidence",
    "coincident_outage",
    "crossing_windows",
    "dark_windows",
    "earth_windows",
    "sunlit_windows",
    "union_share",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STEP_S = 1800.0


class Coincidence(NamedTuple):
    """How far several sources stand in for each other over a span."""

    share: Mapping[str, float]  # of the span, each source alone
    any_share: float  # of the span with at least one
    none_share: float  # of the span with none
    worst_outage_s: float  # longest time with none
    worst_start_s: float  # when it begins; NaN where there is none


def sunlit_windows(
    profile: xr.Dataset,
    *,
    span_s: tuple[float, float],
    epoch_tdb_s: float,
    mast_height_m: float,
    sky: Sky,
    visible_part: VisiblePart = "any",
    step_s: float = _STEP_S,
    tolerance_s: float = 30.0,
) -> Windows:
    """Times with `visible_part` of the Sun above the horizon under its centre. [s from the epoch]

    `profile` is a site's horizon, `span_s` counts from the epoch. Edges are found to `tolerance_s`
    by bisection; spells shorter than `step_s` may be missed. Raises IlrsError for a mast that the
    profile does not enclose, EphemerisRangeError for the span.
    """
    return _body_windows(
        SUN, profile, span_s=span_s, epoch_tdb_s=epoch_tdb_s, mast_height_m=mast_height_m,
        sky=sky, visible_part=visible_part, step_s=step_s, tolerance_s=tolerance_s,
    )  # fmt: skip


def dark_windows(profile: xr.Dataset, *, span_s: tuple[float, float], **given: Any) -> Windows:
    """The rest of the span beside `sunlit_windows`, which lists the arguments. [s]"""
    return sunlit_windows(profile, span_s=span_s, **given).within(*span_s)


def earth_windows(
    profile: xr.Dataset,
    *,
    span_s: tuple[float, float],
    epoch_tdb_s: float,
    mast_height_m: float,
    sky: Sky,
    visible_part: VisiblePart = "half",
    step_s: float = _STEP_S,
    tolerance_s: float = 30.0,
) -> Windows:
    """Times with `visible_part` of Earth, by default its centre, above the horizon. [s]

    Arguments and errors as `sunlit_windows`.
    """
    return _body_windows(
        EARTH, profile, span_s=span_s, epoch_tdb_s=epoch_tdb_s, mast_height_m=mast_height_m,
        sky=sky, visible_part=visible_part, step_s=step_s, tolerance_s=tolerance_s,
    )  # fmt: skip


def crossing_windows(t_s: npt.ArrayLike, margin_deg: npt.ArrayLike) -> Windows:
    """Times at which a series stands above 0, with edges by linear interpolation. [s]

    For series already at hand, such as a limb's elevation less the horizon's; an edge is as good as
    the series is straight between two samples. Raises IlrsError for times that do not ascend, for
    sizes that differ and for values that are no numbers.
    """
    t, margin = np.asarray(t_s, dtype=np.float64), np.asarray(margin_deg, dtype=np.float64)
    if t.shape != margin.shape or t.size < 2 or not (np.diff(t) > 0.0).all():
        raise IlrsError(
            f"{t.size} times and {margin.size} values for windows",
            "each value has its time, there are at least two, and times ascend",
            "Give both as one series in order.",
        )
    if not np.isfinite(margin).all():
        raise IlrsError(
            f"{int((~np.isfinite(margin)).sum())} of {margin.size} values are no finite numbers",
            "windows are found where a value passes through 0",
            "Fill the gaps, or cut the series there.",
        )
    above = margin > 0.0
    change = np.flatnonzero(above[1:] != above[:-1])
    rise = margin[change + 1] - margin[change]
    crossing = t[change] - margin[change] / rise * (t[change + 1] - t[change])
    edges = [float(t[0])] if above[0] else []
    edges += crossing.tolist()
    edges += [float(t[-1])] if len(edges) % 2 else []
    return Windows(zip(edges[::2], edges[1::2], strict=True))


def union_share(sources: Mapping[str, Windows], *, span_s: tuple[float, float]) -> float:
    """Share of a span in which at least one source is there, 0 to 1: two sites' light. [1]"""
    return 1.0 - _none(sources, span_s).total_s / (span_s[1] - span_s[0])


def coincident_outage(
    sources: Mapping[str, Windows], *, span_s: tuple[float, float]
) -> Coincidence:
    """Shares of a span with each source and with none, and the longest time with none.

    For instance {"sun": …, "earth": …, "relay": …}: the station alone in the dark. Raises IlrsError
    for an empty span.
    """
    if not span_s[1] > span_s[0]:
        raise IlrsError(
            f"a span from {span_s[0]:g} to {span_s[1]:g} s",
            "a span ends after it starts",
            "Exchange or correct the two.",
        )
    length_s = span_s[1] - span_s[0]
    whole = Windows([span_s])
    none = _none(sources, span_s)
    longest = int(np.argmax(none.duration_s)) if len(none) else -1
    return Coincidence(
        {name: (windows & whole).total_s / length_s for name, windows in sources.items()},
        1.0 - none.total_s / length_s,
        none.total_s / length_s,
        none.longest_s,
        float(none.start_s[longest]) if len(none) else float("nan"),
    )


def _none(sources: Mapping[str, Windows], span_s: tuple[float, float]) -> Windows:
    together = Windows(span for windows in sources.values() for span in windows)
    return together.within(*span_s)


def _body_windows(
    body: int,
    profile: xr.Dataset,
    *,
    span_s: tuple[float, float],
    epoch_tdb_s: float,
    mast_height_m: float,
    sky: Sky,
    visible_part: VisiblePart,
    step_s: float,
    tolerance_s: float,
) -> Windows:
    place: dict[str, Any] = {
        "latitude_deg": float(profile.attrs["latitude_deg"]),
        "longitude_deg": float(profile.attrs["longitude_deg"]),
        "height_m": float(profile.attrs["ground_height_m"]) + mast_height_m,
    }

    def in_view(t_s: FloatArray) -> npt.NDArray[np.bool_]:
        azimuth, elevation, distance = (
            values[0]
            for values in apparent_directions((body,), epoch_tdb_s + t_s, **sky.kernels, **place)
        )
        radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[body])
        limb = limb_elevation_deg(elevation, radius, visible_part=visible_part)
        return np.asarray(limb > horizon_at(profile, azimuth, mast_height_m=mast_height_m))

    return find_windows(in_view, span_s, step_s=step_s, tolerance_s=tolerance_s)
