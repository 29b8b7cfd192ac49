"""Metrics of development and campaign as declared: gates, joints, landing order, reserves."""

import re

import numpy as np

from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.flights import flights
from ilrs.cooperation.readiness import joints_between_partners, readiness
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme
from ilrs.study.campaigns import supplies_outlook
from ilrs.study.metrics import Measurement, one_of
from ilrs.study.run import Run

__all__ = [
    "elements_before_gate", "joints_unsigned", "landings_out_of_order",
    "least_reserve_d", "newest_statement",
]  # fmt: skip


def least_reserve_d(run: Run, of: str) -> Measurement:
    """The fewest days of supplies left when a launch is lost, in so many years of the scenario."""
    found = supplies_outlook(
        run.programme, run.scenario, at=newest_statement(run.programme), site=run.scenario.site,
        years=_years(of),
    )  # fmt: skip
    least_d = found.least_reserve_d
    if least_d is None:
        return Measurement(None, "no use of supplies is declared", is_open=True)
    if found.shortage is not None:
        day = found.begin + np.timedelta64(round(found.shortage.day_d), "D")
        return Measurement(0.0, f"{found.shortage.line} runs out on {str(day)[:10]}")
    worst = found.worst
    why = "to the end, whatever is lost" if worst is None else f"if {worst.launch} is lost"
    return Measurement(least_d, why)


def landings_out_of_order(run: Run, of: str) -> Measurement:
    """How many elements are booked to land before what they need."""
    found = flights(run.programme, site=run.scenario.site, at=newest_statement(run.programme))
    if not found.booked.landings:
        return Measurement(None, "no landing is declared with its date", is_open=True)
    faults = campaign_faults(found.booked, found.cargo, found.carriers)
    early = list(dict.fromkeys(f.split(" lands ")[0] for f in faults if " without " in f))
    return Measurement(float(len(early)), ", ".join(early[:5]))


def elements_before_gate(run: Run, of: str) -> Measurement:
    """How many elements to come have not passed a gate; those that declare nothing are counted."""
    if not run.programme.gates:
        return Measurement(None, "no gates are declared", is_open=True)
    one_of(of, list(run.programme.gates), "gate")
    rows = [
        row for row in readiness(run.programme, at=newest_statement(run.programme), draws=100)
        if row.of in run.programme.elements
    ]  # fmt: skip
    if not any(row.is_declared for row in rows):
        return Measurement(None, "no development of an element is declared", is_open=True)
    order = list(run.programme.gates)
    short = [
        row.of for row in rows
        if row.passed is None or order.index(row.passed.gate) < order.index(of)
    ]  # fmt: skip
    return Measurement(float(len(short)), ", ".join(short[:5]))


def joints_unsigned(run: Run, of: str) -> Measurement:
    """How many joints of two partners' elements have no document that both have signed."""
    joints = joints_between_partners(run.programme)
    if not run.programme.interface_documents:
        return Measurement(None, f"no document on {len(joints)} joints is declared", is_open=True)
    open_ones = [f"{j.first} {j.second}" for j in joints if not j.is_signed]
    return Measurement(float(len(open_ones)), ", ".join(open_ones[:3]))


def _years(of: str) -> int:
    """The whole number of years in a text such as '10 y'."""
    if re.fullmatch(r"[1-9][0-9]? y", of) is None:
        raise IlrsError(
            f"{of!r} is no number of years",
            "supplies are followed for 1 to 99 years",
            "Write `of: 10 y`.",
        )
    return int(of.split()[0])


def newest_statement(programme: Programme) -> str:
    """The day of the newest statement on a launch: equal files give equal metrics on any day."""
    said = [c.as_of for m in programme.missions.values() for c in m.launches if c.as_of]
    return max(said, default="2000-01-01")
