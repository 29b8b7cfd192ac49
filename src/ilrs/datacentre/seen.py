"""Which rows of the catalogue's columns a view shows, in numbers and in compiled loops."""

from functools import lru_cache
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.rights import View
from ilrs.datacentre.sql import AGES_US

__all__ = [
    "BLOCK", "UNKNOWN_US", "RightsArrays", "Seen", "classes_of", "is_shown", "last_harvest",
    "seen_by", "shown_all", "shown_of", "ways_of",
]  # fmt: skip

Numbers = npt.NDArray[Any]
UNKNOWN_US = -AGES_US
BLOCK = 4096  # rows of which the last harvest is noted


class Seen(NamedTuple):
    """A view in numbers: classes seen always and after release, at an instant; and how far the
    catalogue is looked at, where an answer is continued."""

    always: tuple[int, ...]
    after_release: tuple[int, ...]
    instant_us: int
    until_us: int = AGES_US

    def shows(self, class_id: int, release_us: int, received_us: int, withdrawn_us: int) -> bool:
        """Whether a row is seen."""
        granted = class_id in self.always or (
            class_id in self.after_release and release_us <= self.instant_us
        )
        return granted and received_us <= self.instant_us < withdrawn_us


def classes_of(session: Session) -> tuple[tuple[int, str], ...]:
    """Numbers and keys of the classes of rights."""
    rows = session.rows("SELECT id, key FROM rights_class ORDER BY id")
    return tuple((int(number), str(key)) for number, key in rows)


def seen_by(view: View, classes: tuple[tuple[int, str], ...]) -> Seen:
    """A view in the numbers of classes of rights."""
    always, after_release = (
        _granting(classes, granted)  # type: ignore[arg-type]  # a view can be hashed
        for granted in (view.always, view.after_release)
    )
    instant_us = max(UNKNOWN_US, min(AGES_US - 1, round(view.instant_s * 1e6)))
    return Seen(always, after_release, instant_us)


@lru_cache(maxsize=1024)
def _granting(classes: tuple[tuple[int, str], ...], granted: Any) -> tuple[int, ...]:
    """The numbers of the classes that are in a container, which stays as it is."""
    return tuple(number for number, key in classes if key in granted)


class RightsArrays(NamedTuple):
    """What the compiled loops need to tell whether a row is seen, and is the newest that is."""

    ways: Numbers  # of each class: 1 seen always, 2 after release, 0 not
    classes: Numbers
    release_us: Numbers
    received_us: Numbers
    withdrawn_us: Numbers
    harvested_us: Numbers
    newer: Numbers  # row of the next newer version, or -1
    instant_us: int
    until_us: int


@lru_cache(maxsize=1024)
def ways_of(last: int, always: tuple[int, ...], after_release: tuple[int, ...]) -> Numbers:
    """Of each class up to the last whether it is seen always (1), after release (2), never (0)."""
    ways = np.zeros(last + 1, dtype=np.uint8)
    ways[list(after_release)] = 2
    ways[list(always)] = 1
    return ways


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _is_seen(rights: Any, row: int) -> bool:
    way = rights.ways[rights.classes[row]]
    granted = way == 1 or (way == 2 and rights.release_us[row] <= rights.instant_us)
    return bool(
        granted
        and rights.received_us[row] <= rights.instant_us < rights.withdrawn_us[row]
        and rights.harvested_us[row] <= rights.until_us
    )


@numba.njit(cache=True, error_model="numpy", nogil=True)
def is_shown(rights: Any, row: int) -> bool:
    """Whether a row is seen and, where newer versions count, none of them is."""
    if not _is_seen(rights, row):
        return False
    if len(rights.newer) > 0:
        other = rights.newer[row]
        while other >= 0:
            if _is_seen(rights, other):
                return False
            other = rights.newer[other]
    return True


@numba.njit(cache=True, error_model="numpy", nogil=True)
def shown_of(rights: Any, rows: Any) -> Any:
    marks = np.empty(len(rows), dtype=np.uint8)
    for k in range(len(rows)):
        marks[k] = is_shown(rights, rows[k])
    return marks


@numba.njit(cache=True, error_model="numpy", nogil=True)
def shown_all(rights: Any, special: Any) -> Any:
    """The same of all rows; of all but special ones class and release say all."""
    marks = np.zeros(len(special), dtype=np.uint8)
    for row in range(len(special)):
        way = rights.ways[rights.classes[row]]
        marks[row] = (way == 1) | ((way == 2) & (rights.release_us[row] <= rights.instant_us))
    for row in range(len(special)):
        if special[row] != 0 and marks[row] != 0:
            marks[row] = is_shown(rights, row)
    return marks


@numba.njit(cache=True, error_model="numpy", nogil=True)
def last_harvest(rights: Any, tops: Any) -> int:
    """Block by block from the end, those alone that may hold a later one."""
    last = UNKNOWN_US
    for block in range(len(tops) - 1, -1, -1):
        if tops[block] > last:
            first = block * BLOCK
            for row in range(first, min(first + BLOCK, len(rights.classes))):
                if rights.harvested_us[row] > last and _is_seen(rights, row):
                    last = rights.harvested_us[row]
    return last
