"""Questions to a static mirror, on disk or behind any web server, read in pieces by HTTP ranges.

Of the catalogue only its footer is read, then of the groups of rows that can hold an answer the
columns of place and time, and of those that are left the records, which decide. A server without
ranges gives the whole catalogue.
"""

import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ilrs.datacentre.conditions import All, Compare, Condition, During, Inside, Meets, asked_us
from ilrs.datacentre.matching import holds, value_of
from ilrs.datacentre.packing import pack
from ilrs.datacentre.question import Answer, Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.spherical import bounds_xyz
from ilrs.datacentre.static_mirror import BOUNDS, CATALOGUE_NAME, EXACT, FORMAT, SUMMARY_NAME
from ilrs.foundation.errors import IlrsError

__all__ = ["RangeFile", "find_in_mirror"]

_TIMEOUT_S = 60.0
_MOST_SUMMARY_BYTES = 1 << 20


class RangeFile(io.RawIOBase):
    """A file behind HTTP, read where it is asked for; `bytes_read` and `requests` count that."""

    def __init__(self, url: str, *, opener: Any = None) -> None:
        super().__init__()
        self.url = url
        self.bytes_read = self.requests = 0
        self._opener = opener or urllib.request.build_opener()
        self._at, self._etag = 0, ""
        self._whole: bytes | None = None
        self._size = self._begin()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def size(self) -> int:
        """Bytes of the whole file."""
        return self._size

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self._size if size < 0 else min(self._at + size, self._size)
        if stop <= self._at:
            return b""
        content = self._get(self._at, stop)
        self._at = stop
        return content

    def _begin(self) -> int:
        """The file's length, from an answer of one byte; all of it where there are no ranges."""
        status, headers, content = self._ask(0, 1)
        self._etag = headers.get("ETag", "")
        if status == 206:
            return int(headers["Content-Range"].rpartition("/")[2])
        self._whole = content
        return len(content)

    def _get(self, start: int, stop: int) -> bytes:
        if self._whole is not None:
            return self._whole[start:stop]
        status, headers, content = self._ask(start, stop)
        told = headers.get("Content-Range", "").rpartition("/")[2]
        same = headers.get("ETag", "") == self._etag and told == str(self._size)
        if status != 206 or len(content) != stop - start or not same:
            raise IlrsError(
                f"{self.url} has changed while it was read",
                "a mirror is written anew from time to time",
                "Ask again.",
            )
        return content

    def _ask(self, start: int, stop: int) -> tuple[int, Any, bytes]:
        request = urllib.request.Request(self.url, headers={"User-Agent": "ilrs"})
        request.add_header("Range", f"bytes={start}-{stop - 1}")
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                content = answer.read()
        except (OSError, ValueError) as error:  # what urllib raises are OSErrors
            raise _unreachable(self.url, error) from None
        self.requests += 1
        self.bytes_read += len(content)
        return answer.status, answer.headers, content


def find_in_mirror(place: str, question: Question, *, opener: Any = None) -> Answer[Record]:
    """The answer of a static mirror, a folder or an address, to a question without cursor.

    Raises IlrsError where there is no mirror, or none that this version can read.
    """
    at = place.rstrip("/")
    is_web = "://" in at
    summary = _summary(at, is_web, opener)
    if summary.get("format") != FORMAT:
        raise IlrsError(
            f"{place} is no mirror that can be read",
            f"its {SUMMARY_NAME} says {FORMAT!r}",
            "Name a folder or an address that `ilrs data publish` wrote.",
        )
    source: Any = RangeFile(f"{at}/{CATALOGUE_NAME}", opener=opener) if is_web else None
    source = source or str(Path(at) / CATALOGUE_NAME)
    try:
        with pq.ParquetFile(source, pre_buffer=True) as file:
            found = list(_matching(file, question))
    except (pa.ArrowException, OSError) as error:
        raise _unreachable(at, error) from None
    found.sort(key=lambda record: record.lidvid)
    for name, way in reversed(question.sort):
        found.sort(key=_key(name), reverse=way == "descending")
    return Answer(records=tuple(found[: question.limit]), matched=len(found))


def _key(name: str) -> Callable[[Record], Any]:
    def key(record: Record) -> Any:
        value = value_of(name, record)
        return (value is not None, value if value is not None else 0)

    return key


