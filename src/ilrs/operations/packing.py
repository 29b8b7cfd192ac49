"""A planning problem as plain arrays on slots, for the compiled placing."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.operations.chains import Chain, Refusal, chains, refusals
from ilrs.operations.levels import fill_level
from ilrs.operations.problem import Activity, Capacity, Problem, Store

__all__ = [
    "BLOCK", "DRAW", "ITEM", "LINK", "NEED", "QUIET", "SHARES", "SPAN", "STORE", "Packed", "pack",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
Records: TypeAlias = npt.NDArray[Any]  # of one of the dtypes below

#: What a partner's share is counted in: time run, energy drawn, data made.
SHARES = ("time", "energy", "data")

_RANGE = np.int64
ITEM = np.dtype([
    ("least", _RANGE), ("most", _RANGE),  # duration in slots
    ("need", _RANGE), ("need_end", _RANGE), ("draw", _RANGE), ("draw_end", _RANGE),
    ("quiet", _RANGE), ("quiet_end", _RANGE), ("span", _RANGE), ("span_end", _RANGE),
    ("link", _RANGE), ("link_end", _RANGE),
    ("partner", _RANGE), ("kind", _RANGE),
    ("worth", np.float64),  # of one slot
    ("time", np.float64), ("energy", np.float64), ("data", np.float64),  # shares of one slot
])  # fmt: skip
NEED = np.dtype([("resource", np.int64), ("amount", np.float64)])  # of a capacity, scaled
DRAW = np.dtype([("store", np.int64), ("amount", np.float64)])  # in one slot, scaled
QUIET = np.dtype([("name", np.int64), ("side", np.int64)])  # side 0 disturbs, side 1 is quiet
SPAN = np.dtype([("start", np.int64), ("end", np.int64)])  # slots that an item may fill
LINK = np.dtype([
    ("other", np.int64), ("from_start", np.int64), ("least", np.int64), ("most", np.int64),
])  # fmt: skip
BLOCK = np.dtype([("first", np.int64), ("end", np.int64), ("fixed", np.int64)])  # in `order`
STORE = np.dtype([
    ("capacity", np.float64), ("initial", np.float64), ("fill_efficiency", np.float64),
    ("draw_efficiency", np.float64), ("most_fill", np.float64), ("most_draw", np.float64),
    ("keeps", np.float64),
])  # fmt: skip

NEVER = 1 << 40  # a lag without an upper bound, in slots


class Packed(NamedTuple):
    """The arrays of a problem. `place` maps an item to the problem's activity.

    Capacities and stores are scaled so that their greatest amount is 1, which makes one absolute
    tolerance fit all of them.
    """

    items: Records
    needs: Records
    draws: Records
    quiets: Records
    spans: Records
    links: Records
    blocks: Records
    order: IntArray  # items by block, what is needed first
    whole: IntArray  # whether a block may end after that item
    available: FloatArray  # (capacity, slot)
    stores: Records
    inflow: FloatArray  # (store, slot), in one slot
    least: FloatArray  # (store, slot): the level that must be left
    saturation: FloatArray  # by kind
    place: IntArray
    refused: dict[str, Refusal]  # by activity: what has no item
    partners: tuple[str, ...]
    entitlement: FloatArray
    credit: FloatArray
    capacity_names: tuple[str, ...]
    store_names: tuple[str, ...]
    quiet_names: tuple[str, ...]

    @property
    def work(self) -> tuple[Any, ...]:
        """The arrays that the compiled functions take, in their order."""
        return self[:14]


def pack(problem: Problem) -> Packed:
    """The arrays of all activities that are not refused."""
    refused = refusals(problem)
    places = [k for k, a in enumerate(problem.activities) if a.id not in refused]
    activities = [problem.activities[k] for k in places]
    chained = chains(activities)
    capacities = [r for r in problem.resources if isinstance(r, Capacity)]
    stores = [r for r in problem.resources if isinstance(r, Store)]
    scale = {r.name: 1.0 / _nonzero(np.max(r.available, initial=0.0)) for r in capacities}
    scale |= {r.name: 1.0 / _nonzero(_size(r)) for r in stores}
    tables = _tables(problem, activities, capacities=capacities, stores=stores, scale=scale)
    partners = tuple(sorted({a.partner for a in activities}))
    kinds = sorted({a.kind for a in activities})
    levels = np.array([_inflow(r, problem.step_s) * scale[r.name] for r in stores])
    packed_stores = _stores(stores, scale, step_s=problem.step_s)
    inflow = levels.reshape(len(stores), problem.slots)
    floors = np.array([r.least * scale[r.name] for r in stores], dtype=np.float64)
    return Packed(
        **tables,
        **_blocks(chained),
        available=np.array([r.available * scale[r.name] for r in capacities]).reshape(
            len(capacities), problem.slots
        ),
        stores=packed_stores,
        inflow=inflow,
        least=_least(packed_stores, inflow, floors),
        saturation=np.array([problem.saturation.get(kind, np.inf) for kind in kinds]),
        place=np.array(places, dtype=np.int64),
        refused=refused,
        partners=partners,
        entitlement=np.array([problem.entitlements[p] for p in partners]),
        credit=np.array([problem.credits.get(p, 0.0) for p in partners]),
        capacity_names=tuple(r.name for r in capacities),
        store_names=tuple(r.name for r in stores),
        quiet_names=_quiet_names(activities),
    )


def _nonzero(number: float) -> float:
    return float(number) if number > 0.0 else 1.0


def _size(store: Store) -> float:
    """What a store's amounts are measured by: its capacity, or where unbounded its filling."""
    return store.capacity if np.isfinite(store.capacity) else float(np.abs(store.inflow).sum())


