"""Given against used: what each partner brings to the others and takes from them, counted.

From declarations alone, from a run's Datasets, and from a plan's: each has its own rows, and their
figures are never added up.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ilrs.cooperation.dependencies import JOINT
from ilrs.cooperation.manifest import elements_without_ride
from ilrs.programme.data_joints import gateway_of
from ilrs.programme.entities import Element, Experiment, Link, Programme

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "MEASURES", "SERVICES", "BalanceRow", "declared_balance", "plan_balance", "run_balance",
]  # fmt: skip

#: What is counted, with its unit: "count" is a number of things.
MEASURES: Mapping[str, str] = {
    "power": "W",  # offered by own sources over joints | needed by own loads over joints
    "energy": "Wh",  # made by own elements | used by own elements
    "mass": "kg",  # of own elements that land
    "rides": "kg",  # of others on own missions | own on missions of others
    "hosting": "s",  # experiments of others on own elements | own ones on elements of others
    "relay": "s",  # of own relays, at a link's full rate, for others | of relays of others
    "storage": "Wh",  # capacity of own stores; of a run: what came out of them | what was drawn
    "crew": "s",  # a person's time
    "experts": "s",  # an expert's time
    "training": "count",  # seats
    "data": "bit",  # of own experiments that others may see
}
#: The measures that a service may count, with its attribute.
SERVICES: Mapping[str, str] = {
    "power": "power_w", "relay": "relay_s", "storage": "storage_wh", "crew": "crew_s",
    "experts": "experts_s", "training": "training_seats", "data": "data_bit",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """What one partner gives and uses of one measure, in its unit; None where that is not told."""

    partner: str
    measure: str
    unit: str
    basis: str  # declared, run or plan
    given: float | None
    used: float | None


@dataclass(slots=True)
class _Tally:
    """Sums by partner, measure and side."""

    programme: Programme
    sums: dict[tuple[str, str, str], float] = field(default_factory=lambda: defaultdict(float))

    def add(self, measure: str, amount: float, *, given: str = "", used: str = "") -> None:
        """Books an amount with who gives it, with who uses it, or both."""
        for side, partner in (("given", given), ("used", used)):
            if partner and amount:
                self.sums[partner, measure, side] += amount

    def between(self, measure: str, amount: float, *, giver: str, taker: str) -> None:
        """Books what passes between two partners; what stays with one is no matter of others."""
        if giver != taker:
            self.add(measure, amount, given=giver, used=taker)

    def rows(self, basis: str) -> list[BalanceRow]:
        """The sums by partner in declared order, then by measure."""
        found = {partner for partner, _, _ in self.sums}
        order = [p for p in self.programme.partners if p in found]
        order += sorted(found - set(order))
        return [
            BalanceRow(
                partner=partner, measure=measure, unit=unit, basis=basis,
                given=self.sums.get((partner, measure, "given")),
                used=self.sums.get((partner, measure, "used")),
            )
            for partner in order
            for measure, unit in MEASURES.items()
            if (partner, measure, "given") in self.sums or (partner, measure, "used") in self.sums
        ]  # fmt: skip


def declared_balance(programme: Programme) -> list[BalanceRow]:
    """What the files say that each partner gives and uses.

    Power is that of joints: offered by elements with an array or a generator, needed by those that
    hand none on. A service is used by the partners that it names, in equal parts.
    """
    tally = _Tally(programme)
    grounded = set(elements_without_ride(programme))
    rides = {key: m for m in programme.missions.values() for key in m.carries}
    for element in programme.elements.values():
        owner = element.owner or JOINT
        _book_power(tally, element, owner)
        if element.storage is not None:
            tally.add("storage", element.storage.capacity_wh, given=owner)
        mass_kg = element.mass_kg
        if mass_kg is None or element.id in grounded:
            continue
        if element.site is not None:
            tally.add("mass", mass_kg, given=owner)
        ride = programme.missions.get(element.arrives_on or "") or rides.get(element.id)
        if ride is not None:
            tally.between("rides", mass_kg, giver=ride.owner or JOINT, taker=owner)
    for experiment in programme.experiments.values():
        _book_experiment(tally, experiment, ran_s=experiment.wanted_s)
        crew_s = experiment.wanted_s * experiment.sessions.crew
        tally.add("crew", crew_s, used=experiment.owner or JOINT)
    _book_services(tally)
    return tally.rows("declared")


def _book_power(tally: _Tally, element: Element, owner: str) -> None:
    sides = [i for i in element.interfaces if i.kind == "power" and i.power_w is not None]
    offered_w = sum(i.power_w or 0.0 for i in sides if i.role == "offers")
    needed_w = sum(i.power_w or 0.0 for i in sides if i.role == "needs")
    if offered_w and (element.array is not None or element.generator is not None):
        tally.add("power", offered_w, given=owner)
    elif needed_w and not offered_w:
        tally.add("power", needed_w, used=owner)


def _book_experiment(tally: _Tally, experiment: Experiment, *, ran_s: float) -> None:
    """Time on the host, and data where others may see them."""
    owner = experiment.owner or JOINT
    host = tally.programme.elements.get(experiment.element)
    if host is not None:
        tally.between("hosting", ran_s, giver=host.owner or JOINT, taker=owner)
    data_bit = ran_s * experiment.data_bps
    if experiment.data_policy.access != "owner":
        tally.add("data", data_bit, given=owner)


def _book_services(tally: _Tally) -> None:
    for contribution in tally.programme.contributions.values():
        service = contribution.service
        if service is None or contribution.status == "withdrawn":
            continue
        for measure, attribute in SERVICES.items():
            amount = getattr(service, attribute)
            if amount is None:
                continue
            tally.add(measure, amount, given=contribution.partner)
            for taker in service.to:
                tally.add(measure, amount / len(service.to), used=taker)


def run_balance(
    programme: Programme, *, station: "xr.Dataset", environment: "xr.Dataset"
) -> list[BalanceRow]:
    """What each partner's things gave and used in a run, by its station and environment Datasets.

    What comes out of stores is used in proportion to the power drawn in the same step, a relay's
    time in proportion to the data made.
    """
    tally = _Tally(programme)
    station = station.sel(
        element=[key for key in station["element"].values.tolist() if key in programme.elements],
        experiment=[k for k in station["experiment"].values.tolist() if k in programme.experiments],
    )
    step_s = float(station.attrs["step_s"])
    hours = step_s / 3600.0
    owners = [_owner(programme, key) for key in station["element"].values.tolist()]
    used_w = station["power_used_w"].values
    for k, owner in enumerate(owners):
        made_w = float(station["power_made_w"].values[k].sum())
        tally.add("energy", made_w * hours, given=owner)
        tally.add("energy", float(used_w[k].sum()) * hours, used=owner)
    _book_stores(tally, station, owners)
    made_bit: dict[str, dict[str, float]] = {}
    for k, key in enumerate(station["element"].values.tolist()):
        made_bit[key] = {owners[k]: float(station["data_made_bps"].values[k].sum()) * step_s}
    for k, key in enumerate(station["experiment"].values.tolist()):
        experiment = programme.experiments[key]
        ran_s = float(station["experiment_fraction"].values[k].sum()) * step_s
        _book_experiment(tally, experiment, ran_s=ran_s)
        _hand_over(made_bit, experiment, ran_s * experiment.data_bps, programme)
    _book_relays(tally, station, environment, made_bit)
    return tally.rows("run")


def _owner(programme: Programme, element: str) -> str:
    return programme.elements[element].owner or JOINT


def _book_stores(tally: _Tally, station: "xr.Dataset", owners: list[str]) -> None:
    """Energy that came out of each partner's stores, and who drew on them."""
    level_wh, used_w = station["battery_energy_wh"].values, station["power_used_w"].values
    out_wh = (level_wh[:, :-1] - level_wh[:, 1:]).clip(min=0.0)  # in all steps but the first
    drawn_w = used_w[:, 1:]
    whole_w = drawn_w.sum(axis=0)
    parts = drawn_w / whole_w.clip(min=1e-12)
    for k, owner in enumerate(owners):
        tally.add("storage", float(out_wh[k].sum()), given=owner)
        tally.add("storage", float((parts[k] * out_wh.sum(axis=0)).sum()), used=owner)


