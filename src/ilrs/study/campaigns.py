"""The launch campaign of a programme as its files declare it: planned, disturbed, and compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ilrs.cooperation.campaign import Aim, Campaign, Landing, plan_campaign
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.campaign_why import rules_in_the_way
from ilrs.cooperation.dates import date_bounds
from ilrs.cooperation.flights import FIRST_POWER, Flights, flights
from ilrs.cooperation.rehost import Break, Room, as_seen, breaks, changed, rooms
from ilrs.cooperation.reserves import Outlook, deliveries, outlook
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme, Scenario
from ilrs.study.chain import in_scenario

__all__ = ["GOALS", "CampaignAnswer", "CargoRow", "Goal", "LandingRow", "campaign_answer",
           "supplies_outlook"]  # fmt: skip

Goal = Literal["fewest-launches", "first-power", "fewest-moves"]
GOALS: dict[Goal, Aim] = {
    "fewest-launches": "launches", "first-power": "day", "fewest-moves": "moves",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoRow:
    """One piece: whose it is, where it is booked, and where the plan has it."""

    cargo: str
    owner: str
    supply: str  # class of supply, or ""
    mass_kg: float
    volume_m3: float
    booked: str
    booked_date: str
    planned: str
    planned_date: str
    later_d: float | None  # than booked

    @property
    def is_moved(self) -> bool:
        """Whether it rides on another launch than the one that it is booked on."""
        return bool(self.booked) and self.booked != self.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingRow:
    """One launch: its place in the landing order, its manifest, and what is free on it."""

    number: int
    date: str
    carrier: str
    owner: str
    launcher: str
    launch_site: str
    pad: str
    cargo: tuple[str, ...]
    mass_kg: float
    landed_kg: float
    free_kg: float
    volume_m3: float
    hold_m3: float | None  # None where no hold is declared


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAnswer:
    """A campaign from what is declared; with losses and slips also what they break."""

    programme: Programme
    at: str
    goal: Goal
    flights: Flights
    former: Flights  # before losses and slips
    plan: Campaign | None  # None where there is none
    why_not: str  # and why
    in_the_way: tuple[str, ...]  # rules of which one alone would have to be lifted
    faults: tuple[str, ...]  # of the manifests as declared
    broken: tuple[Break, ...] = ()
    rooms: tuple[Room, ...] = ()
    outlook: Outlook | None = None  # of supplies, where years are asked for

    def landings(self) -> list[LandingRow]:
        """The landings in their order."""
        plan = self.plan.landings if self.plan is not None else ()
        return [_landing_row(self, landing, k) for k, landing in enumerate(plan, start=1)]

    def cargo(self) -> list[CargoRow]:
        """Every piece, in the order of the cargo."""
        return _cargo_rows(self)

    def date_of(self, day_d: float) -> str:
        """The calendar day of a number of days from the epoch."""
        return str(self.flights.epoch + np.timedelta64(round(day_d * 86400.0), "s"))[:10]


def campaign_answer(
    programme: Programme,
    *,
    at: str,
    site: str | None = None,
    scenario: str | None = None,
    goal: Goal | None = None,
    by: str | None = None,
    lost: Sequence[str] = (),
    slips: Mapping[str, str] | None = None,
    years: int | None = None,
    seconds: float = 60.0,
    progress: Callable[[str], None] | None = None,
) -> CampaignAnswer:
    """The campaign to a site as seen on the day `at`; the scenario's site when none is named.

    With missions lost or slipped it is the one that moves the fewest pieces, unless another goal is
    asked for. With `years` the answer tells how supplies last from the scenario's start. Raises
    IlrsError for what cannot be asked; where no campaign lands everything the answer says why.
    """
    standing, chosen = in_scenario(programme, scenario)
    seen = as_seen(standing, at)
    after = changed(seen, lost=lost, slips=slips, at=at)
    where = {"site": site or chosen.site, "at": at, "begin": chosen.start}
    now = flights(after, by=by, **where)
    is_disturbed = bool(lost or slips)
    aim: Goal = goal or ("fewest-moves" if is_disturbed else "fewest-launches")
    plan, why_not = _planned(now, aim, seconds=seconds, progress=progress)
    in_the_way: list[str] = []
    if plan is None:
        in_the_way = rules_in_the_way(
            now.cargo, now.carriers, disturbed=now.disturbed, pad_landings=now.pad_landings,
            seconds=min(seconds, 10.0),
        )  # fmt: skip
    former = flights(seen, by=by, **where) if is_disturbed else now
    faults = campaign_faults(now.booked, now.cargo, now.carriers)
    return CampaignAnswer(
        programme=after, at=at, goal=aim, flights=now, former=former, plan=plan, why_not=why_not,
        in_the_way=tuple(in_the_way),
        faults=tuple(fault for fault in faults if "is not landed" not in fault),
        broken=tuple(breaks(seen, after, former=former, now=now)) if is_disturbed else (),
        rooms=tuple(rooms(seen, after, at=at)) if is_disturbed else (),
        outlook=None if years is None else supplies_outlook(
            after, chosen, at=at, site=where["site"], years=years, plan=plan
        ),
    )  # fmt: skip


def supplies_outlook(
    programme: Programme, scenario: Scenario, *, at: str, site: str, years: int,
    plan: Campaign | None = None,
) -> Outlook:  # fmt: skip
    """How supplies last for so many years from the scenario's start.

    Launches carry what the plan has them carry, or the manifests as declared where there is none;
    kinds of landers fly on to the end.
    """
    begin = date_bounds(scenario.start).earliest
    last = str(begin + np.timedelta64(round(years * 365.25), "D"))[:10]
    far = flights(programme, site=site, at=at, by=last, begin=scenario.start)
    launches = deliveries(far, far.booked if plan is None else plan, begin=begin)
    return outlook(programme, scenario, launches, years=years)


def _planned(
    now: Flights, goal: Goal, *, seconds: float, progress: Callable[[str], None] | None
) -> tuple[Campaign | None, str]:
    is_first_power = goal == "first-power"
    cargo = now.with_first_power() if is_first_power else now.cargo
    try:
        plan = plan_campaign(
            cargo, now.carriers, aim=GOALS[goal], goal=[FIRST_POWER] if is_first_power else (),
            disturbed=now.disturbed, pad_landings=now.pad_landings, seconds=seconds,
            progress=progress,
        )  # fmt: skip
    except IlrsError as error:
        return None, str(error)
    return Campaign(
        landings=tuple(_real(landing) for landing in plan.landings if landing.cargo),
        aim=plan.aim, reached=plan.reached, bound=plan.bound,
    ), ""  # fmt: skip


def _real(landing: Landing) -> Landing:
    """A landing without the massless piece."""
    cargo = tuple(name for name in landing.cargo if name != FIRST_POWER)
    return Landing(
        carrier=landing.carrier, day_d=landing.day_d, pad=landing.pad, cargo=cargo,
        mass_kg=landing.mass_kg, free_kg=landing.free_kg,
    )  # fmt: skip


def _landing_row(answer: CampaignAnswer, landing: Landing, number: int) -> LandingRow:
    programme = answer.programme
    carrier = next(c for c in answer.flights.carriers if c.id == landing.carrier)
    mission = programme.missions.get(landing.carrier)
    lander = programme.landers.get(
        (mission.lander or "") if mission is not None else landing.carrier
    )  # fmt: skip
    owner = mission.owner or mission.agency if mission is not None else ""
    launcher = (mission.launcher if mission is not None else None) or (
        lander.launcher if lander is not None else None
    )
    volume_m3 = sum(c.volume_m3 for c in answer.flights.cargo if c.id in landing.cargo)
    return LandingRow(
        number=number, date=answer.date_of(landing.day_d), carrier=landing.carrier,
        owner=owner or (lander.owner if lander is not None else ""),
        launcher=launcher or "", launch_site=lander.launch_site if lander is not None else "",
        pad=landing.pad, cargo=landing.cargo, mass_kg=landing.mass_kg,
        landed_kg=carrier.landed_kg, free_kg=landing.free_kg, volume_m3=volume_m3,
        hold_m3=carrier.volume_m3 if np.isfinite(carrier.volume_m3) else None,
    )  # fmt: skip


def _cargo_rows(answer: CampaignAnswer) -> list[CargoRow]:
    programme = answer.programme
    planned = {
        name: landing
        for landing in (answer.plan.landings if answer.plan is not None else ())
        for name in landing.cargo
    }
    booked = {
        name: landing for landing in answer.former.booked.landings for name in landing.cargo
    }  # fmt: skip
    rows = []
    for piece in answer.flights.cargo:
        now, then = planned.get(piece.id), booked.get(piece.id)
        owned = programme.elements.get(piece.id) or programme.supplies.get(piece.id)
        rows.append(
            CargoRow(
                cargo=piece.id, owner=owned.owner if owned is not None else "",
                supply=piece.supply, mass_kg=piece.mass_kg, volume_m3=piece.volume_m3,
                booked=then.carrier if then else piece.ride,
                booked_date=answer.date_of(then.day_d) if then else "",
                planned=now.carrier if now else "",
                planned_date=answer.date_of(now.day_d) if now else "",
                later_d=now.day_d - then.day_d if now and then else None,
            )
        )  # fmt: skip
    return rows