def _inflow(store: Store, step_s: float) -> FloatArray:
    return np.asarray(store.inflow, dtype=np.float64) * step_s


def _stores(stores: Sequence[Store], scale: dict[str, float], *, step_s: float) -> Records:
    rows = [
        (
            r.capacity * scale[r.name], r.initial * scale[r.name], r.fill_efficiency,
            r.draw_efficiency, r.most_fill * step_s * scale[r.name],
            r.most_draw * step_s * scale[r.name], r.keeps,
        )
        for r in stores
    ]  # fmt: skip
    return np.array(rows, dtype=STORE)


def _least(stores: Records, inflow: FloatArray, floors: FloatArray) -> FloatArray:
    """The level that must be left in each slot; lower where the store alone falls below it."""
    alone = np.zeros(inflow.shape)
    for k in range(stores.size):
        fill_level(stores[k], inflow[k], np.zeros(inflow.shape[1]), alone[k])
    return np.minimum(floors[:, None], alone)


def _quiet_names(activities: Sequence[Activity]) -> tuple[str, ...]:
    """Disturbances that somebody makes and somebody else cannot bear."""
    made = {name for a in activities for name in a.disturbs}
    return tuple(sorted(made & {name for a in activities for name in a.quiet}))


def _tables(
    problem: Problem, activities: Sequence[Activity], *, capacities: Sequence[Capacity],
    stores: Sequence[Store], scale: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    """Items, and their needs, draws, disturbances, spans and links, each item's in one stretch."""
    step_s = problem.step_s
    capacity_of = {r.name: k for k, r in enumerate(capacities)}
    store_of = {r.name: k for k, r in enumerate(stores)}
    quiet_of = {name: k for k, name in enumerate(_quiet_names(activities))}
    partner_of = {name: k for k, name in enumerate(sorted({a.partner for a in activities}))}
    kind_of = {name: k for k, name in enumerate(sorted({a.kind for a in activities}))}
    position = {a.id: k for k, a in enumerate(activities)}
    asked = [max(float(total), 1e-30) for total in _asked(activities)]
    items: list[tuple[object, ...]] = []
    needs: list[tuple[int, float]] = []
    draws: list[tuple[int, float]] = []
    quiets: list[tuple[int, int]] = []
    least = [_slots_for(_shortest_s(a), step_s) for a in activities]
    spans, edge = _spans(activities, least, step_s=step_s, slots=problem.slots)
    links: list[tuple[int, int, int, int]] = []
    for k, a in enumerate(activities):
        begin = len(needs), len(draws), len(quiets), len(links)
        for name, amount in a.needs.items():
            if name in capacity_of:
                needs.append((capacity_of[name], amount * scale[name]))
            else:
                draws.append((store_of[name], amount * scale[name] * step_s))
        quiets += [(quiet_of[name], 0) for name in sorted(a.disturbs) if name in quiet_of]
        quiets += [(quiet_of[name], 1) for name in sorted(a.quiet) if name in quiet_of]
        most = _slots_for(a.duration_s, step_s)
        links += [
            (
                position[link.activity], int(link.from_start), _slots_for(link.least_s, step_s),
                int(link.most_s // step_s) if np.isfinite(link.most_s) else NEVER,
            )
            for link in a.after
        ]  # fmt: skip
        edges = (
            begin[0], len(needs), begin[1], len(draws), begin[2], len(quiets), *edge[k : k + 2],
            begin[3], len(links),
        )  # fmt: skip
        items.append((
            least[k], most, *edges, partner_of[a.partner], kind_of[a.kind], a.worth / most,
            step_s / asked[0], a.power_w * step_s / asked[1], a.data_bps * step_s / asked[2],
        ))  # fmt: skip
    return {
        "items": np.array(items, dtype=ITEM),
        "needs": np.array(needs, dtype=NEED),
        "draws": np.array(draws, dtype=DRAW),
        "quiets": np.array(quiets, dtype=QUIET),
        "spans": spans,
        "links": np.array(links, dtype=LINK),
    }


def _shortest_s(activity: Activity) -> float:
    return activity.duration_s if activity.shortest_s is None else activity.shortest_s


def _spans(
    activities: Sequence[Activity], least: Sequence[int], *, step_s: float, slots: int
) -> tuple[Records, list[int]]:
    """Runs of whole slots inside windows that hold the least duration, and where each one's begin.

    A thousandth of a second may be missing at each end of a window.
    """
    owner = np.repeat(np.arange(len(activities)), [len(a.windows) for a in activities])
    none = [np.empty(0)]
    start_s = np.concatenate([a.windows.start_s for a in activities] or none)
    end_s = np.concatenate([a.windows.end_s for a in activities] or none)
    first = np.maximum(np.ceil((start_s - 1e-3) / step_s), 0.0)
    end = np.minimum(np.floor((end_s + 1e-3) / step_s), slots)
    fits = end - first >= np.array(least, dtype=np.int64)[owner]
    spans = np.zeros(int(fits.sum()), dtype=SPAN)
    spans["start"], spans["end"] = first[fits], end[fits]
    counts = np.bincount(owner[fits], minlength=len(activities))
    return spans, [0, *np.cumsum(counts).tolist()]


def _slots_for(duration_s: float, step_s: float) -> int:
    return int(np.ceil(duration_s / step_s - 1e-6))


def _asked(activities: Sequence[Activity]) -> tuple[float, float, float]:
    """All that is asked for: time [s], energy [J], data [bit]."""
    return (
        sum(a.duration_s for a in activities),
        sum(a.duration_s * a.power_w for a in activities),
        sum(a.duration_s * a.data_bps for a in activities),
    )


def _blocks(chained: Sequence[Chain]) -> dict[str, Any]:
    first, rows = 0, []
    for chain in chained:
        end = first + len(chain.members)
        rows.append((first, end, 0))
        first = end
    return {
        "blocks": np.array(rows, dtype=BLOCK),
        "order": np.array([k for chain in chained for k in chain.members], dtype=np.int64),
        "whole": np.array([flag for chain in chained for flag in chain.whole], dtype=np.int64),
    }
