"""What was short in a run with people: what, when, how much, and the cheapest change to mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.time import DAY_S
from ilrs.programme.entities import Element
from ilrs.station.cabin import CARBON_DIOXIDE_OUT_KG_D, SUPPLIES
from ilrs.station.cabin_sizes import Cabin, cabin_of

__all__ = ["Shortfall", "shortfalls"]

BoolArray: TypeAlias = npt.NDArray[np.bool_]
FloatArray: TypeAlias = npt.NDArray[np.float64]

_NOTHING_KG = 1e-9  # rounding of the tanks
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """One thing that was short: when it began, how long it lasted, how much it came to."""

    what: str
    start_s: float  # seconds from the run's epoch
    start_utc: str
    duration_h: float
    amount: float
    unit: str
    found: str
    mend: str

    def __str__(self) -> str:
        return f"{self.found}. {self.mend}"


def shortfalls(run: xr.Dataset | None, elements: Sequence[Element]) -> tuple[Shortfall, ...]:
    """Everything that was short in a life-support Dataset, earliest first; `elements` made it.

    Supplies that ran dry, limits of the air that were passed, power that machines lacked, tanks
    that ran over, supplies for which there was no room.
    """
    if run is None:
        return ()
    cabin = cabin_of(elements, step_s=float(run.attrs["step_s"]))
    if cabin is None:
        return ()
    rules = (_dry, _stale, _thin, _unpowered, _full, _refused)
    found = [shortfall for rule in rules for shortfall in rule(run, cabin)]
    return tuple(sorted(found, key=lambda shortfall: (shortfall.start_s, shortfall.what)))


def _short(
    run: xr.Dataset, when: BoolArray, *, what: str, amount: float, unit: str, found: str, mend: str
) -> Shortfall:
    k = int(np.argmax(when))
    hours = float(when.sum()) * float(run.attrs["step_s"]) / _HOUR_S
    utc = str(run["time"].values[k])[:16].replace("T", " ")
    return Shortfall(
        what=what, start_s=float(run["t_s"].values[k]), start_utc=utc, duration_h=hours,
        amount=amount, unit=unit, mend=mend,
        found=f"{found}, first at {utc} UTC, for {hours:g} h in all",
    )  # fmt: skip


def _more(run: xr.Dataset, cabin: Cabin, supply: str, kg: float) -> str:
    """How that much more of a supply gets into the station: it rides along if a tank has room."""
    wanted = float(np.ceil(kg))
    crewed = run["people_aboard"].values > 0.0
    level = run["tank_kg"].sel(tank=supply).values
    room = cabin.capacity_kg(supply) - float(level[int(np.argmax(crewed))])
    if room >= wanted:
        return f"Bring {wanted:g} kg more {supply}."
    capacity = cabin.capacity_kg(supply)
    return (
        f"Bring {wanted:g} kg more {supply}, in a tank of {np.ceil(capacity + wanted - room):g} kg"
        f" (now {capacity:g} kg)."
    )


def _dry(run: xr.Dataset, cabin: Cabin) -> Iterator[Shortfall]:
    for supply in SUPPLIES:
        lacking = run["lacking_kg"].sel(supply=supply).values
        when = lacking > _NOTHING_KG
        if when.any():
            kg = float(lacking.sum())
            yield _short(
                run, when, what=supply, amount=kg, unit="kg",
                found=f"{kg:.4g} kg of {supply} lacking", mend=_more(run, cabin, supply, kg),
            )  # fmt: skip


def _stale(run: xr.Dataset, cabin: Cabin) -> Iterator[Shortfall]:
    limit_pa, co2_pa = cabin.limits.co2_highest_pa, run["co2_pressure_pa"].values
    when = (co2_pa > limit_pa) & (run["people_aboard"].values > 0.0)
    if not when.any():
        return
    worst = float(co2_pa[when].max())
    # In the long run as much is removed as people breathe out; below the rated pressure the rate
    # falls with it.
    made = CARBON_DIOXIDE_OUT_KG_D * float(np.ceil(run["people_aboard"].values.max()))
    needed = made * max(cabin.limits.co2_rated_pa / limit_pa, 1.0) if limit_pa else np.inf
    there = cabin.rate_kg_d("co2_removal")
    if there >= needed:
        mend = "Give the removal of CO2 the power that it lacked."
    else:
        mend = f"Remove {np.ceil(100 * needed) / 100:g} kg/d of CO2 at full power (now {there:g})."
    yield _short(
        run, when, what="co2", amount=worst, unit="Pa",
        found=f"CO2 at up to {worst:.4g} Pa, over its limit of {limit_pa:g} Pa", mend=mend,
    )  # fmt: skip


def _thin(run: xr.Dataset, cabin: Cabin) -> Iterator[Shortfall]:
    limit_pa, oxygen_pa = cabin.limits.oxygen_lowest_pa, run["oxygen_pressure_pa"].values
    when = (oxygen_pa < limit_pa) & (run["people_aboard"].values > 0.0)
    if not when.any():
        return
    worst = float(oxygen_pa[when].min())
    # What the tank would have had to let in to keep the cabin at the limit, and its leak.
    gas_kg = run["cabin_gas_kg"].sel(gas="oxygen").values
    kg = cabin.gas_kg(limit_pa, "oxygen") - float(gas_kg[when].min())
    kg += float(run["lacking_kg"].sel(supply="oxygen").sum())
    kg *= 1.0 + cabin.leakage_per_day * float(when.sum()) * float(run.attrs["step_s"]) / DAY_S
    yield _short(
        run, when, what="oxygen pressure", amount=worst, unit="Pa",
        found=f"oxygen down to {worst:.4g} Pa, under its limit of {limit_pa:g} Pa",
        mend=_more(run, cabin, "oxygen", kg),
    )  # fmt: skip


def _unpowered(run: xr.Dataset, cabin: Cabin) -> Iterator[Shortfall]:
    asked, given = run["life_support_power_requested_w"].values, run["life_support_power_w"].values
    short_w = asked - given
    when = (short_w > 1e-6) & (run["people_aboard"].values > 0.0)
    if when.any():
        kwh = float(short_w[when].sum()) * float(run.attrs["step_s"]) / _HOUR_S / 1e3
        worst = float(short_w[when].max())
        yield _short(
            run, when, what="power", amount=kwh, unit="kWh",
            found=f"life support lacks up to {worst:.4g} W, {kwh:.4g} kWh in all",
            mend=f"Store {kwh:.4g} kWh more for it, or let other loads spare {worst:.4g} W.",
        )  # fmt: skip


def _full(run: xr.Dataset, cabin: Cabin) -> Iterator[Shortfall]:
    """Tanks that ran over. A station without such a tank dumps by design: no shortfall."""
    over = {str(tank): run["overflow_kg"].sel(tank=tank).values for tank in run["tank"].values}
    over["waste"] = over.pop("waste water") + over.pop("waste solids")
    for tank, lost in over.items():
        capacity = cabin.capacity_kg(tank)
        when = lost > _NOTHING_KG
        if capacity > 0.0 and when.any():
            kg = float(lost.sum())
            yield _short(
                run, when, what=f"{tank} tank", amount=kg, unit="kg",
                found=f"the tank for {tank} runs over by {kg:.4g} kg",
                mend=f"Take one of {np.ceil(capacity + kg):g} kg (now {capacity:g} kg).",
            )  # fmt: skip


def _refused(run: xr.Dataset, cabin: Cabin) -> Iterator[Shortfall]:
    for supply in SUPPLIES:
        left = run["refused_kg"].sel(supply=supply).values
        when = left > _NOTHING_KG
        if when.any():
            kg = float(left.sum())
            capacity = cabin.capacity_kg(supply)
            yield _short(
                run, when, what=f"{supply} brought", amount=kg, unit="kg",
                found=f"{kg:.4g} kg of {supply} that visits bring find no room",
                mend=f"Bring less, or take a tank of {np.ceil(capacity + kg):g} kg"
                f" (now {capacity:g} kg).",
            )  # fmt: skip
