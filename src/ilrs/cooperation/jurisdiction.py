"""Whose each object is in law: the State behind its owner, launching States, registry, liability.

Articles VI to VIII of the Outer Space Treaty (1967), the Liability Convention (1972) and the
Registration Convention (1975) applied to what the files declare. It informs; it is no legal advice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ilrs.cooperation.dates import date_bounds
from ilrs.cooperation.manifest import stays_on_earth
from ilrs.programme.entities import Element, Mission, Programme
from ilrs.programme.law import Agreement

__all__ = [
    "LaunchingState", "Standing", "agreements_between", "launched_objects", "launching_states",
    "ride_of", "standing", "standings", "state_of",
]  # fmt: skip

Declared = Element | Mission


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchingState:
    """A State that may count as a launching State of an object, and by what."""

    state: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the law asks of an object first; what is not declared is None and listed as open."""

    object: str
    kind: str  # "element" or "mission"
    owner: str
    owner_state: str | None  # that authorises and supervises it (OST, Art. VI)
    launching_states: tuple[LaunchingState, ...]
    registry_state: str | None  # keeps jurisdiction and control (OST, Art. VIII)
    liability: str
    agreements: tuple[str, ...]  # between its launching States that hold on its day, about it
    open: tuple[str, ...]


def state_of(programme: Programme, partner: str) -> str | None:
    """The State behind a partner: itself, or the one that its file names; None where none is."""
    declared = programme.partners.get(partner)
    if declared is None:
        return None
    return partner if declared.kind == "state" else declared.state or None


def ride_of(programme: Programme, declared: Declared) -> Mission | None:
    """The flight that an object is launched on: a mission's own, or the newest that carries it."""
    if isinstance(declared, Mission):
        return declared
    rides = [m for m in programme.missions.values() if declared.id in programme.carried_by(m.id)]
    return rides[-1] if rides else None


def launched_objects(programme: Programme) -> Iterator[Declared]:
    """Every mission and every element that leaves Earth, missions first."""
    yield from programme.missions.values()
    yield from (e for e in programme.elements.values() if not stays_on_earth(e))


def launching_states(programme: Programme, declared: Declared) -> list[LaunchingState]:
    """The States that may count as launching States of an object, each with what it rests on.

    Who launches or has launched, and from whose territory (Registration Convention, Art. I).
    """
    ride = ride_of(programme, declared)
    found: dict[str, list[str]] = {}

    def add(state: str | None, reason: str) -> None:
        if state:
            found.setdefault(state, []).append(reason)

    if ride is not None:
        add(state_of(programme, ride.owner), f"owns the flight {ride.id}")
        launcher = programme.launchers.get(ride.launcher or "")
        operator = launcher.operator if launcher is not None else ""
        if launcher is not None:
            add(state_of(programme, operator), f"operates {launcher.id}")
        territory = ride.stewardship.territory if ride.stewardship is not None else None
        add(territory, "launched from its territory")
    if not isinstance(declared, Mission):
        add(state_of(programme, declared.owner), "has its object launched")
    add(declared.registry_state, "is named as State of registry")
    return [LaunchingState(state=key, why=", ".join(why)) for key, why in found.items()]


def agreements_between(
    programme: Programme, states: set[str], *, of: str = "", day: str | None = None
) -> list[Agreement]:
    """Agreements to which all these States are parties, about an object or about no one object.

    With `day` only those that have entered into force by then and have not ended; an act that
    needs no entry into force counts from its date.
    """
    found = []
    for act in programme.agreements.values():
        parties = {state_of(programme, party) or party for party in act.parties}
        if states <= parties and (not act.of or of in act.of) and _stands(act, day):
            found.append(act)
    return found


def _stands(act: Agreement, day: str | None) -> bool:
    if day is None:
        return True
    at = date_bounds(day).latest
    begun = date_bounds(act.in_force or act.date).earliest <= at
    return bool(begun and (act.ends is None or date_bounds(act.ends).latest >= at))


def standing(programme: Programme, declared: Declared) -> Standing:
    """How an object stands in law by what is declared."""
    states = launching_states(programme, declared)
    named = {row.state for row in states}
    ride = ride_of(programme, declared)
    day = ride.launch.date if ride is not None and ride.launch is not None else None
    acts = agreements_between(programme, named, of=declared.id, day=day) if len(named) > 1 else []
    owner_state = state_of(programme, declared.owner)
    registry = declared.registry_state
    missing = {
        "the State behind its owner": owner_state,
        "launching States": named or None,
        "State of registry": registry or (next(iter(named)) if len(named) == 1 else None),
        "agreement of its launching States": acts or len(named) < 2 or None,
    }
    return Standing(
        object=declared.id,
        kind="mission" if isinstance(declared, Mission) else "element",
        owner=declared.owner,
        owner_state=owner_state,
        launching_states=tuple(states),
        registry_state=registry,
        liability=_liability(sorted(named), acts),
        agreements=tuple(act.id for act in acts),
        open=tuple(what for what, value in missing.items() if value is None),
    )


def _liability(states: list[str], acts: list[Agreement]) -> str:
    """Who answers for damage (Liability Convention, Art. II, III and V), and what is waived."""
    if not states:
        return "not known: no launching State is declared"
    if len(states) == 1:
        return states[0]
    waived = [act.id for act in acts if "cross_waiver" in act.covers]
    among = f"; cross-waiver {', '.join(waived)}" if waived else ""
    return f"{' and '.join(states)} together{among}"


def standings(programme: Programme) -> list[Standing]:
    """How every object that leaves Earth stands in law, missions first."""
    return [standing(programme, declared) for declared in launched_objects(programme)]
