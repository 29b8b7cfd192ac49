"""The cabin that a station's elements make together: sizes for the steps, checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, JULIAN_YEAR_S
from ilrs.programme.entities import Element, LifeSupport, Processor
from ilrs.station.air import gas_mass_kg, kept_fraction, partial_pressure_pa
from ilrs.station.cabin import CABIN, HELD, MOLAR_MASS_KG_MOL, PROCESSORS, SUPPLIES

__all__ = ["Cabin", "cabin_of"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Where the contents of a declared tank lie among HELD; both kinds of waste share one.
_COLUMN = {name: HELD.index(name) for name in HELD[3:9]} | {"waste": HELD.index("waste water")}
_LIMITS: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("volume_m3", "it is more than 0", lambda v: 0.0 < v < np.inf),
    ("pressure_pa", "it is more than 0", lambda v: 0.0 < v < np.inf),
    ("temperature_k", "it is more than 0", lambda v: 0.0 < v < np.inf),
    ("co2_rated_pa", "it is more than 0", lambda v: 0.0 < v < np.inf),
    ("oxygen_fraction", "it is more than 0 and at most 1", lambda v: 0.0 < v <= 1.0),
    ("shielding_factor", "it lies from 0 to 1", lambda v: 0.0 <= v <= 1.0),
    *(
        (name, "it is 0 or more", lambda v: 0.0 <= v < np.inf)
        for name in (
            "leakage_per_year", "co2_highest_pa", "co2_emergency_pa", "oxygen_lowest_pa",
            "hygiene_water_kg_d", "suit_water_kg_d", "suit_oxygen_kg_d", "airlock_loss_kg",
            "crew_power_w",
        )
    ),
)  # fmt: skip
_ALIKE = ("pressure_pa", "oxygen_fraction", "temperature_k")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabin:
    """All pressurised rooms of a station with their doors open: one air, one set of tanks."""

    names: tuple[str, ...]  # ids of the elements
    volume_m3: float
    temperature_k: float
    leakage_per_day: float
    limits: LifeSupport  # the strictest limits, the weakest shield
    sizes: npt.NDArray[np.void]  # one row of CABIN
    start_kg: FloatArray  # by column of HELD

    def pressure_pa(self, gas_kg: npt.ArrayLike, gas: str) -> FloatArray:
        """Partial pressure of a mass of a gas (a key of MOLAR_MASS_KG_MOL) in this cabin. [Pa]"""
        return partial_pressure_pa(
            np.asarray(gas_kg), volume_m3=self.volume_m3, temperature_k=self.temperature_k,
            molar_mass_kg_mol=MOLAR_MASS_KG_MOL[gas],
        )  # fmt: skip

    def gas_kg(self, pressure_pa: float, gas: str) -> float:
        """Mass of a gas at a partial pressure in this cabin. [kg]"""
        mass = gas_mass_kg(
            pressure_pa, volume_m3=self.volume_m3, temperature_k=self.temperature_k,
            molar_mass_kg_mol=MOLAR_MASS_KG_MOL[gas],
        )  # fmt: skip
        return float(mass)

    def capacity_kg(self, holds: str) -> float:
        """Room of the tanks of a kind. [kg]"""
        return float(self.sizes["capacity_kg"][0, _COLUMN[holds]])

    def rate_kg_d(self, kind: str) -> float:
        """What the machines of a kind treat at full power. [kg/d]"""
        return float(self.sizes["rate_kg_d"][0, PROCESSORS.index(kind)])


def cabin_of(elements: Sequence[Element], *, step_s: float) -> Cabin | None:
    """The cabin of the elements that have life support, for steps of a length; None without any.

    Raises IlrsError for numbers that cannot be, and where rooms that share their air disagree on
    it.
    """
    parts = {e.id: e.life_support for e in elements if e.life_support is not None}
    if not parts:
        return None
    for name, part in parts.items():
        _check(part, name)
    _check_alike(parts)
    first = next(iter(parts.values()))
    volume_m3 = sum(part.volume_m3 for part in parts.values())
    per_year = sum(p.leakage_per_year * p.volume_m3 for p in parts.values()) / volume_m3
    cabin = Cabin(
        names=tuple(parts), volume_m3=volume_m3, temperature_k=first.temperature_k,
        leakage_per_day=per_year * DAY_S / JULIAN_YEAR_S, limits=_strictest(parts),
        sizes=np.zeros(1, CABIN), start_kg=np.zeros(len(HELD)),
    )  # fmt: skip
    _fill(cabin, list(parts.values()), step_s=step_s)
    return cabin


def _check(part: LifeSupport, name: str) -> None:
    for attribute, possible, fits in _LIMITS:
        _require(getattr(part, attribute), fits, f"{name}.life_support.{attribute}", possible)
    for k, tank in enumerate(part.tanks):
        where = f"{name}.life_support.tanks[{k}]"
        _require(tank.capacity_kg, lambda v: 0.0 <= v < np.inf, f"{where}.capacity_kg",
                 "it is 0 or more")  # fmt: skip
        if tank.initial_fill is not None:
            _require(tank.initial_fill, lambda v: 0.0 <= v <= 1.0, f"{where}.initial_fill",
                     "it lies from 0 to 1")  # fmt: skip
    for k, machine in enumerate(part.processors):
        where = f"{name}.life_support.processors[{k}]"
        _require(machine.rate_kg_d, lambda v: 0.0 < v < np.inf, f"{where}.rate_kg_d",
                 "it is more than 0")  # fmt: skip
        _require(machine.power_w, lambda v: 0.0 <= v < np.inf, f"{where}.power_w",
                 "it is 0 or more")  # fmt: skip
        _require(machine.efficiency, lambda v: 0.0 < v <= 1.0, f"{where}.efficiency",
                 "it is more than 0 and at most 1")  # fmt: skip


def _require(value: float, fits: Callable[[float], bool], where: str, possible: str) -> None:
    if not fits(value):
        raise IlrsError(f"{where} is {value:g}", possible, "Correct it in its file.")


def _check_alike(parts: dict[str, LifeSupport]) -> None:
    (first, model), *others = parts.items()
    for name, part in others:
        for attribute in _ALIKE:
            one, other = getattr(model, attribute), getattr(part, attribute)
            if one != other:
                raise IlrsError(
                    f"{first}.life_support.{attribute} is {one:g} and {name}'s is {other:g}",
                    "rooms of one station share their air",
                    "Write the same in both.",
                )


def _strictest(parts: dict[str, LifeSupport]) -> LifeSupport:
    every = list(parts.values())
    lowest = {
        name: min(getattr(part, name) for part in every)
        for name in ("co2_highest_pa", "co2_emergency_pa")
    }
    highest = {
        name: max(getattr(part, name) for part in every)
        for name in ("oxygen_lowest_pa", "shielding_factor")
    }
    return every[0].model_copy(update=lowest | highest)


def _fill(cabin: Cabin, parts: Sequence[LifeSupport], *, step_s: float) -> None:
    """Writes sizes and first contents into a cabin that is being made."""
    row, first = cabin.sizes[0], parts[0]
    oxygen_pa = first.pressure_pa * first.oxygen_fraction
    row["oxygen_kg"] = cabin.gas_kg(oxygen_pa, "oxygen")
    row["nitrogen_kg"] = cabin.gas_kg(first.pressure_pa - oxygen_pa, "nitrogen")
    # Two machines side by side share the air: the rated pressure is that of the larger part.
    row["rated_co2_kg"] = cabin.gas_kg(max(p.co2_rated_pa for p in parts), "carbon dioxide")
    row["kept_fraction"] = kept_fraction(step_s / DAY_S, leakage_per_day=cabin.leakage_per_day)
    cabin.start_kg[0], cabin.start_kg[2] = row["oxygen_kg"], row["nitrogen_kg"]
    for name in ("suit_water_kg_d", "suit_oxygen_kg_d", "airlock_loss_kg"):
        row[name] = max(getattr(part, name) for part in parts)
    row["hygiene_kg_d"] = max(part.hygiene_water_kg_d for part in parts)
    row["crew_power_w"] = sum(part.crew_power_w for part in parts)
    for tank in (tank for part in parts for tank in part.tanks):
        column = _COLUMN[tank.holds]
        row["capacity_kg"][column] += tank.capacity_kg
        full = 1.0 if tank.holds in SUPPLIES else 0.0
        fill = full if tank.initial_fill is None else tank.initial_fill
        cabin.start_kg[column] += tank.capacity_kg * fill
    for k, kind in enumerate(PROCESSORS):
        machines = [m for part in parts for m in part.processors if m.kind == kind]
        _join(row, k, machines)


def _join(row: np.void, k: int, machines: Sequence[Processor]) -> None:
    """Machines of one kind, run evenly, as one."""
    rate = sum(machine.rate_kg_d for machine in machines)
    row["rate_kg_d"][k] = rate
    row["power_w"][k] = sum(machine.power_w for machine in machines)
    if machines:
        row["efficiency"][k] = sum(m.rate_kg_d * m.efficiency for m in machines) / rate