def _summary(at: str, is_web: bool, opener: Any) -> dict[str, Any]:
    try:
        if is_web:
            made = opener or urllib.request.build_opener()
            with made.open(f"{at}/{SUMMARY_NAME}", timeout=_TIMEOUT_S) as answer:
                content = answer.read(_MOST_SUMMARY_BYTES)
        else:
            content = (Path(at) / SUMMARY_NAME).read_bytes()
        found = json.loads(content)
    except (OSError, ValueError) as error:
        raise _unreachable(at, error) from None
    return found if isinstance(found, dict) else {}


def _matching(file: Any, question: Question) -> Iterator[Record]:
    tests = list(_tests(question))
    columns = sorted({name for names, _, _ in tests for name in names} | {"newest"})
    indices = {file.metadata.schema.column(k).name: k for k in range(file.metadata.num_columns)}
    for group in range(file.num_row_groups):
        told = file.metadata.row_group(group)
        ranges = {name: told.column(indices[name]).statistics for name in columns}
        if not all(_may_hold(ranges) for _, _may_hold, _ in tests):
            continue
        table = file.read_row_group(group, columns=columns)
        chosen = np.ones(table.num_rows, dtype=bool)
        if question.versions == "newest":
            chosen &= table["newest"].to_numpy()
        for _, _, fits in tests:
            chosen &= fits(table)
        if not chosen.any():
            continue
        texts = file.read_row_group(group, columns=["record"])["record"].filter(pa.array(chosen))
        for text in texts.to_pylist():
            record = Record.from_dict(json.loads(text))
            if holds(question.where, record) is True:
                yield record


#: Columns looked at; whether a group's statistics admit a hit; which rows do.
_Test = tuple[tuple[str, ...], Callable[[Any], bool], Callable[[Any], Any]]


def _tests(question: Question) -> Iterator[_Test]:
    """What has to be true of a row's columns before its record is looked at."""
    where = question.where
    for part in where.conditions if isinstance(where, All) else (where,):
        test = _test(part)
        if test is not None:
            yield test


def _test(condition: Condition) -> _Test | None:
    match condition:
        case Meets(place) | Inside(place):
            return _in_box(bounds_xyz(pack(place)))
        case During(start, stop):
            return _in_time(*asked_us(start, stop))
        case Compare(field, "=", value) if field in EXACT:
            return _equal(field, str(value))
    return None


def _in_box(box: Any) -> _Test:
    axes = [(BOUNDS[2 * k], BOUNDS[2 * k + 1], box[2 * k], box[2 * k + 1]) for k in range(3)]

    def _may_hold(ranges: Any) -> bool:
        return all(
            _least(ranges[low]) <= most and _most(ranges[high]) >= least
            for low, high, least, most in axes
        )

    def _fits(table: Any) -> Any:
        inside = np.ones(table.num_rows, dtype=bool)
        for low, high, least, most in axes:  # a row without a place has no number: it is not inside
            inside &= table[low].to_numpy() <= most
            inside &= table[high].to_numpy() >= least
        return inside

    return BOUNDS, _may_hold, _fits


def _in_time(start: int | None, stop: int | None) -> _Test:
    def _may_hold(ranges: Any) -> bool:
        begins = stop is None or _least(ranges["start_us"]) < stop
        return begins and (start is None or _most(ranges["stop_us"]) > start)

    def _fits(table: Any) -> Any:
        inside = np.ones(table.num_rows, dtype=bool)
        if stop is not None:
            inside &= _filled(pc.less(table["start_us"], stop))
        if start is not None:
            inside &= _filled(pc.greater(table["stop_us"], start))
        return inside

    return ("start_us", "stop_us"), _may_hold, _fits


def _equal(field: str, value: str) -> _Test:
    def _may_hold(ranges: Any) -> bool:
        told = ranges[field]
        return told is None or not told.has_min_max or told.min <= value <= told.max

    return (field,), _may_hold, lambda table: _filled(pc.equal(table[field], value))


def _filled(truths: Any) -> Any:
    return pc.fill_null(truths, False).to_numpy()


def _least(told: Any) -> Any:
    """The least value of a group; one that admits everything where the file does not say."""
    if told is None or not told.has_min_max:
        return np.inf if told is not None and told.num_values == 0 else -np.inf
    return told.min


def _most(told: Any) -> Any:
    if told is None or not told.has_min_max:
        return -np.inf if told is not None and told.num_values == 0 else np.inf
    return told.max


def _unreachable(place: str, error: Exception) -> IlrsError:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return IlrsError(
        f"the mirror at {place} cannot be read: {reason}",
        "it is a folder or an address that `ilrs data publish` wrote",
        "Correct it, or try again later.",
    )
