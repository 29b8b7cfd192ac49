"""The fewest flights that land given pieces: each piece whole, each flight within what it lands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.linear_program import LinearProgram

__all__ = ["Flight", "Launches", "fewest_launches", "least_flights"]

_NO_LIMIT_KG = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """What a flight can land of the pieces, and whether it flies without them."""

    id: str
    free_kg: float
    flies_anyway: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Launches:
    """On which flight each piece rides, the flights that fly for them alone, and a bound."""

    rides: Mapping[str, str]
    more: tuple[str, ...]
    bound: int  # no design needs fewer flights for its pieces alone


def least_flights(mass_kg: float, flights: Sequence[Flight]) -> int:
    """How many flights more than those that fly anyway so much mass needs, could it be divided."""
    left_kg = mass_kg - sum(max(f.free_kg, 0.0) for f in flights if f.flies_anyway)
    room = sorted((f.free_kg for f in flights if not f.flies_anyway), reverse=True)
    count = 0
    for free_kg in room:
        if left_kg <= 1e-6:
            break
        left_kg -= max(free_kg, 0.0)
        count += 1
    return count


def fewest_launches(
    masses_kg: Mapping[str, float],
    flights: Sequence[Flight],
    *,
    rides: Mapping[str, str],
    fixed: Collection[str] = (),
    bound_kg: float = 0.0,
) -> Launches:
    """The fewest flights for pieces of such masses, as a mixed-integer program solved by HiGHS.

    Of equal numbers it takes the one that moves fewest pieces from their declared `rides`; `fixed`
    pieces keep theirs. `bound_kg` is a mass that no other design goes below: the bound on flights
    follows from it. Raises IlrsError where the pieces do not fit.
    """
    pieces = [piece for piece, mass_kg in masses_kg.items() if mass_kg > 0.0]
    program = LinearProgram()
    flown = program.add_columns(
        len(flights), cost=[0.0 if f.flies_anyway else 1.0 for f in flights],
        lower=[1.0 if f.flies_anyway else 0.0 for f in flights], upper=1.0,
    )  # fmt: skip
    moved = 0.5 / (len(pieces) + 1.0)  # all moves together weigh less than a flight
    aboard = {}
    for piece in pieces:
        stays = [rides.get(piece) == f.id for f in flights]
        allowed = [is_own or piece not in fixed for is_own in stays]
        aboard[piece] = program.add_columns(
            len(flights), cost=np.where(stays, 0.0, moved), upper=np.array(allowed, dtype=float)
        )
        program.put(program.add_rows(1, low=1.0, high=1.0), aboard[piece], 1.0)
        program.whole += aboard[piece].tolist()
    program.whole += flown.tolist()
    for k, flight in enumerate(flights):
        row = program.add_rows(1, high=0.0)
        program.put(row, flown[k], -min(max(flight.free_kg, 0.0), _NO_LIMIT_KG))
        for piece in pieces:
            program.put(row, aboard[piece][k], masses_kg[piece])
    solved = program.solve(wanted_for="the fewest launches")
    if not solved.is_feasible:
        pieces_told = ", ".join(f"{piece} of {masses_kg[piece]:,.0f} kg" for piece in pieces)
        told = ", ".join(f"{f.id} {max(f.free_kg, 0.0):,.0f} kg" for f in flights)
        raise IlrsError(
            f"{pieces_told} do not fit the flights",
            f"free are {told}",
            "Raise the `landed_payload` of one, or divide an element.",
        )
    return Launches(
        rides={p: flights[int(np.argmax(solved.values[aboard[p]]))].id for p in pieces},
        more=tuple(
            f.id for f, y in zip(flights, solved.values[flown], strict=True)
            if y > 0.5 and not f.flies_anyway
        ),
        bound=least_flights(bound_kg, flights),
    )  # fmt: skip
