"""The launch campaign: which cargo flies on which launch, with the fewest launches or the soonest.

A mixed-integer program with one column for each cargo on each launch that could be made, solved by
HiGHS with a proven bound. What must be on the ground before something else lands is written in sums
over all launches up to a day, which is tight: no fraction of a cargo precedes what it needs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.cooperation.order import needs_first
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.linear_program import LinearProgram, Solved

__all__ = ["Campaign", "Cargo", "Carrier", "Landing", "plan_campaign"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
Aim: TypeAlias = Literal["launches", "day", "moves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """What is to be landed in one piece, and what has to be there before it or with it."""

    id: str
    mass_kg: float
    volume_m3: float = 0.0
    needs: tuple[str, ...] = ()  # ids of other cargo
    needs_any: tuple[tuple[str, ...], ...] = ()  # of each of these one is enough
    ready_d: float = 0.0  # from the epoch: the first day on which it can be launched
    by_d: float = float("inf")  # the last day on which it may land
    ride: str = ""  # the carrier on which it is booked
    supply: str = ""  # class of supply where it is consumables or spares


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A launcher with its lander: what a launch puts on the ground, and when launches can be made.

    Launch k, from 0 to `launches` - 1, can be made on day `first_d` + k `interval_d`. `pads` are
    the places where it may land; any where there are none.
    """

    id: str
    landed_kg: float
    volume_m3: float = float("inf")
    launches: int
    first_d: float = 0.0
    interval_d: float
    pads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """One launch of a campaign: who carries what, where to, on which day from the epoch."""

    carrier: str
    day_d: float
    pad: str
    cargo: tuple[str, ...]
    mass_kg: float
    free_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Landings in the order of their days, and what nothing goes below."""

    landings: tuple[Landing, ...]
    aim: Aim
    reached: float  # launches, the day on which the goal is on the ground, or pieces moved
    bound: float  # no campaign goes below it

    @property
    def gap(self) -> float:
        """How far what is reached may lie above the least there is, as a part of it, 0-1."""
        return max(self.reached - self.bound, 0.0) / self.reached if self.reached else 0.0


@dataclass(frozen=True, slots=True)
class _Launch:
    carrier: Carrier
    day_d: float


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """The program with the positions of its columns."""

    program: LinearProgram
    launches: tuple[_Launch, ...]
    carries: IntArray  # (cargo, launch)
    made: IntArray  # (launch)
    pads: tuple[str, ...]
    lands: IntArray  # (launch, pad); empty without pads
    latest: int  # column of the day on which the goal is complete


def plan_campaign(
    cargo: Sequence[Cargo],
    carriers: Sequence[Carrier],
    *,
    aim: Aim = "launches",
    goal: Sequence[str] = (),
    disturbed: Mapping[str, Sequence[str]] | None = None,
    pad_landings: Mapping[str, int] | None = None,
    flown: Sequence[Landing] = (),
    gap: float = 0.0,
    seconds: float = 60.0,
    progress: Callable[[str], None] | None = None,
) -> Campaign:
    """The campaign with the fewest launches, the soonest `goal`, or the fewest pieces moved.

    `goal` are cargo ids (all of it where empty). Of the campaigns with the fewest launches it is
    the one with the soonest goal that the time is enough for, of those with the soonest goal the
    one with the fewest launches, and of those with the fewest pieces off the ride that they are
    booked on the one that lands all of it soonest on the mean. `disturbed` maps
    a pad to the cargo that, once landed, forbids further landings there: plume and keep-out rules.
    `pad_landings` are the most that a pad takes. `flown` landings stand as they were. The search
    ends at a relative `gap` or after `seconds`.

    Raises IlrsError for cargo that no carrier takes, for needs that are not there or go round in a
    circle, and where no campaign lands everything.
    """
    _check(cargo, carriers, goal=goal)
    wanted = goal or [c.id for c in cargo]
    blocked = {pad: tuple(ids) for pad, ids in (disturbed or {}).items()}
    model = _model(cargo, carriers, wanted=wanted, blocked=blocked, flown=flown)
    _pad_limits(model, pad_landings or {})
    costs = _costs(model, cargo)
    then = {"day": "launches", "launches": "day", "moves": "sum of days"}[aim]
    tell = progress or (lambda step: None)
    tell(_STEPS[aim])
    first = _solve(model, costs[aim], gap=gap, seconds=seconds / 2)
    _say_none(first, cargo, carriers)
    bound = first.bound if aim == "day" else float(np.ceil(first.bound - 1e-6))
    # the limit lies a hair above what was reached: it is within the solver's own tolerance
    reached = float(sum(cost * first.values[k] for k, cost in costs[aim].items()))
    row = model.program.add_rows(1, high=reached + 1e-6 if aim == "day" else round(reached))
    model.program.put(row, list(costs[aim]), list(costs[aim].values()))
    tell(_STEPS[then])
    second = _solve(model, costs[then], gap=max(gap, 0.01), seconds=seconds / 2)
    best = second if second.is_feasible else first
    return _campaign(model, best, cargo, aim=aim, wanted=wanted, bound=bound)


_STEPS = {
    "launches": "the fewest launches", "day": "the soonest goal", "moves": "the fewest moves",
    "sum of days": "all of it sooner",
}  # fmt: skip


def _costs(model: "_Model", cargo: Sequence[Cargo]) -> dict[str, dict[int, float]]:
    """What each aim makes least: by column its cost."""
    days_d = [launch.day_d for launch in model.launches]
    moved = [
        int(model.carries[k, f])
        for k, c in enumerate(cargo) if c.ride
        for f, launch in enumerate(model.launches) if launch.carrier.id != c.ride
    ]  # fmt: skip
    return {
        "launches": dict.fromkeys(model.made.tolist(), 1.0),
        "day": {model.latest: 1.0},
        "moves": dict.fromkeys(moved, 1.0),
        "sum of days": {
            int(column): day_d
            for row in model.carries for column, day_d in zip(row, days_d, strict=True)
        },
    }  # fmt: skip


def _check(cargo: Sequence[Cargo], carriers: Sequence[Carrier], *, goal: Sequence[str]) -> None:
    known = {c.id: c for c in cargo}
    for c in cargo:
        of_each = [need for group in c.needs_any for need in group]
        unknown = [need for need in (*c.needs, *of_each) if need not in known]
        if unknown:
            raise IlrsError(
                f"{c.id} needs {' and '.join(unknown)} on the ground",
                "what is needed is cargo of the same campaign",
                "Add it to the campaign, or take the need away.",
            )
        takers = [r for r in carriers if r.landed_kg >= c.mass_kg and r.volume_m3 >= c.volume_m3]
        if not takers:
            most = max(carriers, key=lambda r: r.landed_kg, default=None)
            raise IlrsError(
                f"{c.id} has {c.mass_kg:g} kg and {c.volume_m3:g} m3",
                f"{most.id} lands the most, {most.landed_kg:g} kg" if most else "nothing flies",
                "Split it, or declare a carrier that takes it.",
            )
    needs_first({c.id: c.needs for c in cargo}, what="cargo")
    _check_groups(cargo)
    strangers = [name for name in goal if name not in known]
    if strangers:
        raise IlrsError(
            f"the goal names {' and '.join(strangers)}",
            "a goal is cargo of the campaign",
            "Correct its ids.",
        )


def _check_groups(cargo: Sequence[Cargo]) -> None:
    """Raises IlrsError for cargo that can never land, since each waits for another of them."""
    landed: set[str] = set()
    waiting = list(cargo)
    while waiting:
        free = {
            c.id for c in waiting
            if landed.issuperset(c.needs) and all(landed.intersection(g) for g in c.needs_any)
        }  # fmt: skip
        if not free:
            raise IlrsError(
                f"{', '.join(c.id for c in waiting)} wait for one another",
                "some cargo needs nothing, or only what can land before it",
                "Take a need away, or add what it can do without.",
            )
        landed |= free
        waiting = [c for c in waiting if c.id not in free]


def _model(
    cargo: Sequence[Cargo], carriers: Sequence[Carrier], *, wanted: Sequence[str],
    blocked: Mapping[str, tuple[str, ...]], flown: Sequence[Landing],
) -> _Model:  # fmt: skip
    """The program: each cargo on one launch, within what it lands, after what it needs."""
    launches = sorted(
        (_Launch(c, c.first_d + k * c.interval_d) for c in carriers for k in range(c.launches)),
        key=lambda launch: (launch.day_d, launch.carrier.id),
    )
    program = LinearProgram()
    days_d = np.array([launch.day_d for launch in launches])
    count = len(launches)
    can_fly = np.array([[float(_flies(c, launch)) for launch in launches] for c in cargo]).reshape(
        len(cargo), count
    )
    _say_stranded(cargo, can_fly)
    carries = program.add_columns(can_fly.size, upper=can_fly.ravel()).reshape(can_fly.shape)
    made = program.add_columns(count, upper=1.0)
    latest = int(program.add_columns(1, upper=days_d.max(initial=0.0))[0])
    program.whole += [*carries[can_fly > 0.0].tolist(), *made.tolist()]
    for row in carries:
        program.put(program.add_rows(1, low=1.0, high=1.0), row, 1.0)
    _capacities(program, cargo, launches, carries=carries, made=made)
    _needs(program, cargo, carries=carries, days_d=days_d)
    for k, c in enumerate(cargo):
        if c.id in wanted:
            row = program.add_rows(1, high=0.0)
            program.put(row, carries[k], days_d)
            program.put(row, latest, -1.0)
    pads = tuple(dict.fromkeys(pad for c in carriers for pad in c.pads))
    lands = _pads(program, cargo, launches, pads=pads, blocked=blocked, carries=carries, made=made)
    model = _Model(program, tuple(launches), carries, made, pads, lands, latest)
    _fix(model, cargo, flown)
    return model


def _say_stranded(cargo: Sequence[Cargo], can_fly: FloatArray) -> None:
    """Raises IlrsError for the first cargo that no launch takes between its days."""
    for c, launches in zip(cargo, can_fly, strict=True):
        if not launches.any():
            until = f" and wanted by day {c.by_d:g}" if np.isfinite(c.by_d) else ""
            raise IlrsError(
                f"{c.id} is ready on day {c.ready_d:g}{until}",
                "no launch that takes it is made in that time",
                "Let it be ready earlier or wanted later, or declare a launch.",
            )


def _flies(cargo: Cargo, launch: _Launch) -> bool:
    carrier = launch.carrier
    fits = carrier.landed_kg >= cargo.mass_kg and carrier.volume_m3 >= cargo.volume_m3
    return fits and cargo.ready_d <= launch.day_d <= cargo.by_d


def _capacities(
    program: LinearProgram, cargo: Sequence[Cargo], launches: Sequence[_Launch], *,
    carries: IntArray, made: IntArray,
) -> None:  # fmt: skip
    """What a launch carries is within its mass and volume, and nothing where it is not made."""
    mass_kg = np.array([c.mass_kg for c in cargo])
    volume_m3 = np.array([c.volume_m3 for c in cargo])
    for f, launch in enumerate(launches):
        row = program.add_rows(1, high=0.0)
        program.put(row, carries[:, f], mass_kg)
        program.put(row, made[f], -launch.carrier.landed_kg)
        if np.isfinite(launch.carrier.volume_m3) and volume_m3.any():
            row = program.add_rows(1, high=0.0)
            program.put(row, carries[:, f], volume_m3)
            program.put(row, made[f], -launch.carrier.volume_m3)
        rows = program.add_rows(len(cargo), high=0.0)
        program.put(rows, carries[:, f], 1.0)
        program.put(rows, made[f], -1.0)


def _needs(
    program: LinearProgram, cargo: Sequence[Cargo], *, carries: IntArray, days_d: FloatArray
) -> None:
    """By every day, of what is needed at least as much has been launched as of what needs it."""
    row_of = {c.id: k for k, c in enumerate(cargo)}
    days = np.unique(days_d)
    for k, c in enumerate(cargo):
        for group in (*((need,) for need in c.needs), *c.needs_any):
            enough = np.array([row_of[need] for need in group])
            for day_d in days[:-1]:
                until = np.flatnonzero(days_d <= day_d)
                row = program.add_rows(1, low=0.0)
                program.put(row, carries[np.ix_(enough, until)].ravel(), 1.0)
                program.put(row, carries[k, until], -1.0)


def _pads(
    program: LinearProgram, cargo: Sequence[Cargo], launches: Sequence[_Launch], *,
    pads: tuple[str, ...], blocked: Mapping[str, tuple[str, ...]], carries: IntArray,
    made: IntArray,
) -> IntArray:  # fmt: skip
    """Each launch lands on one of its pads, and on none whose landing disturbs what is there."""
    if not pads:
        return np.zeros((0, 0), dtype=np.int64)
    usable = np.array([[float(p in launch.carrier.pads) for p in pads] for launch in launches])
    lands = program.add_columns(usable.size, upper=usable.ravel()).reshape(usable.shape)
    program.whole += lands[usable > 0.0].tolist()
    row_of = {c.id: k for k, c in enumerate(cargo)}
    for f, launch in enumerate(launches):
        if launch.carrier.pads:
            row = program.add_rows(1, low=0.0, high=0.0)
            program.put(row, lands[f], 1.0)
            program.put(row, made[f], -1.0)
        before = [g for g, other in enumerate(launches) if other.day_d < launch.day_d]
        for p, pad in enumerate(pads):
            for name in blocked.get(pad, ()):
                if usable[f, p] and name in row_of:
                    row = program.add_rows(1, high=1.0)
                    program.put(row, lands[f, p], 1.0)
                    program.put(row, carries[row_of[name], before], 1.0)
    return lands


def _pad_limits(model: _Model, pad_landings: Mapping[str, int]) -> None:
    """No pad takes more landings than it can."""
    for p, pad in enumerate(model.pads):
        if pad in pad_landings:
            row = model.program.add_rows(1, high=pad_landings[pad])
            model.program.put(row, model.lands[:, p], 1.0)


def _fix(model: _Model, cargo: Sequence[Cargo], flown: Sequence[Landing]) -> None:
    """Holds what has flown where it flew; nothing else goes on those launches."""
    row_of = {c.id: k for k, c in enumerate(cargo)}
    for landing in flown:
        f = next(
            (
                f for f, launch in enumerate(model.launches)
                if launch.carrier.id == landing.carrier
                and abs(launch.day_d - landing.day_d) < 1e-6
            ),
            None,
        )  # fmt: skip
        unknown = [name for name in landing.cargo if name not in row_of]
        if f is None or unknown:
            raise IlrsError(
                f"a flown landing of {landing.carrier} on day {landing.day_d:g}"
                + (f" with {' and '.join(unknown)}" if unknown else ""),
                "what has flown is a launch of a carrier of the campaign, with its cargo",
                "Pass the carriers and the cargo that the flown campaign had.",
            )
        for name in landing.cargo:
            row = model.program.add_rows(1, low=1.0)
            model.program.put(row, model.carries[row_of[name], f], 1.0)
        row = model.program.add_rows(1, low=len(landing.cargo), high=len(landing.cargo))
        model.program.put(row, model.carries[:, f], 1.0)


def _solve(model: _Model, cost: Mapping[int, float], *, gap: float, seconds: float) -> Solved:
    """The cheapest campaign by these costs of columns."""
    program = model.program
    costs = np.zeros(program.columns)
    costs[list(cost)] = list(cost.values())
    program.cost = [costs]
    return program.solve(
        wanted_for="a launch campaign",
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )


def _say_none(solved: Solved, cargo: Sequence[Cargo], carriers: Sequence[Carrier]) -> None:
    """Raises IlrsError where no campaign was found."""
    if solved.is_feasible:
        return
    mass_kg = sum(c.mass_kg for c in cargo)
    landed_kg = sum(r.landed_kg * r.launches for r in carriers)
    raise IlrsError(
        f"no campaign lands {len(cargo)} pieces of {mass_kg:g} kg in all",
        f"{sum(r.launches for r in carriers)} launches land {landed_kg:g} kg at most",
        "Declare more launches, let cargo be ready earlier, or take a need or a keep-out away.",
    )


def _campaign(
    model: _Model, solved: Solved, cargo: Sequence[Cargo], *, aim: Aim, wanted: Sequence[str],
    bound: float,
) -> Campaign:  # fmt: skip
    values = solved.values
    landings = []
    for f, launch in enumerate(model.launches):
        aboard = [c for k, c in enumerate(cargo) if values[model.carries[k, f]] > 0.5]
        if aboard:
            pad = model.pads[int(values[model.lands[f]].argmax())] if launch.carrier.pads else ""
            mass_kg = sum(c.mass_kg for c in aboard)
            landings.append(
                Landing(
                    carrier=launch.carrier.id, day_d=launch.day_d, pad=pad,
                    cargo=tuple(c.id for c in aboard), mass_kg=mass_kg,
                    free_kg=launch.carrier.landed_kg - mass_kg,
                )
            )  # fmt: skip
    reached = {
        "launches": float(len(landings)),
        "day": max((n.day_d for n in landings if set(n.cargo) & set(wanted)), default=0.0),
        "moves": float(
            sum(
                values[model.carries[k, f]] > 0.5 and c.ride != launch.carrier.id
                for k, c in enumerate(cargo) if c.ride
                for f, launch in enumerate(model.launches)
            )
        ),
    }[aim]  # fmt: skip
    return Campaign(landings=tuple(landings), aim=aim, reached=reached, bound=min(bound, reached))
