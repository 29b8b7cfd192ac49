"""A habitat and visits for the tests of life support."""

from typing import Any

from ilrs.programme.entities import CrewVisit, Element

TANKS_KG = {
    "oxygen": 80, "nitrogen": 60, "water": 400, "food": 120, "condensate": 60, "urine": 60,
    "waste": 200,
}  # fmt: skip
MACHINES = (
    {"kind": "co2_removal", "rate": "4 kg/d", "power": "800 W"},
    {"kind": "electrolysis", "rate": "3 kg/d", "power": "1.25 kW"},
    {"kind": "sabatier", "rate": "3.5 kg/d", "efficiency": 0.9, "power": "100 W"},
    {"kind": "urine_recovery", "rate": "8 kg/d", "efficiency": 0.87, "power": "300 W"},
    {"kind": "water_recovery", "rate": "25 kg/d", "efficiency": 0.98, "power": "300 W"},
)


def tanks(**changes_kg: float | None) -> list[dict[str, Any]]:
    """Full or empty tanks as a file writes them; one that is None is left out."""
    sizes = TANKS_KG | changes_kg
    return [{"holds": k, "capacity": f"{v} kg"} for k, v in sizes.items() if v is not None]


def machines(*kinds: str, **changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The machines of these kinds (all, when none is named), some of their keys changed."""
    return [
        machine | changes.get(str(machine["kind"]), {})
        for machine in MACHINES
        if not kinds or machine["kind"] in kinds
    ]


def habitat(key: str = "HAB", **changes: Any) -> Element:
    """A cabin of 100 m3 for three, with all machines; keywords replace keys of its file."""
    cabin = {"volume": "100 m3", "tanks": tanks(), "processors": machines()} | changes
    return Element.model_validate(
        {"id": key, "facility": "F2", "site": "RIDGE", "life_support": cabin}
    )


def visit(start: str = "2035-01-02", end: str = "2035-01-12", **changes: Any) -> CrewVisit:
    """Three people for ten days; keywords replace keys of the file."""
    return CrewVisit.model_validate({"start": start, "end": end, "people": 3} | changes)
