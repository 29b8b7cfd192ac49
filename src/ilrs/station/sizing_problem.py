"""What is to be sized, as arrays: grids, stores, cables, and options that add to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["Bank", "Cable", "Grid", "Lift", "Option", "SizingProblem", "rounded_up"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_PARTS = 2  # of a cable whose loss is curved; more make programs larger, and hardly better ones


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """One bus: whom it must serve, what it makes besides, and what may go unserved, by step.

    `loads_w` names who asks for power, served first to last.
    """

    id: str
    loads_w: Mapping[str, FloatArray]
    made_w: FloatArray  # for nothing: what is not taken is spilled
    sheddable_w: FloatArray  # part of the loads together
    spared_w: FloatArray | float = 0.0  # that could be made, at a price (`solve_blocks`)
    load_w: FloatArray = field(init=False)  # all loads together

    def __post_init__(self) -> None:
        object.__setattr__(self, "load_w", np.sum(list(self.loads_w.values()), axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A store on a grid: what it holds before any option adds to it, and how it works."""

    id: str
    grid: str
    capacity_wh: float = 0.0
    charge_power_w: float = 0.0
    discharge_power_w: float = 0.0
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    minimum_state_of_charge: float = 0.0
    initial_state_of_charge: float = 1.0
    kept_fraction: float = 1.0  # of stored energy over a step, by self-discharge
    gain_wh: float = 0.0  # that it holds more at the end than at the beginning


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Option:
    """What may be landed in a number of units, what one weighs, and what one adds."""

    id: str
    mass_kg: float  # of one unit
    least: float = 0.0
    most: float = np.inf
    is_whole: bool = False
    grid: str = ""  # that `made_w` goes to
    made_w: FloatArray | None = None  # in each step
    bank: str = ""  # that the next three go to
    capacity_wh: float = 0.0
    charge_power_w: float = 0.0
    discharge_power_w: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """What one grid can send to another: at most so much at its beginning, less its loss.

    Of the power sent, a part 1 - `efficiency` is lost, and `loss_per_w` times its square.
    """

    source: str
    destination: str
    most_w: float
    efficiency: float = 1.0
    loss_per_w: float = 0.0

    def parts(self, *, is_worst: bool) -> list[tuple[float, float]]:
        """The cable as straight ones beside each other: the most of each and its efficiency.

        What the curved one delivers is concave, so that a program fills the better parts first.
        By chords they deliver no more than it does (`is_worst`), by tangents no less; both are at
        most 1/16 of its loss at full power apart from it, counted in full power.
        """
        if self.loss_per_w == 0.0:
            return [(self.most_w, self.efficiency)]
        edges = np.linspace(0.0, self.most_w, _PARTS + 1)
        middles = 0.5 * (edges[:-1] + edges[1:])
        if not is_worst:
            edges, middles = np.array([0.0, *middles, self.most_w]), edges
        slopes = self.efficiency - 2.0 * self.loss_per_w * middles
        return list(zip(np.diff(edges).tolist(), slopes.tolist(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """What a flight can still land, and the options that ride on it."""

    id: str
    free_kg: float
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SizingProblem:
    """Everything that a sizing rests on. All series have one length, with `step_s` a step.

    `unserved_fraction` is how much of all energy asked for may be left out, of what is sheddable.
    """

    time: npt.NDArray[np.datetime64]  # begin of each step, UTC
    step_s: float
    grids: Sequence[Grid]
    options: Sequence[Option]
    banks: Sequence[Bank] = ()
    cables: Sequence[Cable] = ()
    lifts: Sequence[Lift] = ()
    unserved_fraction: float = 0.0

    def __post_init__(self) -> None:
        lengths = {self.time.size} | {
            values.size for grid in self.grids for values in (grid.load_w, grid.made_w)
        }
        lengths |= {option.made_w.size for option in self.options if option.made_w is not None}
        if len(lengths) != 1 or 0 in lengths:
            raise IlrsError(
                f"series of {', '.join(map(str, sorted(lengths)))} steps are sized together",
                "all loads and all that is made stand on one time axis",
                "Take them from one environment.",
            )

    @property
    def steps(self) -> int:
        """How many steps the series have."""
        return int(self.grids[0].load_w.size)

    @property
    def load_wh(self) -> float:
        """All energy that is asked for. [Wh]"""
        return sum(float(grid.load_w.sum()) for grid in self.grids) * self.step_s / 3600.0

    @property
    def most_load_w(self) -> float:
        """The largest load of any grid in any step. [W]"""
        return max(float(grid.load_w.max()) for grid in self.grids)

    def net_w(self, units: FloatArray) -> FloatArray:
        """What each grid makes less what it needs (grid, step) with so many units. [W]"""
        net = np.array([grid.made_w - grid.load_w for grid in self.grids])
        place = {grid.id: k for k, grid in enumerate(self.grids)}
        for count, option in zip(units, self.options, strict=True):
            if option.made_w is not None:
                net[place[option.grid]] += count * option.made_w
        return net


def rounded_up(value: float, *, digits: int) -> float:
    """A number above 0 in so many digits, never less than it is."""
    scale = 10.0 ** (np.floor(np.log10(value)) - digits + 1.0)
    return float(f"{np.ceil(value / scale - 1e-6) * scale:.9g}")
