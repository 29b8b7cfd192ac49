"""Seeded campaigns, road maps and coalitions for the bars of cooperation."""

import numpy as np

from ilrs.cooperation.campaign import Cargo, Carrier
from ilrs.cooperation.risk import Task
from ilrs.programme.entities import Programme

__all__ = ["campaign_case", "road_map", "twelve_partners"]

#: Five lander classes: landed mass [kg], volume [m3], launches, first day, days between launches.
#: Masses span those of announced landers, from some 100 kg to Chang'e-class tonnes and heavy cargo.
_CARRIERS = (
    ("LIGHT", 300.0, 3.0, 3, 0.0, 240.0),
    ("MEDIUM", 1200.0, 12.0, 3, 60.0, 300.0),
    ("LARGE", 2600.0, 20.0, 3, 120.0, 365.0),
    ("HEAVY", 5000.0, 40.0, 2, 700.0, 500.0),
    ("CARGO", 8000.0, 60.0, 1, 1300.0, 900.0),
)


def campaign_case(
    *, pieces: int = 60, seed: int = 1
) -> tuple[list[Cargo], list[Carrier], dict[str, list[str]]]:
    """Sixty pieces for twelve possible launches of five classes, and a pad that a piece closes.

    The masses come to about 80 % of what all twelve land; a third of the pieces need another one.
    """
    rng = np.random.default_rng(seed)
    carriers = [
        Carrier(
            id=name, landed_kg=landed_kg, volume_m3=volume_m3, launches=launches, first_d=first_d,
            interval_d=interval_d, pads=("NEAR", "FAR"),
        )
        for name, landed_kg, volume_m3, launches, first_d, interval_d in _CARRIERS
    ]  # fmt: skip
    total_kg = 0.8 * sum(c.landed_kg * c.launches for c in carriers)
    parts = rng.lognormal(0.0, 0.9, pieces)
    mass_kg = np.minimum(parts / parts.sum() * total_kg, 2500.0)
    cargo = [
        Cargo(
            id=f"C{k:02d}", mass_kg=float(mass_kg[k]),
            volume_m3=float(mass_kg[k] / 1000.0 * rng.uniform(3.0, 7.0)),
            needs=(f"C{int(rng.integers(k)):02d}",) if k and rng.random() < 1 / 3 else (),
            ready_d=float(rng.choice([0.0, 0.0, 300.0, 600.0])),
        )
        for k in range(pieces)
    ]  # fmt: skip
    return cargo, carriers, {"NEAR": ["C00"]}


def twelve_partners(programme: Programme) -> Programme:
    """The reference with two of its elements given to two more partners: twelve are at work."""
    given = {"SOLAR-MAST-3": "BY", "LABORATORY": "VE"}
    elements = {
        key: element.model_copy(update={"owner": given[key]}) if key in given else element
        for key, element in programme.elements.items()
    }
    return programme.model_copy(update={"elements": elements})


def road_map(*, tasks: int = 500, seed: int = 1) -> list[Task]:
    """Tasks that need up to three earlier ones, with PERT durations and a mishap now and then."""
    rng = np.random.default_rng(seed)
    made = []
    for k in range(tasks):
        likely_d = float(rng.uniform(20.0, 200.0))
        count = min(k, int(rng.integers(0, 4)))
        needs = rng.choice(np.arange(max(0, k - 40), k), min(count, k, 40), replace=False)
        made.append(
            Task(
                id=f"T{k:03d}", needs=tuple(f"T{int(j):03d}" for j in needs),
                least_d=0.8 * likely_d, likely_d=likely_d, most_d=2.0 * likely_d,
                mishap_probability=0.05, mishap_most_d=365.0, due_d=k * 20.0 + 400.0,
            )
        )  # fmt: skip
    return made
