"""The catalogue's rows as columns in memory, from which questions are answered in milliseconds.

What decides whether a row is seen is read once, and of each field its values when they are first
asked about. From then on the columns follow the database: rows that were added are appended, rows
that were removed are dead; when all were judged anew, all is read anew. Of a million rows the first
take 60 MB, their places 140 MB, all within some seconds.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson

from ilrs.datacentre.catalogue_filing import Session, notes
from ilrs.datacentre.column_values import SAID, reader_of, source_of, unknown_of
from ilrs.datacentre.conditions import FIELDS
from ilrs.datacentre.growing import Growing
from ilrs.datacentre.ranks import Ranks, read_ranks
from ilrs.datacentre.seen import (
    BLOCK,
    UNKNOWN_US,
    RightsArrays,
    Seen,
    classes_of,
    last_harvest,
    shown_all,
    shown_of,
    ways_of,
)
from ilrs.datacentre.shapes import Rows, Shapes
from ilrs.datacentre.sql import AGES_US

__all__ = ["LOOKED_UP", "Codes", "Columns", "Lists"]

Numbers = npt.NDArray[Any]
#: Fields that seldom say the same twice: they stay in the database.
LOOKED_UP = frozenset({"lidvid", "lid", "title", "description", "keywords", "sources"})
_OF_ROWS = {
    "id": "p.id", "class": "p.class", "release_us": "p.release_us", "received_us": "p.received_us",
    "withdrawn_us": "p.withdrawn_us", "harvested_us": "p.harvested_us",
    "start_us": f"coalesce(p.start_us, {UNKNOWN_US})",
    "last_us": f"coalesce(p.last_us, {UNKNOWN_US})",
}  # fmt: skip
#: What is asked for, and which of these it is.
_NAMES = {**{name: name for name in _OF_ROWS},
          **{name.replace("_us", "_utc"): name for name in _OF_ROWS}}  # fmt: skip
_AT_ONCE = 500  # rows read together: so many stay near the processor
_NO_ROWS = np.empty(0, dtype=np.int64)


class _Numbers(dict[str | None, int]):
    """Numbers of texts, each new one the next."""

    def __missing__(self, text: str | None) -> int:
        self[text] = number = len(self)
        return number


class Codes:
    """A text of each row as a small number, 0 where it is unknown."""

    def __init__(self) -> None:
        self._codes = Growing.of(np.uint8)
        self._numbers = _Numbers({None: 0})

    def extend(self, values: Sequence[Any]) -> None:
        self._codes.extend(list(map(self._numbers.__getitem__, values)))

    @property
    def codes(self) -> Numbers:
        return self._codes.values

    @property
    def names(self) -> list[str | None]:
        """What each code stands for."""
        return list(self._numbers)

    def without(self, hidden: Numbers) -> "Codes":
        """The same, unknown in the rows that are hidden."""
        made = Codes()
        made._numbers = self._numbers
        made._codes = Growing(
            np.where(hidden, self.codes.dtype.type(0), self.codes), self.codes.size
        )
        return made


class Lists(Codes):
    """Texts of which a row may have several: codes, and the row that each is of."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = Growing.of(np.int64)

    def extend_for(self, rows: Sequence[int] | Numbers, values: Sequence[Any]) -> None:
        self._rows.extend(rows)
        self.extend(values)

    @property
    def rows(self) -> Numbers:
        return self._rows.values

    def without(self, hidden: Numbers) -> "Lists":
        made, kept = Lists(), ~hidden[self.rows]
        made._numbers = self._numbers
        made._codes = Growing(self.codes[kept], int(kept.sum()))
        made._rows = Growing(self.rows[kept], int(kept.sum()))
        return made


Field: TypeAlias = Growing | Codes | Lists | Shapes
State: TypeAlias = tuple[int, int, int, int]  # rewritten, last id, removed, judged


