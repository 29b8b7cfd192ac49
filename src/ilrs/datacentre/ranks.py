"""Rows in the order of a text that seldom says the same twice: places are kept, the texts are not.

A million titles take hundreds of MB in memory, their places 8 MB; the few texts that a page asks
about are looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.sql import column

__all__ = ["UNKNOWN_RANK", "Ranks", "RankedTexts", "read_ranks"]

Numbers = npt.NDArray[Any]

#: The rank of a row whose text is not known: below all others.
UNKNOWN_RANK = -2


@dataclass(frozen=True, slots=True)
class Ranks:
    """Of each row twice the place of its text among all; of each place the id of a row there."""

    ranks: Numbers
    ids: Numbers


@dataclass(frozen=True, slots=True)
class RankedTexts(Sequence[str]):
    """All texts of a field in their order, each looked up when it is asked for."""

    name: str
    ids: Numbers
    session: Session

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        query = f"SELECT {column(self.name, self.session.dialect)} FROM product p WHERE p.id = ?1"
        ((text,),) = self.session.rows(query, [int(self.ids[place])])
        return str(text)


def read_ranks(name: str, ids: Numbers, session: Session) -> Ranks:
    """The ranks of the rows with these ids, which rise, by a text; those removed have none."""
    query = f"SELECT p.id, {column(name, session.dialect)} FROM product p"
    told = [row for row in session.each(query) if row[1] is not None]
    told.sort(key=lambda row: row[1])
    is_first = np.ones(len(told), dtype=bool)
    is_first[1:] = [one[1] != other[1] for one, other in zip(told, told[1:], strict=False)]
    numbers = np.fromiter((row[0] for row in told), np.int64, len(told))
    ranks = np.full(len(ids), UNKNOWN_RANK, dtype=np.int32)
    ranks[np.searchsorted(ids, numbers)] = 2 * (np.cumsum(is_first) - 1)
    return Ranks(ranks, numbers[is_first])
