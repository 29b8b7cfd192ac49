"""The columns as one asker sees them: of labels that they may not see nothing is told.

Whoever knows of a product need not see its label. What is asked of the label's fields is then
answered as if they were empty, so that nothing can be found, counted or put in order by them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.columns import Codes, Columns
from ilrs.datacentre.ranks import UNKNOWN_RANK, Ranks
from ilrs.datacentre.record import OF_LABEL
from ilrs.datacentre.seen import RightsArrays, Seen
from ilrs.datacentre.shapes import Rows

__all__ = ["Shown"]

Numbers = npt.NDArray[Any]


class Shown:
    """Columns, and whose labels are seen: None where all are of what is seen."""

    def __init__(self, columns: Columns, labels: Seen | None) -> None:
        self._columns, self._labels = columns, labels
        self._hidden: npt.NDArray[np.bool_] | None = None

    @property
    def size(self) -> int:
        return self._columns.size

    @property
    def ids(self) -> Numbers:
        return self._columns.ids

    def rows_of(self, ids: Sequence[int] | Numbers) -> Rows:
        """Rows by their ids."""
        return self._columns.rows_of(ids)

    def seen(self, seen: Seen, *, is_newest: bool, rows: Rows | None = None) -> Numbers:
        """As `Columns.seen`."""
        return self._columns.seen(seen, is_newest=is_newest, rows=rows)

    def rights_of(self, seen: Seen, *, is_newest: bool) -> RightsArrays:
        """As `Columns.rights_of`."""
        return self._columns.rights_of(seen, is_newest=is_newest)

    @property
    def hides_labels(self) -> bool:
        """Whether labels of some rows may be hidden."""
        return self._labels is not None

    def hides(self, field: str) -> bool:
        """Whether a field may be hidden in some rows."""
        return self.hides_labels and field in OF_LABEL

    @property
    def hidden(self) -> npt.NDArray[np.bool_]:
        """Of each row whether its label is hidden."""
        if self._hidden is None:
            self._hidden = self.hidden_of(None)
        return self._hidden

    def hidden_of(self, rows: Rows | None) -> npt.NDArray[np.bool_]:
        """The same of these rows, or of all."""
        if self._labels is None:
            return np.zeros(self.size if rows is None else len(rows), dtype=bool)
        seen = self._columns.seen(self._labels, is_newest=False, rows=rows)
        return np.asarray(seen == 0)

    def field(self, name: str, session: Session) -> Any:
        """As `Columns.field`, empty where it is hidden."""
        kept = self._columns.field(name, session)
        if not self.hides(name):
            return kept
        if isinstance(kept, Codes):
            return kept.without(self.hidden)
        return np.where(self.hidden, 0.0, kept)  # counts and sizes, all of nothing

    def ranks(self, name: str, session: Session, *, is_read: bool) -> Ranks | None:
        """As `Columns.ranks`, unknown where the field is hidden."""
        kept = self._columns.ranks(name, session, is_read=is_read)
        if kept is None or not self.hides(name):
            return kept
        return Ranks(np.where(self.hidden, UNKNOWN_RANK, kept.ranks), kept.ids)
