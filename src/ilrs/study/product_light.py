"""The light of a product: where the Sun stood over its place at the middle of its time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.place import centre_deg
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import Submission
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import tdb_from_utc
from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky, open_sky

__all__ = ["lit", "with_light"]

_FURTHEST_US = 9_000_000_000_000_000  # from 1970: nanoseconds in 64 bits end a little beyond


def with_light(record: Record, *, sky: Sky) -> Record:
    """The record with the Sun's azimuth and elevation, where its place and time say where to look.

    The place is its middle, on the mean sphere. Without place or time, for another body than the
    Moon, or out of the kernels' span, the record is given back as it is.
    """
    return replace(record, **_angles_deg(record, sky))


def lit(
    submissions: Iterable[Submission], *, orientation: str = "MOON_ME_DE421"
) -> Iterator[Submission]:
    """The submissions with their light; the kernels are opened when the first one needs them."""
    sky: Sky | None = None
    before: tuple[object, dict[str, Any]] = (None, {})
    for submission in submissions:
        record = submission.record
        if record.place is None:
            yield submission
            continue
        sky = open_sky(orientation) if sky is None else sky
        whence = (record.place, record.start_utc, record.stop_utc, record.target)
        if before[0] != whence:  # products of one place and time follow one another
            before = (whence, _angles_deg(record, sky))
        yield replace(submission, record=replace(record, **before[1]))


def _angles_deg(record: Record, sky: Sky) -> dict[str, Any]:
    """The Sun's angles by the names of a record's fields; empty where nobody can say."""
    if record.place is None or not record.start_utc or record.target.casefold() != "moon":
        return {}
    span_us = [microseconds(utc) for utc in (record.start_utc, record.stop_utc or record.start_utc)]
    if max(map(abs, span_us)) > _FURTHEST_US:
        return {}
    tdb_s = float(tdb_from_utc(np.array(span_us, dtype="datetime64[us]")).mean())
    longitude_deg, latitude_deg = centre_deg(record.place)
    try:
        seen = apparent_directions(
            [SUN], tdb_s, latitude_deg=latitude_deg, longitude_deg=longitude_deg, **sky.kernels
        )
    except IlrsError:  # the kernels do not reach that far
        return {}
    return {
        "sun_azimuth_deg": round(float(seen.azimuth_deg.item()), 4),
        "sun_elevation_deg": round(float(seen.elevation_deg.item()), 4),
    }
