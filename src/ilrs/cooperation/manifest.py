"""The manifest: what each mission carries, against what it can put down or lift."""

from dataclasses import dataclass

from ilrs.programme.entities import Mission, Programme

__all__ = ["ManifestRow", "elements_without_ride", "manifest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One mission's cargo. Unknown masses are named, never taken as zero in a margin."""

    mission: str
    owner: str
    status: str
    launcher: str | None
    elements: tuple[str, ...]
    mass_kg: float  # of the carried elements that declare one
    mass_unknown: tuple[str, ...]
    capacity_kg: float | None
    capacity_from: str  # where the capacity comes from; empty where there is none

    @property
    def margin_kg(self) -> float | None:
        """Capacity minus carried mass [kg]; None where either is not known.

        A negative margin stands even with some masses unknown: they can only make it worse.
        """
        if self.capacity_kg is None:
            return None
        margin = self.capacity_kg - self.mass_kg
        return None if self.mass_unknown and margin >= 0.0 else margin


def _capacity(programme: Programme, mission: Mission) -> tuple[float | None, str]:
    """Landed payload where declared, else what the launcher sends to or into lunar orbit."""
    if mission.landed_payload_kg is not None:
        return mission.landed_payload_kg, "landed payload"
    launcher = programme.launchers.get(mission.launcher or "")
    if launcher is None:
        return None, ""
    if mission.orbit is not None and launcher.llo_kg is not None:
        return launcher.llo_kg, f"{launcher.id} to low lunar orbit"
    if launcher.tli_kg is not None:
        return launcher.tli_kg, f"{launcher.id} to trans-lunar injection"
    return None, ""


def manifest(programme: Programme) -> list[ManifestRow]:
    """One row per mission in declared order, with an empty cargo where nothing rides.

    A launcher's figure is the weaker limit: it also has to lift the craft that carries the cargo.
    """
    rows = []
    for mission in programme.missions.values():
        carried = programme.carried_by(mission.id)
        capacity_kg, capacity_from = _capacity(programme, mission)
        rows.append(
            ManifestRow(
                mission=mission.id,
                owner=mission.owner,
                status=mission.status,
                launcher=mission.launcher,
                elements=tuple(carried),
                mass_kg=sum(e.mass_kg for e in carried.values() if e.mass_kg is not None),
                mass_unknown=tuple(key for key, e in carried.items() if e.mass_kg is None),
                capacity_kg=capacity_kg,
                capacity_from=capacity_from,
            )
        )
    return rows


def elements_without_ride(programme: Programme) -> tuple[str, ...]:
    """Elements that no mission carries, in declared order; a failed flight is no ride."""
    riding = {
        key
        for mission in programme.missions.values()
        if mission.status != "failed"
        for key in programme.carried_by(mission.id)
    }
    return tuple(key for key in programme.elements if key not in riding)
