"""Metrics: the numbers of a run that a requirement may name.

Each is one function of the run (and of what the requirement asks it for, `of`) and gives a
Measurement. A metric that finds nothing to measure answers None and says why; it never guesses.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ilrs.cooperation import ledger, manifest, roadmap, shares, traceability
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.windows import Windows
from ilrs.programme.entities import Programme
from ilrs.study.run import Run
from ilrs.study.site_windows import site_windows
from ilrs.study.standing import standing_elements

if TYPE_CHECKING:  # heavy to load, and `ilrs check` does without
    import xarray as xr

__all__ = [
    "METRICS", "Measurement", "Metric", "measure", "metric_of", "one_of", "two_missions",
]  # fmt: skip

_H = 3600.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured number and what decided it."""

    value: float | None
    why: str = ""
    is_open: bool = False  # what it would be measured by is not declared: nothing is judged


@dataclass(frozen=True, slots=True)
class Metric:
    """A named number of a run: its unit, what it means, and what `of` names."""

    name: str
    unit: str
    meaning: str
    of: str  # "" where the metric is asked for nothing in particular
    measure: Callable[[Run, str], Measurement]
    record: str = ""  # attribute of a run that it is read from; without it nothing is judged


METRICS: dict[str, Metric] = {}

_Function = Callable[[Run, str], Measurement]


def _metric(
    unit: str, meaning: str, of: str = "", *, record: str = ""
) -> Callable[[_Function], _Function]:
    def register(function: _Function) -> _Function:
        name = function.__name__
        METRICS[name] = Metric(name, unit, meaning, of, function, record)
        return function

    return register


def metric_of(name: str) -> Metric:
    """The metric of that name; IlrsError, listing the possible ones, where there is none."""
    if name not in METRICS:
        raise IlrsError(
            f"there is no metric {name!r}",
            f"the possible ones are {', '.join(sorted(METRICS))}",
            did_you_mean(name, METRICS, otherwise="`ilrs metrics` says what each one means."),
        )
    return METRICS[name]


def measure(run: Run, name: str, *, of: str = "") -> Measurement:
    """The metric `name` of a run, asked for `of`; its unit is ``METRICS[name].unit``.

    Raises IlrsError for an unknown metric, listing the possible ones.
    """
    return metric_of(name).measure(run, of)


def _step_h(run: Run) -> float:
    return float(run.environment.attrs["step_s"]) / _H


def _cells(run: Run, mask: "xr.DataArray | np.ndarray") -> Windows:
    """Windows of the cells for which a mask on `time` holds, in seconds from the epoch."""
    t_s = run.environment["t_s"].values
    edges = np.append(t_s, t_s[-1] + float(run.environment.attrs["step_s"]))
    return Windows.from_mask(edges, np.asarray(mask))


def _span_s(run: Run) -> tuple[float, float]:
    t_s = run.environment["t_s"].values
    return float(t_s[0]), float(t_s[-1]) + float(run.environment.attrs["step_s"])


def _utc_of(run: Run, t_s: float) -> str:
    index = int(np.searchsorted(run.environment["t_s"].values, t_s, side="right")) - 1
    return str(run.environment["time"].values[max(index, 0)])[:16].replace("T", " ")


def _longest(run: Run, windows: Windows, what: str) -> Measurement:
    if not len(windows):
        return Measurement(0.0, f"never {what}")
    k = int(np.argmax(windows.duration_s))
    return Measurement(
        float(windows.duration_s[k]) / _H, f"from {_utc_of(run, float(windows.start_s[k]))} UTC"
    )


def one_of(of: str, possible: list[str], what: str) -> None:
    """Nothing; IlrsError, listing the possible ones, where `of` names none of them."""
    if of not in possible:
        raise IlrsError(
            f"{of!r} names no {what} of this run",
            f"there are {', '.join(possible) if possible else 'none'}",
            "Correct the requirement's `of`.",
        )


@_metric("h", "time in which a keep-alive load was not fully served")
def keep_alive_unserved_h(run: Run, of: str) -> Measurement:
    short = run.station["keep_alive_unserved_w"].values > 1e-6
    if not short.any():
        return Measurement(0.0, "always served")
    first = _utc_of(run, float(run.station["t_s"].values[int(np.argmax(short))]))
    return Measurement(float(short.sum()) * _step_h(run), f"first at {first} UTC")


