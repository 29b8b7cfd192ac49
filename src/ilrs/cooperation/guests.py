"""What missions offer to guests, and what of it is taken."""

from collections.abc import Iterator
from dataclasses import dataclass

from ilrs.programme.entities import Mission, Programme

__all__ = ["Guests", "guests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """What a mission offers to guests, and what of it is taken by declared elements. [kg]"""

    mission: str
    place: str
    offered_kg: float
    taken_kg: float
    without_mass: tuple[str, ...]  # guests whose mass is not known

    @property
    def free_kg(self) -> float:
        """What is still free; an upper bound where a guest's mass is not known. [kg]"""
        return max(self.offered_kg - self.taken_kg, 0.0)


def guests(programme: Programme, mission: Mission) -> Iterator[Guests]:
    """What each part of a mission offers; guests are elements of others that ride on it."""
    aboard = [e for e in programme.carried_by(mission.id).values() if e.owner != mission.owner]
    for place, offered_kg in mission.guest_allotment_kg.items():
        here = [e for e in aboard if (e.orbit is None) == (place != "orbiter")]
        yield Guests(
            mission=mission.id, place=place, offered_kg=offered_kg,
            taken_kg=sum(e.mass_kg or 0.0 for e in here),
            without_mass=tuple(e.id for e in here if e.mass_kg is None),
        )  # fmt: skip