class Columns:
    """Columns of one catalogue. Whoever asks holds `lock` and lets them `follow` its session."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._state: State = (-1, 0, 0, 0)
        self._of_rows = {name: Growing.of(np.int64) for name in _OF_ROWS}
        self._of_rows["class"] = Growing.of(np.uint8)
        self._newer = Growing.of(np.int64)
        self._special = Growing.of(np.uint8)  # 1 where a row is withdrawn or has a newer version
        self._fields: dict[str, Field] = {}
        self._ranks: dict[str, Ranks] = {}  # of the rows that there are
        self.classes: tuple[tuple[int, str], ...] = ()  # numbers and keys of classes of rights
        self._rights = self._rights_now()
        self._last_received = self._last_harvest = UNKNOWN_US
        self._tops = np.empty(0, dtype=np.int64)

    # --- what is in them --------------------------------------------------------------------------

    @property
    def size(self) -> int:
        return self._newer.size

    @property
    def ids(self) -> Numbers:
        return self._of_rows["id"].values

    def rows_of(self, ids: Sequence[int] | Numbers) -> Rows:
        """Rows by their ids."""
        return np.searchsorted(self.ids, np.asarray(ids, dtype=np.int64))

    def field(self, name: str, session: Session) -> Any:
        """The column of a field, or of 'place': numbers (instants in microseconds), Codes, Lists,
        or Shapes."""
        if name in _NAMES:
            return self._of_rows[_NAMES[name]].values
        if name not in self._fields:
            aside = self.aside([name])
            aside.read(session)
            self.take(aside)
        kept = self._fields[name]
        return kept.values if isinstance(kept, Growing) else kept

    def ranks(self, name: str, session: Session, *, is_read: bool) -> Ranks | None:
        """Rows in order by a text of LOOKED_UP; None where it is not kept and is not to be read."""
        if is_read and name not in self._ranks:
            self._ranks[name] = read_ranks(name, self.ids, session)
        return self._ranks.get(name)

    def aside(self, names: Iterable[str]) -> "Aside":
        """Columns of fields that were not asked about yet, to be read while others ask."""
        fields = {name: _empty(name) for name in names if name not in self._fields}
        return Aside(self._state, self.ids, fields)

    def take(self, aside: "Aside") -> None:
        """Takes over what was read aside, unless the catalogue has changed meanwhile."""
        if aside.state == self._state:
            self._fields = aside.fields | self._fields

    # --- what is seen -----------------------------------------------------------------------------

    def seen(self, seen: Seen, *, is_newest: bool, rows: Rows | None = None) -> Numbers:
        """Of each of these rows, or of all, whether it is seen and no newer version is: 0 or 1."""
        rights = self.rights_of(seen, is_newest=is_newest)
        if rows is not None:
            return np.asarray(shown_of(rights, rows))
        special = self._special.values
        if self._last_received > seen.instant_us or self._last_harvest > seen.until_us:
            special = np.ones(len(special), dtype=np.uint8)
        return np.asarray(shown_all(rights, special))

    def last_harvest_us(self, seen: Seen) -> int:
        """The last time of harvest that is seen; that of the unknown where nothing is."""
        return int(last_harvest(self.rights_of(seen, is_newest=False), self._tops))

    def _rights_now(self) -> RightsArrays:
        of = {name: kept.values for name, kept in self._of_rows.items()}
        return RightsArrays(np.zeros(1, dtype=np.uint8), of["class"], of["release_us"],
                       of["received_us"], of["withdrawn_us"], of["harvested_us"],
                       self._newer.values, 0, 0)  # fmt: skip

    def rights_of(self, seen: Seen, *, is_newest: bool) -> RightsArrays:
        """What compiled loops need to tell which rows are seen, and are the newest that are."""
        last = self.classes[-1][0] if self.classes else 0
        newer = self._rights.newer if is_newest else _NO_ROWS
        ways = ways_of(last, seen.always, seen.after_release)
        return RightsArrays(ways, *self._rights[1:6], newer, seen.instant_us, seen.until_us)

    # --- how they follow --------------------------------------------------------------------------

    def follow(self, session: Session, *, at_any_rate: bool = False) -> bool:
        """Brings the columns to the state that a session sees; False where they are past it.

        Then another thread has asked a newer session meanwhile, and one begun anew sees more. At
        any rate, all is read anew: the catalogue may have been put back from a copy.
        """
        noted = notes(session)
        rewritten, last_id, removed, judged = (
            int(noted.get(name, 0)) for name in ("rewritten", "last_id", "removed", "judged")
        )
        state = rewritten, last_id, removed, judged
        if state == self._state:
            return True
        if state[0] < self._state[0] or (
            state[0] == self._state[0] and min(np.subtract(state, self._state)) < 0
        ):
            if not at_any_rate:
                return False
            self._clear()
        try:
            if state[0] != self._state[0]:
                self._clear()
                self._state = (rewritten, 0, 0, judged)
            self._append(session, self._state[1])
            self._bury(session, self._state[2])
            if judged != self._state[3]:
                self._judge(session)
        except BaseException:
            self._clear()  # else some columns would be longer than others
            raise
        self._state = state
        return True

    def _append(self, session: Session, before: int) -> None:
        """Rows after an id, in all columns that there are."""
        size = self.size
        for kept in _chunks(session, ", ".join(_OF_ROWS.values()), before):
            added = np.array(kept, dtype=np.int64)
            for k, name in enumerate(_OF_ROWS):
                self._of_rows[name].extend(added[:, k])
            self._newer.extend(np.full(len(added), -1))
            withdrawn = added[:, list(_OF_ROWS).index("withdrawn_us")]
            self._special.extend(withdrawn < AGES_US)
        if self.size > size:
            self._ranks.clear()
        self._link(session, before)
        _read(session, self._fields, self.ids, before)
        self.classes = classes_of(session)
        self._rights = self._rights_now()
        harvested = self._rights.harvested_us
        self._last_received = int(self._rights.received_us.max(initial=UNKNOWN_US))
        self._last_harvest = int(harvested.max(initial=UNKNOWN_US))
        blocks = np.arange(0, self.size, BLOCK)
        self._tops = np.maximum.reduceat(harvested, blocks) if self.size else harvested

    def _link(self, session: Session, before: int) -> None:
        for test in ("newer_id > ?1", "newer_id IS NOT NULL AND id > ?1"):
            rows = session.rows(f"SELECT id, newer_id FROM product WHERE {test}", [before])
            links = np.array(list(rows), dtype=np.int64).reshape(-1, 2)
            places = self.rows_of(links)
            self._newer.values[places[:, 0]] = places[:, 1]
            self._special.values[places[:, 0]] = 1

    def _bury(self, session: Session, before: int) -> None:
        """Rows that were removed: of class 0, which nobody sees."""
        query = "SELECT product FROM removed WHERE number > ?1"
        gone = np.array([row[0] for row in session.rows(query, [before])], dtype=np.int64)
        rows = self.rows_of(gone)
        rows = rows[rows < self.size]
        if len(rows):
            self._ranks.clear()  # their texts are no longer there to be looked up
        self._of_rows["class"].values[rows[np.isin(self.ids[rows], gone)]] = 0

    def _judge(self, session: Session) -> None:
        """Classes and releases of all rows anew; those that were removed are of class 0."""
        read = [np.array(rows, dtype=np.int64)
                for rows in _chunks(session, "p.id, p.class, p.release_us", 0)]  # fmt: skip
        judged = np.concatenate(read) if read else np.empty((0, 3), dtype=np.int64)
        places = self.rows_of(judged[:, 0])
        for k, name in ((1, "class"), (2, "release_us")):
            values = np.zeros(self.size, dtype=np.int64)
            values[places] = judged[:, k]
            self._of_rows[name] = Growing.of(np.uint8 if name == "class" else np.int64)
            self._of_rows[name].extend(values)
        self.classes = classes_of(session)
        self._rights = self._rights_now()


@dataclass(frozen=True, slots=True)
class Aside:
    """Columns of fields, empty until they are read; of the rows that the catalogue had then."""

    state: State
    ids: Numbers
    fields: dict[str, Field]

    def read(self, session: Session) -> None:
        """Reads them from a session in that state: together in little more time than one."""
        _read(session, self.fields, self.ids, 0)


def _read(session: Session, fields: Mapping[str, Field], ids: Numbers, before: int) -> None:
    """Appends to fields what rows have whose id is greater; what was removed meanwhile has none."""
    if not fields:
        return
    sources = {name: source_of(name) for name in fields}
    told = list(dict.fromkeys(sources.values()))
    done = int(np.searchsorted(ids, before, side="right"))
    for rows in _chunks(session, ", ".join(("p.id", *told)), before):
        numbers, *columns = zip(*rows, strict=True)
        places = np.searchsorted(ids, numbers)
        end, of = int(places[-1]) + 1, dict(zip(told, columns, strict=True))
        if SAID in of:
            of[SAID] = tuple(map(orjson.loads, of[SAID]))
        for name, kept in fields.items():
            values = reader_of(name)(of[sources[name]])
            if isinstance(kept, Lists):
                kept.extend_for(np.repeat(places, list(map(len, values))),
                                list(chain.from_iterable(values)))  # fmt: skip
            else:
                kept.extend(_spread(values, places - done, end - done, unknown_of(name)))
        done = end
    for name, kept in fields.items():
        if not isinstance(kept, Lists):
            kept.extend([unknown_of(name)] * (len(ids) - done))


def _spread(values: list[Any], places: Rows, size: int, unknown: Any) -> list[Any]:
    """So many values, some in their places, the others unknown."""
    if size == len(values):
        return values
    whole = [unknown] * size
    for place, value in zip(places.tolist(), values, strict=True):
        whole[place] = value
    return whole


def _empty(name: str) -> Field:
    if name == "place":
        return Shapes()
    made: dict[str, Callable[[], Any]] = {
        "text": Codes, "list": Lists, "number": lambda: Growing.of(np.float64),
        "instant": lambda: Growing.of(np.int64),
    }  # fmt: skip
    empty: Field = made[FIELDS[name]]()
    return empty


def _chunks(session: Session, what: str, before: int) -> Iterator[list[tuple[Any, ...]]]:
    """What is asked for of all rows after an id, in the order of ids."""
    query = f"SELECT {what} FROM product p WHERE p.id > ?1 ORDER BY p.id"
    rows = iter(session.each(query, [before]))
    while chunk := list(islice(rows, _AT_ONCE)):
        yield chunk