def _temperature_margin(run: Run, of: str, *, low: bool) -> Measurement:
    elements = {e.id: e.thermal for e in standing_elements(run.programme, run.scenario)}
    limits = {key: thermal for key, thermal in elements.items() if thermal is not None}
    if of:
        one_of(of, list(limits), "element with a thermal node")
    worst: tuple[float, str] | None = None
    for key, thermal in limits.items():
        if of and key != of:
            continue
        t_k = run.station["temperature_k"].sel(element=key).values
        gap = t_k - thermal.survival_minimum_k if low else thermal.survival_maximum_k - t_k
        candidate = (float(gap.min()), key)
        worst = candidate if worst is None else min(worst, candidate)
    return Measurement(None, "no thermal node") if worst is None else Measurement(*worst)


@_metric("K", "lowest of temperature minus survival minimum", of="element, or empty: the worst")
def lowest_temperature_margin_k(run: Run, of: str) -> Measurement:
    return _temperature_margin(run, of, low=True)


@_metric("K", "lowest of survival maximum minus temperature", of="element, or empty: the worst")
def highest_temperature_margin_k(run: Run, of: str) -> Measurement:
    return _temperature_margin(run, of, low=False)


@_metric("1", "lowest state of charge of the site's storage")
def lowest_state_of_charge(run: Run, of: str) -> Measurement:
    charge = run.station["state_of_charge"].values
    if not np.isfinite(charge).any():
        return Measurement(None, "no storage")
    k = int(np.nanargmin(charge))
    return Measurement(float(charge[k]), f"at {_utc_of(run, float(run.station['t_s'][k]))} UTC")


@_metric("h", "longest time without any part of the Sun in view", of="mast height, '10 m'")
def longest_darkness_h(run: Run, of: str) -> Measurement:
    heights = [f"{h:g} m" for h in run.environment["mast_height_m"].values]
    one_of(of, heights, "mast height")
    lit = run.environment["sun_visible_fraction"].values[heights.index(of)]
    return _longest(run, _cells(run, lit <= 0.0), "dark")


@_metric("h", "longest time with neither Earth nor a relay in view from the highest mast")
def longest_earth_gap_h(run: Run, of: str) -> Measurement:
    seen = site_windows(run.environment)
    contact = seen["earth_in_view"] | seen["relay_in_view"]
    return _longest(run, contact.within(*_span_s(run)), "out of contact")


@_metric("h", "longest time with no Sun at the lowest mast, no Earth and no relay at the highest")
def longest_alone_h(run: Run, of: str) -> Measurement:
    seen, span_s = site_windows(run.environment), _span_s(run)
    contact = seen["earth_in_view"] | seen["relay_in_view"]
    return _longest(run, seen["dark"] & contact.within(*span_s), "alone in the dark")


@_metric("1", "data sent to Earth over data made")
def data_returned_fraction(run: Run, of: str) -> Measurement:
    made = float(run.station.attrs["data_made_bit"])
    sent = float(run.station.attrs["data_sent_bit"])
    return Measurement(sent / made if made else None, f"{sent / 1e9:.4g} of {made / 1e9:.4g} Gbit")


@_metric("Gbit", "data sent to Earth")
def data_returned_gbit(run: Run, of: str) -> Measurement:
    return Measurement(float(run.station.attrs["data_sent_bit"]) / 1e9)


def _experiment_hours(run: Run) -> dict[str, float]:
    done = run.station["experiment_fraction"].sum("time").values * _step_h(run)
    return dict(zip(run.station["experiment"].values.tolist(), done.tolist(), strict=True))


@_metric("h", "hours of research done", of="science field, or empty: all")
def research_h(run: Run, of: str) -> Measurement:
    if of:
        one_of(of, list(run.programme.science_fields), "science field")
    hours = {
        key: done
        for key, done in _experiment_hours(run).items()
        if not of or of in run.programme.experiments[key].fields
    }
    return Measurement(sum(hours.values()), f"{len(hours)} experiment{'s' * (len(hours) != 1)}")


@_metric("1", "hours done over hours wanted", of="experiment, or empty: all together")
def research_fraction(run: Run, of: str) -> Measurement:
    done = _experiment_hours(run)
    if of:
        one_of(of, list(done), "experiment")
        done = {of: done[of]}
    wanted = sum(run.programme.experiments[key].wanted_s for key in done) / _H
    if not wanted:
        return Measurement(None, "nothing wanted")
    return Measurement(sum(done.values()) / wanted, f"{sum(done.values()):.0f} of {wanted:.0f} h")


@_metric("W", "mean of power made beyond power used")
def mean_power_margin_w(run: Run, of: str) -> Measurement:
    made = run.station["power_made_w"].sum("element").mean().item()
    used = run.station["power_used_w"].sum("element").mean().item()
    return Measurement(float(made - used), f"{made / 1e3:.4g} kW made, {used / 1e3:.4g} kW used")


@_metric("1", "relative residual of the energy balance")
def energy_residual(run: Run, of: str) -> Measurement:
    return Measurement(abs(float(run.station.attrs["energy_residual"])))


