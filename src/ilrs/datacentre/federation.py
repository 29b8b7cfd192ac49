"""What a node tells another of what it holds: a tree to compare, and the records asked for.

Everything is told for a view: another node learns of what its token allows it to download, and
without a token of what is public, as if there were nothing else.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ilrs.datacentre.holdings import Searched, tree_of
from ilrs.datacentre.merkle import Tree
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import Policy, View, carried, with_terms
from ilrs.foundation.errors import IlrsError

__all__ = ["FEDERATION", "MOST_BRANCHES", "MOST_RECORDS", "StaleTreeError", "Telling"]

FEDERATION = "ilrs federation 1"
MOST_BRANCHES, MOST_RECORDS = 64, 100
_FRESH_S = 30.0  # how long a tree answers for the present
_MOST_TREES = 16  # kept, so that who compares with one can end


class StaleTreeError(IlrsError):
    """A tree that is asked about is no longer kept."""


_State: TypeAlias = tuple[Policy, tuple[str, ...]]


class Telling:
    """The answers of one node by its present policy; trees are kept while others compare theirs.

    No tree outlives a change of policy or a withdrawal: it would tell of what is now hidden.
    `narrowed` gives another value once something may be hidden (`catalogue.narrowed`).
    """

    def __init__(
        self,
        catalogue: Searched,
        policy: Callable[[], Policy],
        *,
        narrowed: Callable[[], tuple[str, ...]],
        name: str = "ilrs",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue, self._policy, self._name = catalogue, policy, name
        self._narrowed, self._clock = narrowed, clock
        self._trees: OrderedDict[tuple[Any, str], tuple[_State, float, Tree]] = OrderedDict()

    def about(self, view: View) -> dict[str, Any]:
        """Who tells, the digest of what it holds for this view, and how many versions that is."""
        tree = self._present(view)
        return {
            "format": FEDERATION, "node": self._name, "sha256": tree.sha256,
            "products": len(tree.entries),
        }  # fmt: skip

    def branches(self, view: View, *, root: str, prefixes: Sequence[str]) -> list[dict[str, Any]]:
        """Branches of the tree with that digest. Raises StaleTreeError where it is not kept."""
        kept = self._trees.get((_who(view), root))
        if kept is None or kept[0] != self._state():
            raise StaleTreeError(
                "the tree with that digest is no longer here",
                "what a node holds changes; its present digest is at /federation",
                "Begin again.",
            )
        if len(prefixes) > MOST_BRANCHES:
            raise _too_many(len(prefixes), "branches", MOST_BRANCHES)
        return [kept[2].branch(prefix).to_dict() for prefix in prefixes]

    def records(self, view: View, lidvids: Sequence[str]) -> list[dict[str, Any]]:
        """Records of versions, with the words that carry their rights; none for one not shown."""
        if len(lidvids) > MOST_RECORDS:
            raise _too_many(len(lidvids), "records", MOST_RECORDS)
        found = (self._catalogue.get(lidvid, view=view) for lidvid in lidvids)
        return [self._told(record) for record in found if record is not None]

    def _told(self, record: Record) -> dict[str, Any]:
        access, embargo = carried(record, self._policy())
        told = with_terms(record, self._policy()).to_dict()
        return {"record": told, "access": access, "embargo": embargo}

    def _present(self, view: View) -> Tree:
        who, now, state = _who(view), self._clock(), self._state()
        for (other, _), (made_of, made_s, tree) in reversed(self._trees.items()):
            if other == who and made_of == state and now - made_s < _FRESH_S:
                return tree
        tree = tree_of(self._catalogue, view, self._policy())
        # with the state from before it was made: what changed meanwhile makes it stale
        self._trees[(who, tree.sha256)] = (state, now, tree)
        self._trees.move_to_end((who, tree.sha256))
        while len(self._trees) > _MOST_TREES:
            self._trees.popitem(last=False)
        return tree

    def _state(self) -> _State:
        """What is another value once a tree may tell of what is hidden since."""
        return self._policy(), self._narrowed()


def _who(view: View) -> tuple[Any, Any]:
    return view.always, view.after_release


def _too_many(count: int, what: str, most: int) -> IlrsError:
    return IlrsError(
        f"{count} {what} are asked for at once", f"at most {most} are told", "Ask for fewer."
    )
