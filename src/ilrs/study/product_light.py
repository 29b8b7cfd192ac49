"""The light of a product: where the Sun stood over its place at the middle of its time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

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
    if record.place is None or not record.start_utc or record.target.casefold() != "moon":
        return record
    span_us = [microseconds(utc) for utc in (record.start_utc, record.stop_utc or record.start_utc)]
    if max(map(abs, span_us)) > _FURTHEST_US:
        return record
    tdb_s = float(tdb_from_utc(np.array(span_us, dtype="datetime64[us]")).mean())
    longitude_deg, latitude_deg = centre_deg(record.place)
    try:
        seen = apparent_directions(
            [SUN], tdb_s, latitude_deg=latitude_deg, longitude_deg=longitude_deg, **sky.kernels
        )
    except IlrsError:  # the kernels do not reach that far
        return record
    return replace(
        record,
        sun_azimuth_deg=round(float(seen.azimuth_deg.item()), 4),
        sun_elevation_deg=round(float(seen.elevation_deg.item()), 4),
    )


def lit(
    submissions: Iterable[Submission], *, orientation: str = "MOON_ME_DE421"
) -> Iterator[Submission]:
    """The submissions with their light; the kernels are opened when the first one needs them."""
    sky: Sky | None = None
    for submission in submissions:
        if submission.record.place is not None:
            sky = open_sky(orientation) if sky is None else sky
            record = with_light(submission.record, sky=sky)
            yield replace(submission, record=record)
        else:
            yield submission