@_metric("count", "elements lost to cold or heat during the run")
def elements_lost(run: Run, of: str) -> Measurement:
    return Measurement(float(run.station.attrs["elements_lost"]))


@_metric("kg", "landed capacity minus carried mass", of="mission, or empty: the worst")
def mission_mass_margin_kg(run: Run, of: str) -> Measurement:
    rows = {row.mission: row for row in manifest.manifest(run.programme)}
    if of:
        one_of(of, list(rows), "mission")
    known = [
        (row.margin_kg, key)
        for key, row in rows.items()
        if row.margin_kg is not None and (not of or key == of)
    ]
    return Measurement(*min(known)) if known else Measurement(None, "no mission states a capacity")


@_metric("count", "objectives that no experiment serves")
def objectives_without_experiment(run: Run, of: str) -> Measurement:
    missing = traceability.gaps(run.programme).objectives_without_experiment
    return Measurement(float(len(missing)), ", ".join(missing[:5]))


@_metric("count", "science fields that no experiment serves")
def science_fields_without_experiment(run: Run, of: str) -> Measurement:
    missing = traceability.gaps(run.programme).fields_without_experiment
    return Measurement(float(len(missing)), ", ".join(missing[:5]))


@_metric("count", "elements that no mission carries")
def elements_without_ride(run: Run, of: str) -> Measurement:
    missing = manifest.elements_without_ride(run.programme)
    return Measurement(float(len(missing)), ", ".join(missing[:5]))


def two_missions(programme: Programme, of: str) -> tuple[str, str]:
    """The two mission ids in a text such as 'LUNA-26 CE-7'; IlrsError where they are not."""
    names = of.split()
    if len(names) != 2 or not all(name in programme.missions for name in names):
        raise IlrsError(
            f"{of!r} does not name two missions",
            f"there are {', '.join(programme.missions)}",
            "Write two mission ids with a space between, such as 'LUNA-26 CE-7'.",
        )
    return names[0], names[1]


@_metric("d", "days in which both missions work", of="two missions")
def lifetime_overlap_d(run: Run, of: str) -> Measurement:
    overlap = roadmap.overlap(run.programme, *two_missions(run.programme, of))
    return Measurement(overlap.nominal_d, overlap.text)


@_metric("d", "days from the first mission's launch to the second's", of="two missions")
def survey_lead_d(run: Run, of: str) -> Measurement:
    lead = roadmap.lead(run.programme, *two_missions(run.programme, of))
    return Measurement(lead.nominal_d, lead.text)


def _deferred(name: str, room: str = "orbit_metrics") -> _Function:
    """A metric of another file of this room, which is loaded when it is first asked for.

    Orbits and cabins bring their compiler along; who only checks the names of metrics does without.
    """

    def measure_later(run: Run, of: str) -> Measurement:
        function: _Function = getattr(importlib.import_module(f"ilrs.study.{room}"), name)
        return function(run, of)

    measure_later.__name__ = name
    return measure_later


_PAIR, _JOINT = "two missions", "joint observation"
for _name, _unit, _meaning, _of in (
    ("mutual_sight_h_d", "h", "hours a day in which two missions' craft see each other", _PAIR),
    ("relay_test_contacts", "count", "contacts of two craft of 10 min or more, in 28 d", _PAIR),
    ("landed_sight_h_d", "h", "hours a day in which the first sees the second's site", _PAIR),
    ("closest_pass_km", "km", "least distance of two missions' craft in 28 d", _PAIR),
    ("collision_probability", "1", "chance that two craft collide in 28 d", _PAIR),
    ("landings_near_others", "count", "places of others within 2 km of landings",
     "mission, or empty: all"),
    ("survey_covered_fraction", "1", "part of a survey done in 28 d of its orbiter's work",
     "survey"),
    ("survey_done_by_fraction", "1", "part of a survey done by the day it is wanted", "survey"),
    ("joint_looks", "count", "pairs of looks of a survey's two craft, in 28 d", "survey"),
    ("joint_observation_pairs", "count", "pairs of looks of both craft, in 28 d", _JOINT),
):  # fmt: skip
    _metric(_unit, _meaning, _of)(_deferred(_name))

_MAKER = "what makes data, or its owner, or empty: all"
for _name, _unit, _meaning, _of in (
    ("plan_delivered_fraction", "1", "data of the contact plan on Earth over data made", _MAKER),
    ("plan_half_latency_h", "h", "time in which half of the plan's data are on Earth", _MAKER),
    ("plan_latency_h", "h", "time in which all of the plan's data are on Earth", _MAKER),
    ("relay_loss_gbit_d", "Gbit", "data a day that do not reach Earth without a relay", "relay"),
    ("relay_loss_half_latency_h", "h", "time for half of the data without a relay", "relay"),
):
    _metric(_unit, _meaning, _of, record="links")(_deferred(_name, "plan_metrics"))


