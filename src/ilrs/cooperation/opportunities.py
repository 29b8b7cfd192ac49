"""What the programme needs and nobody covers, and what it offers: a list for who wants to join."""

from collections.abc import Iterator
from dataclasses import dataclass

from ilrs.cooperation import ledger, traceability
from ilrs.cooperation.guests import guests
from ilrs.cooperation.manifest import elements_without_ride, manifest
from ilrs.programme.entities import Programme

__all__ = ["KINDS", "Opportunity", "opportunities"]

#: The kinds of opportunity, in the order of the list.
KINDS = ("objective", "field", "guest", "cargo", "ride", "second source", "ledger")

_TO_COME = {"planned", "slipped", "reworked", "proposed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One thing that a newcomer could bring, or take part in."""

    kind: str
    about: str  # id of the objective, field, mission, element or facility; stage and level
    text: str
    place: str = ""  # of a mission's guests, where it offers several
    fields: tuple[str, ...] = ()  # science fields
    stage: str = ""
    level: str = ""
    most_kg: float | None = None  # mass that there is room for

    @property
    def key(self) -> str:
        """What `ilrs propose --opportunity` takes: 'guest:CE-7:lander', 'ledger:design:system'."""
        about = self.about.replace(" x ", ":")
        return ":".join(filter(None, (self.kind.replace(" ", "-"), about, self.place)))

    @property
    def command(self) -> str:
        """The command that writes a proposal for it."""
        return f"ilrs propose --opportunity {self.key}"


def opportunities(
    programme: Programme,
    *,
    fields: tuple[str, ...] = (),
    stage: str = "",
    level: str = "",
    mass_kg: float | None = None,
) -> list[Opportunity]:
    """What nobody covers yet, filtered by what a newcomer can do.

    What says nothing of a field, stage, level or mass stays in the list; what says another one
    falls out. `mass_kg` is that of what the newcomer would bring.
    """
    found = [*_research(programme), *_room(programme), *_rides(programme), *_sources(programme)]
    found += _ledger(programme)
    return [
        one
        for one in found
        if (not fields or not one.fields or set(fields) & set(one.fields))
        and (not stage or one.stage in ("", stage))
        and (not level or one.level in ("", level))
        and (mass_kg is None or one.most_kg is None or one.most_kg >= mass_kg)
    ]


def _research(programme: Programme) -> Iterator[Opportunity]:
    gaps = traceability.gaps(programme)
    for key in gaps.objectives_without_experiment:
        objective = programme.objectives[key]
        yield Opportunity(
            kind="objective", about=key, fields=objective.fields, stage="operation",
            text=f"no experiment serves {objective.name or key}",
        )  # fmt: skip
    for key in gaps.fields_without_experiment:
        yield Opportunity(
            kind="field", about=key, fields=(key,), stage="operation",
            text=f"no experiment in {programme.science_fields[key].name or key}",
        )  # fmt: skip


def _room(programme: Programme) -> Iterator[Opportunity]:
    """Mass that missions to come offer to guests, or have to spare on the surface."""
    for mission in programme.missions.values():
        if mission.status not in _TO_COME:
            continue
        for part in guests(programme, mission):
            known = f", {', '.join(part.without_mass)} not counted" if part.without_mass else ""
            if part.free_kg > 0.0:
                yield Opportunity(
                    kind="guest", about=mission.id, most_kg=part.free_kg, stage="implementation",
                    level="equipment", place="" if part.place == "total" else part.place,
                    text=f"{part.free_kg:g} kg of {part.offered_kg:g} kg for guests"
                    f"{'' if part.place == 'total' else f' on the {part.place}'} are free{known}",
                )  # fmt: skip
    for row in manifest(programme):
        if row.status in _TO_COME and row.margin_kg is not None and row.margin_kg > 0.0:
            yield Opportunity(
                kind="cargo", about=row.mission, most_kg=row.margin_kg, stage="implementation",
                text=f"{row.margin_kg:g} kg more could be landed",
            )  # fmt: skip


def _rides(programme: Programme) -> Iterator[Opportunity]:
    for key in elements_without_ride(programme):
        mass_kg = programme.elements[key].mass_kg
        yield Opportunity(
            kind="ride", about=key, stage="implementation", level="mission",
            text=f"{programme.elements[key].name or key} has no mission that carries it"
            + (f" ({mass_kg:g} kg)" if mass_kg else ""),
        )  # fmt: skip


def _sources(programme: Programme) -> Iterator[Opportunity]:
    """Facilities whose elements all belong to one partner: a second source would be welcome."""
    for key, facility in programme.facilities.items():
        owners = {e.owner for e in programme.elements.values() if e.facility == key}
        if len(owners) < 2:
            whose = f"all of it is {owners.pop()}'s" if owners else "nobody has an element in it"
            yield Opportunity(
                kind="second source", about=key, stage="implementation", level="system",
                text=f"{facility.name or key}: {whose}",
            )  # fmt: skip


def _ledger(programme: Programme) -> Iterator[Opportunity]:
    for stage, level in ledger.gaps(programme).empty_cells:
        yield Opportunity(
            kind="ledger", about=f"{stage} x {level}", stage=stage, level=level,
            text=f"nobody contributes to {stage} at {level} level",
        )  # fmt: skip
