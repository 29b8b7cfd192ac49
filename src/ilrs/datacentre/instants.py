"""Instants of products: ISO 8601 UTC texts and microseconds since 1970, for any year from 1 on.

`ilrs.foundation.time` begins in 1972, where UTC took its present form; the Moon was photographed
before. Nothing here is computed with: instants are only put in order, so leap seconds do not
matter and a second 60 is the first of the next minute.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["all_microseconds", "instant_text", "microseconds"]

_ISO = re.compile(
    r"(\d{4})(?:-(\d{3})(?!\d)|-(\d{2})(?:-(\d{2}))?)?"
    r"(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,12}))?)?)?)?(?:Z|\+00:?00)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_USUAL = "1970-01-01T00:00:00Z"  # nearly all look so


def microseconds(utc: str) -> int:
    """Microseconds since 1970 of a UTC text; a year, month or day alone means its beginning.

    Years with months or with days of the year (1966-222) are read, fractions to the microsecond.
    Raises IlrsError for any other text.
    """
    try:
        if len(utc) == 20 and utc[4:20:3] == "--T::Z" and utc.isascii():  # as _USUAL
            return (datetime.fromisoformat(utc) - _EPOCH) // _US
    except ValueError:
        pass  # a second 60, or no instant at all
    match = _ISO.fullmatch(str(utc).strip())
    try:
        if match is None:
            raise ValueError(utc)
        year, of_year, month, day, hour, minute, second, fraction = match.groups()
        start = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0),
                         int(minute or 0), tzinfo=UTC)  # fmt: skip
        moment = start + timedelta(days=int(of_year or 1) - 1)
        if moment.year != start.year or int(of_year or 1) < 1 or int(second or 0) > 60:
            raise ValueError(utc)
        moment += timedelta(seconds=int(second or 0))
    except (ValueError, OverflowError):
        raise IlrsError(
            f"{utc!r} is not a UTC instant",
            "ISO 8601 in UTC is read, such as 1966, 1966-11-20, 1966-324 or 1966-11-20T15:32:48Z",
            "Write the instant so, without another time zone.",
        ) from None
    return (moment - _EPOCH) // _US + int((fraction or "").ljust(6, "0")[:6])


def all_microseconds(texts: Sequence[str]) -> list[int | None]:
    """The same of many texts, in a third of the time where all look alike; None where empty."""
    if not any(texts):
        return [None] * len(texts)
    letters = "".join(texts)
    if not letters.isascii() or set(map(len, texts)) != {len(_USUAL)}:
        return [microseconds(text) if text else None for text in texts]
    usual_us, is_read = _usual_us(np.frombuffer(letters.encode(), np.uint8).reshape(-1, 20))
    told: list[int | None] = usual_us.tolist()
    for k in np.flatnonzero(~is_read).tolist():
        told[k] = microseconds(texts[k])
    return told


_MARKS = [4, 7, 10, 13, 16, 19]
_DIGITS = [k for k in range(20) if k not in _MARKS]
_MARKED = np.frombuffer(b"--T::Z", np.uint8)[:, None]


def _usual_us(
    letters: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Microseconds since 1970 of rows of letters that look like _USUAL, and whether they do."""
    digits = letters.T[_DIGITS] - np.uint8(ord("0"))
    is_read = (letters.T[_MARKS] == _MARKED).all(axis=0) & (digits <= 9).all(axis=0)
    pairs = (digits[::2] * np.uint8(10) + digits[1::2]).astype(np.int64)
    century, of_century, month, day, hour, minute, second = pairs
    year = century * 100 + of_century
    months = year * 12 + month - 1 - 1970 * 12
    first, following = ((months + k).astype("M8[M]").astype("M8[D]").astype(np.int64)
                        for k in (0, 1))  # fmt: skip
    is_read &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    is_read &= (day <= following - first) & (hour < 24) & (minute < 60) & (second < 60)
    days = first + day - 1
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000, is_read


def instant_text(us: int) -> str:
    """ISO 8601 text of microseconds since 1970, with as many decimals as it needs, ending in Z."""
    seconds, fraction = divmod(us, 1_000_000)
    text = _second_text(seconds)
    return f"{text}.{fraction:06d}".rstrip("0") + "Z" if fraction else f"{text}Z"


@lru_cache(maxsize=4096)
def _second_text(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat().removesuffix("+00:00")