@_metric("d", "days from the run's start until a relay meets the Moon, or of the run", of="relay")
def relay_life_d(run: Run, of: str) -> Measurement:
    one_of(of, list(run.programme.missions), "mission")
    if of not in run.relays:
        return Measurement(None, f"{of} relays nothing in this run")
    start_s, end_s = run.relays[of].span_tdb_s
    why = "it meets the Moon" if run.relays[of].ended_by else "it flies through the whole run"
    return Measurement((end_s - start_s) / 86400.0, why)


@_metric(
    "1", "chance that the station lives, of a record of `ilrs survive`", of="years, '10 y'",
    record="survival",
)  # fmt: skip
def survival_probability(run: Run, of: str) -> Measurement:
    if run.survival is None:
        return Measurement(
            None, "run with --survive 2000, or `ilrs survive --out DIR` and --survival"
            " DIR/survival.json"
        )  # fmt: skip
    years = {f"{row['year']} y": row for row in run.survival["by_year"]}
    one_of(of, list(years), "year")
    low, high = (100.0 * years[of][f"alive_{end}"] for end in ("low", "high"))
    why = f"{low:.1f} to {high:.1f} % with 95 % confidence, {run.survival['lives']} lives"
    return Measurement(float(years[of]["alive"]), why)


for _name, _unit, _meaning, _of in (
    ("least_reserve_d", "d", "fewest days of supplies left when a launch is lost", "years, '10 y'"),
    ("landings_out_of_order", "count", "elements booked to land before what they need", ""),
    ("elements_before_gate", "count", "elements to come that have not passed a gate", "gate"),
    ("joints_unsigned", "count", "joints of two partners without a document both have signed", ""),
):
    _metric(_unit, _meaning, _of)(_deferred(_name, "campaign_metrics"))


@_metric("count", "partners that contribute")
def partners_with_contribution(run: Run, of: str) -> Measurement:
    partners = {row.partner for row in ledger.ledger(run.programme) if row.status != "withdrawn"}
    return Measurement(float(len(partners)), f"of {len(run.programme.partners)} partners")


@_metric("count", "partners without whom the station dies", record="withdrawals")
def withdrawals_that_kill(run: Run, of: str) -> Measurement:
    if run.withdrawals is None:
        return Measurement(None, "run with --withdrawals")
    rows = run.withdrawals["partners"]
    told = [f"{row['partner']}: {row['why']}" for row in rows if not row["lives"]]
    return Measurement(float(len(told)), "; ".join(told) or f"of {len(rows)} at work")


@_metric("count", "objects that do not meet a guideline", of="guideline, or empty: all")
def guidelines_not_met(run: Run, of: str) -> Measurement:
    if of:
        one_of(of, list(run.programme.guidelines), "guideline")
    law = importlib.import_module("ilrs.study.law")
    rows = [row for row in law.all_answers(run.programme) if not of or row.guideline == of]
    broken = [f"{row.object} ({row.guideline})" for row in rows if row.state == "not met"]
    undeclared = sum(row.state == "not declared" for row in rows)
    why = ", ".join(broken[:5]) or f"{undeclared} not declared"
    return Measurement(float(len(broken)), why)


@_metric("1", "largest share of the landed mass that one partner owns")
def single_owner_share(run: Run, of: str) -> Measurement:
    share, owner = shares.single_owner_share(run.programme)
    return Measurement(share, owner)


for _name, _unit, _meaning, _of in (
    ("crew_supported_d", "d", "longest time in which so many people lacked nothing", "people, '3'"),
    ("crew_stay_d", "d", "how long the crew could stay on at the end of its visit: the worst", ""),
    ("safe_haven_h", "h", "how long the crew lives without power and supplies: the worst", ""),
    ("highest_co2_kpa", "kPa", "highest partial pressure of CO2 with people aboard", ""),
    ("lowest_oxygen_kpa", "kPa", "lowest partial pressure of oxygen with people aboard", ""),
    ("cabin_coldest_k", "K", "lowest temperature of the cabin with people aboard", ""),
    ("cabin_hottest_k", "K", "highest temperature of the cabin with people aboard", ""),
    ("crew_dose_msv", "mSv", "dose equivalent of one person in one visit: the worst", ""),
    ("mass_residual", "1", "worst relative residual of a step's balance of mass", ""),
):
    _metric(_unit, _meaning, _of)(_deferred(_name, "crew_metrics"))
