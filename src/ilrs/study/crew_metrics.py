"""Metrics of a run with people: how long they are supported, what is in reserve, what they take."""

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.station.life_support import LONGEST_STAY_D
from ilrs.station.shortfalls import shortfalls
from ilrs.study.metrics import Measurement
from ilrs.study.run import Run
from ilrs.study.standing import standing_elements

__all__ = [
    "cabin_coldest_k", "cabin_hottest_k", "crew_dose_msv", "crew_stay_d", "crew_supported_d",
    "highest_co2_kpa", "lowest_oxygen_kpa", "mass_residual", "safe_haven_h",
]  # fmt: skip

_NOBODY = Measurement(None, "nobody lives in the station in this run")


def _worst(run: Run, name: str, *, lowest: bool, factor: float) -> Measurement:
    """The lowest or highest of a series while people are aboard, and when."""
    if run.crew is None:
        return _NOBODY
    values = np.where(run.crew["people_aboard"].values > 0.0, run.crew[name].values, np.nan)
    if not np.isfinite(values).any():
        return _NOBODY
    k = int(np.nanargmin(values) if lowest else np.nanargmax(values))
    when = str(run.crew["time"].values[k])[:16].replace("T", " ")
    return Measurement(float(values[k]) * factor, f"at {when} UTC")


def crew_supported_d(run: Run, of: str) -> Measurement:
    """Longest time in which at least `of` people were aboard and nothing was short. [d]

    Short is what they lack, the limits of the air, and power that life support asks for.
    """
    if run.crew is None:
        return _NOBODY
    if not of.isdecimal() or int(of) < 1:
        raise IlrsError(
            f"{of!r} is no number of people",
            "it is asked for a whole number of people, from 1 on",
            "Write for instance '3'.",
        )
    crew = run.crew
    well = (crew["people_aboard"].values >= int(of)) & ~_short(crew)
    step_s = float(crew.attrs["step_s"])
    edges = np.append(crew["t_s"].values, crew["t_s"].values[-1] + step_s)
    days = Windows.from_mask(edges, well).longest_s / 86400.0
    found = shortfalls(crew, standing_elements(run.programme, run.scenario))
    return Measurement(days, found[0].found if found else "nothing was short")


def _short(crew: xr.Dataset) -> np.ndarray:
    asked, given = crew["life_support_power_requested_w"], crew["life_support_power_w"]
    return np.asarray(
        (crew["lacking_kg"].sum("supply") > 1e-9)
        | (crew["co2_pressure_pa"] > crew.attrs["co2_highest_pa"])
        | (crew["oxygen_pressure_pa"] < crew.attrs["oxygen_lowest_pa"])
        | (asked - given > 1e-6)
    )


def crew_stay_d(run: Run, of: str) -> Measurement:
    """How long the people could stay on when they leave, with power; the worst visit. [d]"""
    if run.crew is None or not run.crew.sizes["visit"]:
        return _NOBODY
    days = float(run.crew["stay_d"].min())
    return Measurement(days, "or more" if days >= LONGEST_STAY_D else "then something runs out")


def safe_haven_h(run: Run, of: str) -> Measurement:
    """How long the people aboard live without power and supplies, at the worst moment. [h]"""
    return _worst(run, "haven_d", lowest=True, factor=24.0)


def cabin_coldest_k(run: Run, of: str) -> Measurement:
    """Lowest temperature of the cabin's node while people are aboard. [K]"""
    return _worst(run, "cabin_temperature_k", lowest=True, factor=1.0)


def cabin_hottest_k(run: Run, of: str) -> Measurement:
    """Highest temperature of the cabin's node while people are aboard. [K]"""
    return _worst(run, "cabin_temperature_k", lowest=False, factor=1.0)


def highest_co2_kpa(run: Run, of: str) -> Measurement:
    """Highest partial pressure of CO2 while people are aboard. [kPa]"""
    return _worst(run, "co2_pressure_pa", lowest=False, factor=1e-3)


def lowest_oxygen_kpa(run: Run, of: str) -> Measurement:
    """Lowest partial pressure of oxygen while people are aboard. [kPa]"""
    return _worst(run, "oxygen_pressure_pa", lowest=True, factor=1e-3)


def crew_dose_msv(run: Run, of: str) -> Measurement:
    """Dose equivalent that one person takes in a visit: the longest one. [mSv]"""
    return _worst(run, "dose_equivalent_sv", lowest=False, factor=1e3)


def mass_residual(run: Run, of: str) -> Measurement:
    """Worst relative residual of a step's balance of mass. [1]"""
    return _NOBODY if run.crew is None else Measurement(float(run.crew.attrs["mass_residual"]))
