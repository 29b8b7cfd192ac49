"""Things in an order in which each follows all that it needs."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from ilrs.foundation.errors import IlrsError

__all__ = ["needs_first"]


def needs_first(needs: Mapping[str, Sequence[str]], *, what: str) -> list[str]:
    """The ids of `needs` in an order in which each follows all that it needs.

    Needs that are no id of the mapping are left out. Raises IlrsError for a circle; `what` names
    the things in it, in the plural.
    """
    graph = {key: [need for need in of_key if need in needs] for key, of_key in needs.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        raise IlrsError(
            f"the {what} {' -> '.join(circle)} need each other in a circle",
            "each can only need what may come before it",
            "Take one of these ids out of a `needs`.",
        ) from None
