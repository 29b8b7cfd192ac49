"""The station's electric network: buses, and cables between them with a limit and a loss.

A cable carries up to its limit either way; of the power P that it is sent, I^2 R is lost: with
I = P / V and a voltage that is held at the end that sends, that is R / V^2 x P^2. No voltages are
solved for: each bus has its own converter. Which joints are cables is said in
`ilrs.programme.power_joints`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element
from ilrs.programme.power_joints import Grid, PowerJoint, loops, power_grid
from ilrs.station.rows import BUSES

__all__ = [
    "Network",
    "cable_loss_fraction",
    "cable_name",
    "delivered_w",
    "sent_w",
    "station_network",
]

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray

COPPER_OHM_M = 1.7241e-8  # annealed copper at 20 degC: IEC 60028
MOST_LOSS = 0.5  # beyond it, more power sent means less delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Buses as a forest, each after the one that its cable leads to, and each element's bus."""

    buses: Rows  # of BUSES
    bus: npt.NDArray[np.int64]  # of each element
    ends: tuple[tuple[str, str] | None, ...]  # of each bus's cable: the element here, and there


def cable_name(here: str, there: str) -> str:
    """How a run names a cable, by the elements at its ends."""
    return f"{here} – {there}"


def delivered_w(power_w: Values, *, loss_per_w: Values) -> FloatArray:
    """What arrives of the power sent into a cable, of which `loss_per_w` x power^2 is lost. [W]"""
    return np.asarray(power_w * (1.0 - np.asarray(loss_per_w) * power_w))


def sent_w(power_w: Values, *, loss_per_w: Values) -> FloatArray:
    """What must be sent for so much to arrive, up to half of it lost: inverts `delivered_w`. [W]"""
    root = np.sqrt(1.0 - 4.0 * np.asarray(loss_per_w) * power_w)
    return np.asarray(2.0 * np.asarray(power_w) / (1.0 + root))


def cable_loss_fraction(
    power_w: Values, *, voltage_v: Values, length_m: Values, section_m2: Values
) -> FloatArray:
    """Part of the power sent that two copper conductors turn into heat. [1] Any shape.

    Ohm: I^2 R over the power sent, with I = P / V and the resistance of the way there and back at
    20 degC. A cable on cold ground loses less: copper's resistance falls by 0.39 % a kelvin.
    """
    resistance_ohm = 2.0 * COPPER_OHM_M * np.asarray(length_m, dtype=np.float64) / section_m2
    return np.asarray(power_w * resistance_ohm / np.asarray(voltage_v) ** 2)


def _loss_per_w(cable: PowerJoint) -> float:
    """R / V^2 of a cable, of which the square of the power sent is lost. [1/W]"""
    loss = cable.loss
    if loss == 0.0 or cable.power_w == 0.0:
        return 0.0
    if not cable.power_w or (loss is None and not (cable.voltage_v and cable.section_m2)):
        raise IlrsError(
            f"the loss of the cable between {' and '.join(cable.ends)} is not known",
            "a cable has a `loss` at its `power`, or `length`, `section`, `voltage` and `power`",
            "Add what lacks.",
        )
    if loss is None:
        assert cable.voltage_v and cable.section_m2  # asked above
        loss = float(
            cable_loss_fraction(
                cable.power_w, voltage_v=cable.voltage_v,
                length_m=cable.length_m or 0.0, section_m2=cable.section_m2,
            )
        )  # fmt: skip
        if loss > MOST_LOSS:
            wanted_m2 = cable.section_m2 * loss / MOST_LOSS
            raise IlrsError(
                f"the cable between {' and '.join(cable.ends)} would lose {loss:.0%} of"
                f" {cable.power_w:g} W",
                f"a cable loses at most {MOST_LOSS:.0%} of what it is sent: more power sent would"
                " mean less delivered",
                f"Give it a section of {wanted_m2 * 1e6:.3g} mm2 or more, a higher voltage, or"
                " less power.",
            )
    if not 0.0 <= loss <= MOST_LOSS:
        raise IlrsError(
            f"the cable between {' and '.join(cable.ends)} loses {loss:.0%}",
            f"a loss is 0 % or more and at most {MOST_LOSS:.0%}: more power sent would mean less"
            " delivered",
            "Correct it in its file.",
        )
    return loss / cable.power_w


def _ordered(grid: Grid) -> list[tuple[int, int, PowerJoint | None]]:
    """Buses as (place, place of the parent or -1, cable to it), parents first.

    The largest bus of each tree is its root.
    """
    ways: dict[int, list[tuple[int, PowerJoint]]] = {k: [] for k in range(len(grid.buses))}
    for cable in grid.cables:
        first, last = (grid.bus_of(end) for end in cable.ends)
        ways[first].append((last, cable))
        ways[last].append((first, cable))
    found: dict[int, tuple[int, int, PowerJoint | None]] = {}
    for root in sorted(ways, key=lambda k: -len(grid.buses[k])):
        waiting: list[tuple[int, int, PowerJoint | None]] = [(root, -1, None)]
        while waiting:
            row = waiting.pop(0)
            if row[0] not in found:
                found[row[0]] = row
                waiting += [(k, row[0], cable) for k, cable in ways[row[0]] if k not in found]
    return list(found.values())


def station_network(elements: Sequence[Element]) -> Network:
    """The buses and cables that the elements' power joints declare.

    Raises IlrsError for cables that close a loop, and for one whose loss is not known or cannot be.
    """
    grid = power_grid(elements)
    for cable in loops(grid):
        raise IlrsError(
            f"the cable between {' and '.join(cable.ends)} closes a loop",
            "cables between buses form a tree: power has one way to each",
            "Remove one cable of the loop, or make one a plug, without `length` and `loss`.",
        )
    order = _ordered(grid)
    row = {place: k for k, (place, _, _) in enumerate(order)}
    buses = np.zeros(len(order), dtype=BUSES)
    for k, (_, parent, way) in enumerate(order):
        limit_w = np.inf if way is None or way.power_w is None else way.power_w
        buses[k] = (row.get(parent, -1), limit_w, 0.0 if way is None else _loss_per_w(way))
    places = [row[grid.bus_of(element.id)] for element in elements]
    ends = tuple(
        None if way is None else (way.ends if grid.bus_of(way.ends[0]) == k else way.ends[::-1])
        for k, _, way in order
    )
    return Network(buses=buses, bus=np.array(places, dtype=np.int64), ends=ends)
