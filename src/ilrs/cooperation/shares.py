"""Shares: how much of the landed mass each partner owns, so that no single one owns it all."""

from dataclasses import dataclass

from ilrs.cooperation.manifest import elements_without_ride
from ilrs.programme.entities import Element, Programme

__all__ = ["OwnerShare", "landed_shares", "single_owner_share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerShare:
    """One owner's part of the mass on the surface."""

    owner: str
    mass_kg: float
    share: float  # of the mass of all owners that is known
    elements: tuple[str, ...]
    mass_unknown: tuple[str, ...]  # its elements that declare no mass


def landed_shares(programme: Programme) -> list[OwnerShare]:
    """Owners by landed mass, largest first: elements at a site with a ride that has not failed."""
    grounded = set(elements_without_ride(programme))
    owned: dict[str, list[Element]] = {}
    for element in programme.elements.values():
        if element.site is not None and element.id not in grounded:
            owned.setdefault(element.owner or "not known", []).append(element)
    mass_kg = {owner: sum(e.mass_kg or 0.0 for e in items) for owner, items in owned.items()}
    total_kg = sum(mass_kg.values())
    rows = [
        OwnerShare(
            owner=owner,
            mass_kg=mass_kg[owner],
            share=mass_kg[owner] / total_kg if total_kg else 0.0,
            elements=tuple(e.id for e in items),
            mass_unknown=tuple(e.id for e in items if e.mass_kg is None),
        )
        for owner, items in owned.items()
    ]
    return sorted(rows, key=lambda row: (-row.mass_kg, row.owner))


def single_owner_share(programme: Programme) -> tuple[float | None, str]:
    """Largest share of the landed mass that one partner owns, and that partner's id.

    The share is None, and the text says so, where no landed element declares a mass.
    """
    rows = landed_shares(programme)
    if not rows or rows[0].mass_kg <= 0.0:
        return None, "no landed element declares a mass"
    return rows[0].share, rows[0].owner