def _hand_over(
    made_bit: dict[str, dict[str, float]], experiment: Experiment, data_bit: float,
    programme: Programme,
) -> None:  # fmt: skip
    """What an experiment made is its owner's, not its host's."""
    parts, owner = made_bit.get(experiment.element), experiment.owner or JOINT
    if parts is not None:
        host = _owner(programme, experiment.element)
        parts[host] = max(parts[host] - data_bit, 0.0)
        parts[owner] = parts.get(owner, 0.0) + data_bit


def _book_relays(
    tally: _Tally, station: "xr.Dataset", environment: "xr.Dataset",
    made_bit: Mapping[str, Mapping[str, float]],
) -> None:  # fmt: skip
    """Each relay's time, for those whose data passed through the element that sent by it."""
    programme = tally.programme
    standing = {key: programme.elements[key] for key in station["element"].values.tolist()}
    through: dict[str, dict[str, float]] = {}
    for key, parts in made_bit.items():
        found = gateway_of(standing[key], standing)
        sender = through.setdefault(found[0] if found is not None else key, defaultdict(float))
        for partner, data_bit in parts.items():
            sender[partner] += data_bit
    for key, sent in _relay_times(standing, station, environment):
        whole_bit = sum(through.get(key, {}).values())
        for partner, data_bit in through.get(key, {}).items():
            for relay, time_s in sent.items():
                giver = programme.missions[relay].owner or JOINT
                if whole_bit:
                    part_s = time_s * data_bit / whole_bit
                    tally.between("relay", part_s, giver=giver, taker=partner)


