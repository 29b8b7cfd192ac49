"""What CP-SAT neighbourhoods add to a searched plan: python -m benchmarks.scheduling_moves ROUNDS S

A month of 1,200 requests is searched for so many rounds; from there the search goes on, and beside
it CP-SAT fills stretches of 6 h to 2 days anew, each for so many core-seconds. The solver knows no
stores: of what it finds, what they bear is placed, worth most first, and the plan is kept where it
is no worse and every partner has its share.
"""

import sys
import time

import numpy as np

from benchmarks.scheduling import month
from benchmarks.scheduling_peer import WAITING, _may_run, _Model, _ortools, _tied
from ilrs.operations.filling import shares_of
from ilrs.operations.moves import fits, put, take
from ilrs.operations.packing import Packed
from ilrs.operations.planning import Search, _by_turns, floors_of
from ilrs.operations.slots import FREE, State, total_worth


def move(packed: Packed, state: State, floors: np.ndarray, rng: np.random.Generator) -> float:
    """The worth won by one neighbourhood; 0 where the plan stays as it is."""
    placed, width = state[0], int(rng.integers(24, 2 * 96))
    low = int(rng.integers(0, packed.available.shape[1] - width))
    inside = (placed["start"] >= low) & (placed["start"] + placed["length"] <= low + width)
    cleared = np.flatnonzero(inside & ~_tied(packed, placed, inside))
    waiting = np.flatnonzero(placed["start"] == FREE)
    keen = rng.permutation(_may_run(packed, waiting, low, low + width))[:WAITING]
    before = np.stack([placed["start"], placed["length"]], axis=1).copy()
    held = total_worth(packed, state)
    for x in cleared:
        take(packed, state, item=x)
    model = _Model(_ortools(), packed, state, np.concatenate([cleared, keen]))
    model.build(low, low + width)
    model.hint(before)
    _, found = model.solve(seconds=1.0, seed=int(rng.integers(1 << 30)))
    did = []
    for x in sorted(found, key=lambda x: -packed.items["worth"][x] * found[x][1]):
        start, length = found[x]
        if fits(packed, state, item=x, start=start, length=length):
            put(packed, state, item=x, start=start, length=length)
            did.append(x)
    won = total_worth(packed, state) - held
    if won < 1e-6 or not _sound(packed, state, did) or (shares_of(packed, state) < floors).any():
        for x in did:
            take(packed, state, item=x)
        for x in cleared:
            start, length = before[x].tolist()
            put(packed, state, item=x, start=start, length=length)
        return 0.0
    return won


def _sound(packed: Packed, state: State, items: list[int]) -> bool:
    """Whether what the items come after is placed."""
    rows = (packed.links[packed.items["link"][x] : packed.items["link_end"][x]] for x in items)
    return all((state[0]["start"][links["other"]] != FREE).all() for links in rows)


def main(rounds: int, seconds: float) -> None:
    """Prints what both come to."""
    problem = month(1200)
    packed, state = _by_turns(problem)
    floors = floors_of(problem, packed, state, shares_of(packed, state))
    search = Search(packed, state, floors=floors, seed=1)
    search.run(rounds)
    state, begun = search.best_state(), search.worth
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        search.run(500)
    print(f"{begun:.6g} after {rounds} rounds; the search goes on to {search.worth:.6g}")
    rng, won, begin, tries = np.random.default_rng(1), 0.0, time.process_time(), 0
    while time.process_time() - begin < seconds:
        won, tries = won + move(packed, state, floors, rng), tries + 1
    print(f"{tries} neighbourhoods by CP-SAT come to {begun + won:.6g}")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
