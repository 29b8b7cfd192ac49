"""The manifest: what each mission carries, against what it lands and what its launcher lifts."""

from dataclasses import dataclass

from ilrs.programme.entities import Element, Programme

__all__ = ["ManifestRow", "elements_without_ride", "manifest", "stays_on_earth"]

_GROUND = "F5"  # the ground support and application facility


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One mission's cargo and its two limits. What is not known makes a margin unknown."""

    mission: str
    owner: str
    status: str
    launcher: str | None
    elements: tuple[str, ...]
    mass_kg: float  # of the carried elements that declare one
    mass_unknown: tuple[str, ...]  # carried elements that declare none
    landed_payload_kg: float | None  # what the mission can put on the surface
    launch_mass_kg: float | None
    launcher_kg: float | None  # what the launcher sends to the Moon

    @property
    def margin_kg(self) -> float | None:
        """Landed capacity minus cargo [kg]; None where either is not known.

        A negative margin stands even with some masses unknown: they can only make it worse.
        """
        if self.landed_payload_kg is None:
            return None
        margin = self.landed_payload_kg - self.mass_kg
        return None if self.mass_unknown and margin >= 0.0 else margin

    @property
    def launch_margin_kg(self) -> float | None:
        """What the launcher lifts minus the mission's launch mass [kg]; None as above.

        Where no launch mass is declared the cargo is less than it, so that only an excess of the
        cargo alone says something.
        """
        if self.launcher_kg is None:
            return None
        if self.launch_mass_kg is not None:
            return self.launcher_kg - self.launch_mass_kg
        margin = self.launcher_kg - self.mass_kg
        return margin if margin < 0.0 else None


def manifest(programme: Programme) -> list[ManifestRow]:
    """One row per mission in declared order, with an empty cargo where nothing rides.

    The launcher's figure is that to trans-lunar injection, else that to low lunar orbit.
    """
    rows = []
    for mission in programme.missions.values():
        carried = programme.carried_by(mission.id)
        launcher = programme.launchers.get(mission.launcher or "")
        lifts_kg = None
        if launcher is not None:
            lifts_kg = launcher.llo_kg if launcher.tli_kg is None else launcher.tli_kg
        rows.append(
            ManifestRow(
                mission=mission.id,
                owner=mission.owner,
                status=mission.status,
                launcher=mission.launcher,
                elements=tuple(carried),
                mass_kg=sum(e.mass_kg for e in carried.values() if e.mass_kg is not None),
                mass_unknown=tuple(key for key, e in carried.items() if e.mass_kg is None),
                landed_payload_kg=mission.landed_payload_kg,
                launch_mass_kg=mission.launch_mass_kg,
                launcher_kg=lifts_kg,
            )
        )
    return rows


def stays_on_earth(element: Element) -> bool:
    """Whether an element belongs to the ground facility, F5, and so is never launched."""
    return element.facility == _GROUND


def elements_without_ride(programme: Programme) -> tuple[str, ...]:
    """Elements that no mission carries, in declared order; a failed flight is no ride.

    Those of the ground facility need none.
    """
    riding = {
        key
        for mission in programme.missions.values()
        if not mission.lost
        for key in programme.carried_by(mission.id)
    }
    return tuple(
        key
        for key, element in programme.elements.items()
        if key not in riding and not stays_on_earth(element)
    )