def _relay_times(
    standing: Mapping[str, Element], station: "xr.Dataset", environment: "xr.Dataset"
) -> Iterator[tuple[str, dict[str, float]]]:
    """How long each element sent through each relay, at the full rate of its link. [s]

    Links are filled in their order, as the station fills them.
    """
    step_s = float(station.attrs["step_s"])
    for k, (key, element) in enumerate(standing.items()):
        left_bps: Any = station["data_sent_bps"].values[k]
        times: dict[str, float] = defaultdict(float)
        for link in element.links:
            sent_bps = left_bps.clip(max=link.rate_bps * _open_part(link, environment))
            left_bps = left_bps - sent_bps
            if link.via != "earth" and link.rate_bps:
                times[link.via] += float(sent_bps.sum()) / link.rate_bps * step_s
        yield key, times


def _open_part(link: Link, environment: "xr.Dataset") -> Any:
    """Part of each step in which a link is open; to Earth as far as the highest mast sees."""
    if link.via != "earth":
        relays = environment["relay"].values.tolist()
        if link.via not in relays:
            return 0.0  # it has come down, or was never up
        seen = environment["relay_open_fraction"].isel(relay=relays.index(link.via))
        return seen.sel(mask_deg=link.mask_deg).values
    if "earth_open_fraction" in environment:
        return environment["earth_open_fraction"].values[-1, 0]
    return (environment["earth_visible_fraction"].values[-1] > 0.5).astype(float)


def plan_balance(programme: Programme, plan: "xr.Dataset") -> list[BalanceRow]:
    """Hours on hosts, of people, and data of a plan of activities, by its Dataset."""
    tally = _Tally(programme)
    kinds = plan["of_kind"].values.tolist()
    placed = plan["start_s"].notnull().values
    for k, kind in enumerate(kinds):
        experiment = programme.experiments.get(kind)
        if experiment is None or not placed[k]:
            continue
        ran_s = float(plan["duration_s"].values[k])
        _book_experiment(tally, experiment, ran_s=ran_s)
        crew_s = ran_s * experiment.sessions.crew
        tally.add("crew", crew_s, used=experiment.owner or JOINT)
    return tally.rows("plan")
