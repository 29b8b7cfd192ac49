"""Plans and almanacs in calendars: the clocks of those who plan together, and iCalendar (RFC 5545).

Equal events give equal bytes: nothing in them comes from a clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_bytes
from ilrs.foundation.time import utc_from_tdb

__all__ = ["ZONES", "CalendarEvent", "Zone", "folded", "icalendar", "zones_of"]

_LONGEST_LINE = 75  # octets, RFC 5545 section 3.1


@dataclass(frozen=True, slots=True)
class Zone:
    """A clock that stands a whole number of hours before UTC, all year."""

    name: str
    hours: int

    def text(self, tdb_s: float) -> str:
        """ISO 8601 text of an instant (TDB past J2000) on this clock, to the nearest second."""
        utc: Any = utc_from_tdb(tdb_s + 0.5)
        local = np.datetime_as_string(utc + np.timedelta64(self.hours, "h"), unit="s")
        return f"{local}+{self.hours:02d}:00" if self.hours else f"{local}Z"


#: Beijing has kept UTC+8 without summer time since 1991-09-15, Moscow UTC+3 since 2014-10-26
#: (IANA time zone database, Asia/Shanghai and Europe/Moscow).
ZONES = {
    "UTC": Zone("UTC", 0),
    "Beijing": Zone("Beijing", 8),
    "Moscow": Zone("Moscow", 3),
}


def zones_of(names: str | Sequence[str]) -> tuple[Zone, ...]:
    """The zones named, in that order; a text names several with commas.

    Upper and lower case are the same. Raises IlrsError for a name that is unknown.
    """
    given = names.split(",") if isinstance(names, str) else names
    known = {name.lower(): zone for name, zone in ZONES.items()}
    for name in given:
        if name.strip().lower() not in known:
            raise IlrsError(
                f"no clock is called {name.strip()!r}",
                f"known are {', '.join(ZONES)}",
                "Name them with commas between, such as --zone UTC,Beijing.",
            )
    return tuple(known[name.strip().lower()] for name in given)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """A span of time with what a calendar shows of it."""

    summary: str
    start_tdb_s: float
    end_tdb_s: float
    text: tuple[str, ...] = ()  # lines of its description


def icalendar(
    events: Iterable[CalendarEvent],
    *,
    title: str,
    description: str,
    product: str,
    subject: str,
    zones: Sequence[Zone],
    stamp_tdb_s: float,
) -> str:
    """Events as one iCalendar object (RFC 5545), in UTC; the other clocks stand in each text.

    UIDs are made from `subject` and what and when the event is; DTSTAMP is the instant
    `stamp_tdb_s`, so that the same events give the same bytes. Events shorter than the second that
    a calendar counts are left out.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//ilrs//{product} {version('ilrs')}//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(description)}",
    ]
    for event in events:
        start, end = _stamp(event.start_tdb_s), _stamp(event.end_tdb_s)
        if start == end:
            continue
        local = [
            f"{zone.text(event.start_tdb_s)} to {zone.text(event.end_tdb_s)} ({zone.name})"
            for zone in zones
        ]
        uid = sha256_of_bytes(f"{subject} {event.summary} {start}".encode())[:32]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@ilrs",
            f"DTSTAMP:{_stamp(stamp_tdb_s)}",
            f"DTSTART:{start}",
            f"DTEND:{end}",
            f"SUMMARY:{_escaped(event.summary)}",
            f"DESCRIPTION:{_escaped(chr(10).join([*event.text, *local]))}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(folded(line) + "\r\n" for line in lines)


def _stamp(tdb_s: float) -> str:
    return ZONES["UTC"].text(tdb_s).replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    """Text of a property, RFC 5545 section 3.3.11."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def folded(line: str) -> str:
    """A content line in pieces of at most 75 octets, RFC 5545 section 3.1; no character is cut."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        # The space that opens a continued line counts among its octets.
        if size + octets > _LONGEST_LINE:
            pieces.append(piece)
            piece, size = "", 1
        piece, size = piece + character, size + octets
    return "\r\n ".join([*pieces, piece])
