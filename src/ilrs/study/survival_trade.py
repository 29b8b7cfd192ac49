"""Mass against survival: the lightest design, then one unit more at a time where it buys most.

All designs live the same lives (common random numbers), so that only the unit added makes a
difference between two points of the curve.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.chance import Difference, paired_difference
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element
from ilrs.sky.sky import open_sky
from ilrs.station.lives import Design, design_of, live
from ilrs.study.report import print_table
from ilrs.study.site_chart import Panel, line_chart
from ilrs.study.site_files import write_text
from ilrs.study.sizing import SizedStation
from ilrs.study.survival import CHUNK, Chance, chance_of, visits_s, with_one_more
from ilrs.study.workers import worked
from ilrs.study.years import years_environment

__all__ = [
    "SurvivalPoint", "print_survival_trade", "survival_trade", "trade_record",
    "write_survival_trade",
]  # fmt: skip

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalPoint:
    """One design of the curve: what was added to the one before it, and how likely it lives."""

    added: str  # the element of which one more stands; "" for the design as it was sized
    mass_kg: float  # of all that was sized and added
    chance: Chance
    gain: Difference | None  # over the point before, on the same lives


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """What all designs of a curve are lived in."""

    environment: xr.Dataset
    seed: int
    visits_s: list[tuple[float, float]]
    years: int
    lives: int
    workers: int | None

    def alive(self, stations: Sequence[Sequence[Element]]) -> list[BoolArray]:
        """Whether each life of each station lasts to the end."""
        designs = tuple(
            design_of(
                these, environment=self.environment, seed=self.seed, visits_s=self.visits_s,
                steps_per_year=self.environment.sizes["time"] // self.years,
            )
            for these in stations
        )  # fmt: skip
        tasks = [(k, first) for k in range(len(designs)) for first in range(0, self.lives, CHUNK)]
        found = [np.zeros(self.lives, dtype=np.bool_) for _ in stations]
        for k, first, lasts in worked(
            _ends, tasks, shared=(designs, self.lives), workers=self.workers
        ):
            found[k][first : first + lasts.size] = lasts
        return found


def survival_trade(
    sized: SizedStation,
    *,
    additions: int,
    lives: int = 256,
    years: int = 10,
    workers: int | None = None,
    terrain: Sequence[Path] = (),
    progress: Callable[[str], None] = lambda step: None,
) -> list[SurvivalPoint]:
    """The chance to live `years` years by landed mass: a design, and up to so many additions.

    Each addition is the whole unit of array, generator or store that buys most survival per
    kilogram on the same `lives`; the curve ends where none buys any. Raises IlrsError where nothing
    is essential, and where nothing could be added.
    """
    case = sized.case
    units = [e for e in sized.elements if (e.array or e.generator or e.storage) and e.mass_kg]
    if not units:
        raise IlrsError(
            f"nothing at {case.site} makes or stores power and has a mass",
            "mass against survival adds units of arrays, generators and stores",
            "Declare the mass of one of them.",
        )
    scenario = case.scenario.model_copy(update={"site": case.site})
    environment, _ = years_environment(
        case.programme, scenario, sized.elements, years=years, sky=open_sky(), terrain=terrain,
        progress=progress,
    )  # fmt: skip
    trial = _Trial(
        environment=environment, seed=scenario.seed, visits_s=visits_s(scenario), years=years,
        lives=lives, workers=workers,
    )  # fmt: skip
    station, mass_kg = list(sized.elements), sized.mass_kg
    progress(f"survival of {mass_kg:,.0f} kg")
    (alive,) = trial.alive([station])
    points = [_point(alive, mass_kg=mass_kg)]
    while len(points) <= additions:
        progress(f"survival of more than {mass_kg:,.0f} kg")
        tried = trial.alive([with_one_more(station, element) for element in units])
        buys = [(int(t.sum()) - int(alive.sum())) / (e.mass_kg or np.inf)
                for t, e in zip(tried, units, strict=True)]  # fmt: skip
        best = int(np.argmax(buys))
        if buys[best] <= 0.0:
            break
        mass_kg += units[best].mass_kg or 0.0
        points.append(_point(tried[best], mass_kg=mass_kg, added=units[best].id, former=alive))
        station, alive = with_one_more(station, units[best]), tried[best]
    return points


def _point(
    alive: BoolArray, *, mass_kg: float, added: str = "", former: BoolArray | None = None
) -> SurvivalPoint:
    gain = None
    if former is not None:
        gain = paired_difference(
            int((alive & ~former).sum()), int((former & ~alive).sum()), lives=alive.size
        )
    chance = chance_of(int(alive.sum()), alive.size)
    return SurvivalPoint(added=added, mass_kg=mass_kg, chance=chance, gain=gain)


def _ends(
    shared: tuple[tuple[Design, ...], int], task: tuple[int, int]
) -> tuple[int, int, BoolArray]:
    """Of one design's lives from a first lane on: whether each lasts to the end."""
    (designs, total), (k, first) = shared, task
    lanes = min(CHUNK, total - first)
    return k, first, live(designs[k], first_lane=first, lanes=lanes).end_step < 0


def trade_record(points: Sequence[SurvivalPoint]) -> list[dict[str, Any]]:
    """The points as plain data."""
    return [asdict(point) for point in points]


def print_survival_trade(points: Sequence[SurvivalPoint], stream: TextIO, *, years: int) -> None:
    """Prints the curve as a table."""
    rows = []
    for point in points:
        chance, gain = point.chance, point.gain
        told = "" if gain is None else f"{100 * gain.value:+.1f} ({_between(gain)}) points"
        what = f"one more {point.added}" if point.added else "as sized"
        rows.append((what, f"{point.mass_kg:,.0f} kg", f"{100 * chance.value:.1f} %",
                     f"{_between(chance)} %", told))  # fmt: skip
    columns = ("design", "mass", f"alive after {years} y", "95 % interval", "on the same lives")
    print_table(columns, rows, stream)


def _between(span: Chance | Difference) -> str:
    sign = "+" if isinstance(span, Difference) else ""
    return f"{100 * span.low:{sign}.1f} to {100 * span.high:{sign}.1f}"


def write_survival_trade(
    points: Sequence[SurvivalPoint], folder: Path, *, title: str, foot: str
) -> list[Path]:
    """Writes the curve as CSV, and as an SVG plot where it has two points or more."""
    folder.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["added", "mass_kg", "alive_fraction", "alive_low", "alive_high", "gain",
                    "gain_low", "gain_high"])  # fmt: skip
    for p in points:
        gained = ("", "", "") if p.gain is None else (p.gain.value, p.gain.low, p.gain.high)
        chance = (p.chance.value, p.chance.low, p.chance.high)
        told = [value if value == "" else f"{value:.4f}" for value in (*chance, *gained)]
        table.writerow([p.added, f"{p.mass_kg:.6g}", *told])
    written = [folder / "survival.csv"]
    write_text(stream.getvalue(), written[0])
    if len(points) > 1:
        panels = [
            Panel(title=f"Alive, % ({name})", colour=colour, top=100.0,
                  values=[100.0 * getattr(p.chance, field) for p in points])
            for name, field, colour in (
                ("as counted", "value", "blue"), ("lower end of its 95 % interval", "low", "amber"),
            )
        ]  # fmt: skip
        text = line_chart(
            [p.mass_kg for p in points], panels, title=title, foot=foot,
            x_title="kilograms landed of what makes and stores power",
        )  # fmt: skip
        written.append(folder / "survival.svg")
        write_text(text, written[-1])
    return written
