"""Rows by their identifiers, where all else that they are sorted by is the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.lid import split_lidvid
from ilrs.datacentre.shapes import Rows
from ilrs.datacentre.shown import Shown
from ilrs.datacentre.sql import Builder

__all__ = ["Names"]

Name: TypeAlias = tuple[str, int, int]  # LID, major and minor number
_BEFORE_ALL: Name = ("", 0, 0)
_FEW = 1000  # rows whose names are looked up, however many the catalogue has
_AT_ONCE = 1000  # names walked along together


@dataclass(frozen=True, slots=True)
class Names:
    """The names of rows of the columns, in the state of a session that these follow."""

    rows: Rows
    columns: Shown
    session: Session

    def in_order(self, groups: Sequence[Rows], count: int, *, after: str = "") -> list[int]:
        """The first of groups of rows, each in the order of names: at most so many.

        Groups and what comes back say which of `rows` they mean. Of the first group none up to the
        LIDVID `after`. Of few in a group the names are looked up; of many the first are met soon on
        the way along all names.
        """
        few = [group for k, group in enumerate(groups)
               if len(group) <= _FEW and (len(group) > 1 or (after and k == 0))]  # fmt: skip
        names = self._looked_up(np.concatenate(few)) if few else {}
        told, last = list[int](), _name(after) if after else _BEFORE_ALL
        for group in groups:
            if len(told) >= count:
                break
            if len(group) > _FEW:
                told += self._along(group, count - len(told), last)
            else:
                members = group.tolist()
                members = [k for k in members if last == _BEFORE_ALL or names[k] > last]
                told += sorted(members, key=names.__getitem__) if len(members) > 1 else members
            last = _BEFORE_ALL
        return told[:count]

    def _looked_up(self, some: Rows) -> dict[int, Name]:
        builder = Builder(self.session.dialect)
        ids = self.columns.ids[self.rows[some]].tolist()
        test = builder.one_of("id", ids)
        query = f"SELECT id, lid, major, minor FROM product WHERE {test}"
        names = {row[0]: tuple(row[1:]) for row in self.session.rows(query, builder.values)}
        return {k: names[number] for k, number in zip(some.tolist(), ids, strict=True)}

    def _along(self, group: Rows, count: int, last: Name) -> list[int]:
        """The first of a group, met on the way along the names of all rows after one."""
        places = np.full(self.columns.size, -1)
        places[self.rows[group]] = group
        query = (
            "SELECT lid, major, minor, id FROM product WHERE (lid, major, minor) > (?1, ?2, ?3) "
            f"ORDER BY lid, major, minor LIMIT {_AT_ONCE}"
        )
        told = list[int]()
        while len(told) < count and (met := list(self.session.rows(query, last))):
            there = places[self.columns.rows_of([row[3] for row in met])]
            told += there[there >= 0].tolist()
            last = met[-1][:3]
        return told[:count]


def _name(lidvid: str) -> Name:
    lid, _, major, minor = split_lidvid(lidvid)
    return lid, major, minor
