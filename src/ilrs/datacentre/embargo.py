"""When an embargo ends: rules such as 'P6M after stop', and the instants they give.

An instant here is a number of seconds of UTC since 1970-01-01, as POSIX counts them, so that a
catalogue can compare instants and data of 1959 have one too. What is not known is released never:
NEVER_S, the end of the years with four digits; what knows no embargo is released since ALWAYS_S.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, Self

from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.foundation.errors import IlrsError

__all__ = ["ALWAYS_S", "NEVER_S", "Embargo", "seconds_of_utc", "utc_of_seconds"]

ALWAYS_S = -62_135_596_800.0  # 0001-01-01T00:00:00Z
NEVER_S = 253_402_300_800.0  # 10000-01-01T00:00:00Z
_EPOCH = date(1970, 1, 1)
_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_RULE = re.compile(r"(?:(P\S+)\s+)?after\s+(start|stop|receipt)(?:\s+(P\S+))?", re.ASCII)
_POSSIBLE = (
    "an embargo is 'none', an instant such as 2030-01-01, or a duration after "
    "start, stop or receipt, such as 'P6M after stop'"
)

Event = Literal["start", "stop", "receipt", ""]


def seconds_of_utc(utc: str) -> float:
    """Seconds since 1970 of a UTC text, years 1 to 9999; a bare date is its midnight.

    Raises IlrsError for any other text. A leap second counts as the second after it.
    """
    return min(microseconds(utc) / 1e6, NEVER_S)


def utc_of_seconds(instant_s: float) -> str:
    """ISO 8601 UTC text of seconds since 1970, to the second; '' for NEVER_S."""
    return "" if instant_s >= NEVER_S else instant_text(int(instant_s // 1) * 1_000_000)


@dataclass(frozen=True, slots=True)
class Embargo:
    """A rule that says when a product is released: a duration after an event, or an instant."""

    months: int = 0
    seconds: float = 0.0
    after: Event = ""  # "" counts from the instant `from_s`
    from_s: float = ALWAYS_S

    @classmethod
    def parse(cls, text: str) -> Self:
        """The rule that a text says. Raises IlrsError where it says none."""
        words = str(text).strip()
        if words in {"", "none"}:
            return cls()
        rule = _RULE.fullmatch(words)
        if rule is not None and not (rule[1] and rule[3]):
            event: Event = rule[2]  # type: ignore[assignment]  # the pattern admits these alone
            months, seconds = _duration(rule[1] or rule[3] or "PT0S", words)
            return cls(months=months, seconds=seconds, after=event)
        try:
            return cls(from_s=seconds_of_utc(words))
        except IlrsError:
            raise _fault(words) from None

    def release_s(self, *, start_utc: str, stop_utc: str, received_utc: str) -> float:
        """When a product is released [s since 1970]; NEVER_S where the event's time is unknown."""
        if not self.after:
            return self.from_s
        utc = {"start": start_utc, "stop": stop_utc, "receipt": received_utc}[self.after]
        try:
            begun = seconds_of_utc(utc)
        except IlrsError:
            return NEVER_S
        return min(_months_later(begun, self.months) + self.seconds, NEVER_S)


def _duration(text: str, rule: str) -> tuple[int, float]:
    """Months and seconds of an ISO 8601 duration; months are of the calendar, a day is 86,400 s."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise _fault(rule)
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in match.groups()
    )
    return 12 * years + months, 86400.0 * (
        7 * weeks + days
    ) + 3600.0 * hours + 60 * minutes + seconds


def _months_later(instant: float, months: int) -> float:
    """The same day of a later month, or that month's last day where it is shorter."""
    if not months or instant >= NEVER_S:
        return instant
    day, of_day = divmod(instant, 86400.0)
    return min(_day_later(int(day), months) * 86400.0 + of_day, NEVER_S)


@lru_cache(maxsize=65536)
def _day_later(day: int, months: int) -> int:
    """The same of days since 1970; none is later than the first of the year 10000."""
    at = _EPOCH + timedelta(days=day)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if year > 9999:
        return int(NEVER_S // 86400.0)
    return (date(year, month + 1, min(at.day, monthrange(year, month + 1)[1])) - _EPOCH).days


def _fault(text: str) -> IlrsError:
    return IlrsError(f"{text!r} is not an embargo", _POSSIBLE, "Write it so.")
