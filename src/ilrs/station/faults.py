"""What breaks in each of many lives of a station, and when: sampled from the declared faults.

Every chance event has its own random number, named by the seed, the lane, the element, the fault
and the count of its failures. So a life is the same in whatever company it is sampled, and two
designs that differ in one element or spare share all other events (common random numbers).

A fault is a part of its element that fails and is mended apart from the others. A spare is a new
part, what is mended in another way keeps its age. Ages count from the start of the run. A robot
works while its own faults leave it any ability: that it froze or lost power is not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element, Fault
from ilrs.programme.fault_rules import spares_pool
from ilrs.station.fault_kernel import BY_ITSELF, BY_NOBODY, BY_SERVER, FAULTS, run_lanes
from ilrs.station.rows import EVENTS

__all__ = ["FaultArrays", "FaultSample", "fault_arrays", "sample_faults"]

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

_YEAR_S = 31557600.0
_CREW = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultArrays:
    """The declared faults of a station, one row per fault, and who mends them."""

    rows: Rows  # of FAULTS
    names: tuple[tuple[str, str], ...]  # element and fault of each row
    elements: int
    servers: IntArray  # the robot's element, -1 for the crew
    spares: IntArray  # element
    visits_s: FloatArray  # visit, (begin, end): seconds from the run's start


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSample:
    """What befalls a number of lanes; `events` are sorted by step."""

    events: Rows  # of EVENTS: from this step on, so much is left of an element's ability
    gone_step: IntArray  # lane, element: from here on it is off for good; -1 for never
    gone_fault: IntArray  # lane, element: row of the fault that did it; -1 for none
    failures: IntArray  # lane, fault: how often it struck


def _key(seed: int, element: str, fault: str) -> tuple[int, int]:
    """Two words that name a fault's random numbers; ids and names keep apart by a zero."""
    told = blake2b(f"{seed}\0{element}\0{fault}".encode(), digest_size=16).digest()
    return int.from_bytes(told[:8], "little"), int.from_bytes(told[8:], "little")


def _refuse_unknown(id_: str, *, fault: str, known: Sequence[str]) -> None:
    if id_ not in known:
        raise IlrsError(
            f"the repair of {fault} names {id_}, which is not in this station",
            f"there are {', '.join(known)}",
            "Name an element that stands at the site from the start.",
        )


def _row(
    element: Element, fault: Fault, *, places: dict[str, int], servers: list[int]
) -> dict[str, Any]:
    """A fault's row, but for its keys; adds the server that mends it to `servers`."""
    repair = fault.repair
    row: dict[str, Any] = {
        "element": places[element.id],
        "rate_s": fault.rate_per_year / _YEAR_S,
        "shape": fault.wear_out.shape if fault.wear_out else 1.0,
        "life_s": fault.wear_out.life_s if fault.wear_out else np.inf,
        "left": fault.left if fault.effect == "degraded" else 0.0,
        "repair": BY_NOBODY,
        "server": -1,
        "pool": -1,
    }
    if fault.effect == "power_cycle":
        return row | {"repair": BY_ITSELF, "repair_s": fault.outage_s}
    if repair is None:
        return row
    pool = spares_pool(element, repair)
    where = f"{element.id}'s {fault.name!r}"
    if pool is not None:
        _refuse_unknown(pool, fault=where, known=list(places))
        row["pool"] = places[pool]
    row |= {"repair_s": repair.time_s, "is_exponential": repair.spread == "exponential"}
    if repair.by in ("itself", "spare"):
        return row | {"repair": BY_ITSELF}
    if repair.by == "robot":
        _refuse_unknown(repair.robot or "", fault=where, known=list(places))
    server = places[repair.robot or ""] if repair.by == "robot" else _CREW
    if server not in servers:
        servers.append(server)
    return row | {"repair": BY_SERVER, "server": servers.index(server)}


def fault_arrays(
    elements: Sequence[Element], *, seed: int, visits_s: Sequence[tuple[float, float]] = ()
) -> FaultArrays:
    """The faults of a station's elements, taken as checked; crews are there during `visits_s`.

    Raises IlrsError where a robot or a spare is not among the elements.
    """
    places = {element.id: k for k, element in enumerate(elements)}
    servers: list[int] = []
    names = [(element.id, fault.name) for element in elements for fault in element.faults]
    rows = np.zeros(len(names), FAULTS)
    faults = [(element, fault) for element in elements for fault in element.faults]
    for k, (element, fault) in enumerate(faults):
        row = _row(element, fault, places=places, servers=servers)
        row["key_0"], row["key_1"] = _key(seed, element.id, fault.name)
        for name, value in row.items():
            rows[name][k] = value
    return FaultArrays(
        rows=rows,
        names=tuple(names),
        elements=len(elements),
        servers=np.array(servers, dtype=np.int64),
        spares=np.array([element.spares for element in elements], dtype=np.int64),
        visits_s=np.array(visits_s, dtype=np.float64).reshape(-1, 2),
    )


def _room(faults: Rows, *, lanes: int, span_s: float) -> int:
    """A guess at how many events there are: two for each failure, with some to spare."""
    a_lane = (faults["rate_s"] * span_s + span_s / faults["life_s"]).sum()
    return int(lanes * (2.0 * a_lane + 4.0) + 10.0 * np.sqrt(lanes * a_lane))


def sample_faults(
    faults: FaultArrays, *, first_lane: int, lanes: int, steps: int, step_s: float
) -> FaultSample:
    """What befalls the lanes from `first_lane` on, over `steps` of `step_s`; lane 0 is the first.

    Changes hold from the nearest step on, so that an outage is as long on average as declared.
    """
    shape = lanes, faults.elements
    bounds = np.searchsorted(faults.rows["element"], np.arange(faults.elements + 1))
    room = _room(faults.rows, lanes=lanes, span_s=steps * step_s)
    while True:  # a second time, and the last, where the guess was too small
        rows = np.zeros(room, EVENTS)
        gone_s, gone_fault = np.full(shape, np.inf), np.full(shape, -1)
        failures = np.zeros((lanes, faults.rows.size), np.int64)
        count = run_lanes(
            faults.rows, bounds, faults.servers, faults.spares, faults.visits_s, steps,
            step_s, first_lane, rows, gone_s, gone_fault, failures,
        )  # fmt: skip
        if count <= room:
            break
        room = count
    rows = rows[:count]
    rows = rows[rows["step"] < steps]
    gone_step = np.where(np.isfinite(gone_s), np.floor(gone_s / step_s + 0.5), -1.0)
    return FaultSample(
        events=rows[np.argsort(rows["step"], kind="stable")],
        gone_step=np.minimum(gone_step, steps - 1).astype(np.int64),
        gone_fault=gone_fault,
        failures=failures,
    )
