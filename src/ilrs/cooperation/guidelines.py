"""Guidelines and treaty duties that a programme declares, checked object by object.

Each check asks only what the files can answer: that a thing is declared and fits, not that it was
done. What nobody declared is told as not declared; nothing is guessed, and none of it is a legal
finding.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ilrs.cooperation.dates import date_bounds
from ilrs.cooperation.jurisdiction import (
    Declared,
    agreements_between,
    launched_objects,
    launching_states,
    ride_of,
    state_of,
)
from ilrs.programme.entities import Element, Mission, Programme
from ilrs.programme.law import Guideline, Stewardship

__all__ = ["Answer", "Verdict", "answers", "settled"]

State = Literal["met", "not met", "not declared"]
_POLAR_SOUTH_DEG, _POLAR_NORTH_DEG = -79.0, 86.0  # COSPAR, 2021: category IIb from there on
_OVER = {"flown", "failed", "withdrawn"}
_NONE = Stewardship()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check says of one object: "programme" where it asks the whole of it."""

    object: str
    state: State
    why: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One guideline's verdict on one object."""

    guideline: str
    object: str
    state: State
    why: str
    mend: str


Check = Callable[[Programme], Iterator[Verdict]]


def settled(object_id: str, holds: bool | None, reason: str, *, mend: str) -> Verdict:
    """A verdict; what is neither met nor broken, None, is not declared."""
    state: State = "not declared" if holds is None else "met" if holds else "not met"
    return Verdict(object=object_id, state=state, why=reason, mend="" if holds else mend)


def answers(programme: Programme, others: Mapping[str, Check] | None = None) -> list[Answer]:
    """What every declared guideline says of every object that it is about, in declared order.

    `others` are checks that need more than the files (places, spectrum), by name. A guideline
    whose check is in neither is left out.
    """
    checks = {**_CHECKS, **(others or {})}
    return [
        Answer(
            guideline=guideline.id, object=verdict.object, state=verdict.state, why=verdict.why,
            mend=verdict.mend,
        )
        for guideline in programme.guidelines.values()
        for verdict in _verdicts(programme, guideline, checks)
    ]  # fmt: skip


def _verdicts(
    programme: Programme, guideline: Guideline, checks: Mapping[str, Check]
) -> Iterator[Verdict]:
    check = checks.get(guideline.check)
    return iter(()) if check is None else check(programme)


def _living(programme: Programme) -> Iterator[Declared]:
    """Objects for which something can still be done."""
    for declared in launched_objects(programme):
        ride = ride_of(programme, declared)
        if ride is None or ride.status not in _OVER:
            yield declared


def _path(declared: Declared) -> str:
    kind = "missions" if isinstance(declared, Mission) else "elements"
    return f"{kind}.{declared.id}"


def _kept(declared: Declared) -> Stewardship:
    return declared.stewardship or _NONE


def _supervised(programme: Programme) -> Iterator[Verdict]:
    for declared in launched_objects(programme):
        owner, state = declared.owner, state_of(programme, declared.owner)
        why = f"{state} authorises and supervises {owner}" if state else "no State is named"
        if not owner:
            why = "it has no owner"
        mend = (
            f"Name `state:` in partners.{owner}." if owner else f"Name `owner:` of {declared.id}."
        )
        yield settled(declared.id, True if state else None, why, mend=mend)


def _registered(programme: Programme) -> Iterator[Verdict]:
    for declared in launched_objects(programme):
        registry = declared.registry_state
        states = {row.state for row in launching_states(programme, declared)}
        if registry is None:
            why, holds = "no State of registry is declared", None
        else:
            holds = registry in states
            why = f"{registry} registers it, one of its launching States"
        mend = f"Add `registry_state:` to {_path(declared)}."
        yield settled(declared.id, holds, why, mend=mend)


def _registry_agreed(programme: Programme) -> Iterator[Verdict]:
    for declared in launched_objects(programme):
        states = {row.state for row in launching_states(programme, declared)}
        if len(states) > 1:
            names = " and ".join(sorted(states))
            acts = agreements_between(programme, states, of=declared.id)
            settles = [act.id for act in acts if "registry" in act.covers]
            holds = True if settles else None
            why = f"{names}: {', '.join(settles) or 'no agreement of theirs settles it'}"
            mend = f"Declare an agreement of {names} that covers `registry`."
            yield settled(declared.id, holds, why, mend=mend)


def _contact_named(programme: Programme) -> Iterator[Verdict]:
    owners = dict.fromkeys(d.owner for d in _living(programme) if d.owner in programme.partners)
    for owner in owners:
        contact = programme.partners[owner].contact
        why = f"reached at {contact}" if contact else "no point of contact"
        mend = f"Add `contact:` to partners.{owner}."
        yield settled(owner, True if contact else None, why, mend=mend)


def _orbit_shared(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        if declared.orbit is not None:
            known = declared.orbit.uncertainty is not None
            why = "orbit with its uncertainty" if known else "orbit without uncertainty"
            mend = f"Add `uncertainty:` to the orbit of {declared.id}."
            yield settled(declared.id, known or None, why, mend=mend)


def _frequencies_declared(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        if declared.links:
            silent = sum(link.frequency_hz is None for link in declared.links)
            told = len(declared.links) - silent
            why = f"{told} of {len(declared.links)} links name their frequency"
            mend = f"Add `frequency:` to the links of {declared.id}."
            yield settled(declared.id, None if silent else True, why, mend=mend)


def _end_declared(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        if isinstance(declared, Element) and declared.orbit is None:
            continue  # what is landed stays
        end = _kept(declared).end_of_life
        wrong = end == "stays" and declared.orbit is not None
        why = f"its end is: {end.replace('_', ' ')}" if end else "how it ends is not declared"
        mend = f"Add `stewardship: {{end_of_life: …}}` to {_path(declared)}."
        if wrong:
            why, mend = "it stays in orbit when it ends", "Plan impact, escape or return."
        yield settled(declared.id, None if end is None else not wrong, why, mend=mend)


def _passivated(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        stored = isinstance(declared, Mission) or declared.storage is not None
        if stored:
            safe = _kept(declared).is_passivated
            why = {True: "made safe at its end", False: "not made safe at its end"}.get(
                bool(safe), ""
            )
            why = "nothing is said of its stores at its end" if safe is None else why
            mend = f"Add `stewardship: {{is_passivated: true}}` to {_path(declared)}, if it is."
            yield settled(declared.id, safe, why, mend=mend)


def _nuclear_assessed(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        if isinstance(declared, Element) and _has_nuclear_source(declared):
            assessed = _kept(declared).safety_assessment
            holds, why = None, "no safety assessment is declared"
            if assessed is not None and assessed.date is not None:
                ride = ride_of(programme, declared)
                launch = ride.launch.date if ride is not None and ride.launch is not None else None
                holds = launch is None or bool(
                    date_bounds(assessed.date).earliest < date_bounds(launch).latest
                )
                side = "before" if holds else "after"
                why = f"assessed {assessed.date}, {side} the launch in {launch or '?'}"
            mend = f"Add `stewardship: {{safety_assessment: {{date: …}}}}` to {_path(declared)}."
            yield settled(declared.id, holds, why, mend=mend)


def _has_nuclear_source(element: Element) -> bool:
    warmed = element.thermal is not None and element.thermal.radioisotope_heat_w > 0.0
    return element.generator is not None or warmed


def _protection_declared(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        wanted, category = _wanted_category(programme, declared), _kept(declared).protection
        if category is None:
            why = f"no category is declared; its place asks for {wanted}"
        else:
            why = f"category {category}, where {wanted} is asked for"
        holds = None if category is None else category == wanted
        mend = f"Add `stewardship: {{protection: {wanted}}}` to {_path(declared)}."
        yield settled(declared.id, holds, why, mend=mend)


def _wanted_category(programme: Programme, declared: Declared) -> str:
    """COSPAR's category by place: orbiters II, landers IIa, those near the poles IIb."""
    site = programme.sites.get(declared.site or "")
    if site is None:
        return "II"
    latitude_deg = site.latitude_deg
    polar = latitude_deg is not None and (
        latitude_deg <= _POLAR_SOUTH_DEG or latitude_deg >= _POLAR_NORTH_DEG
    )
    return "IIb" if polar else "IIa"


def _organics_listed(programme: Programme) -> Iterator[Verdict]:
    for declared in _living(programme):
        if declared.site in programme.sites:
            listed = _kept(declared).organic_inventory
            why = "an inventory is kept" if listed else "no inventory is declared"
            mend = f"Add `stewardship: {{organic_inventory: true}}` to {_path(declared)}."
            yield settled(declared.id, listed, why, mend=mend)


def _liability_waived(programme: Programme) -> Iterator[Verdict]:
    pairs: dict[tuple[str, str], list[str]] = {}
    for element in programme.elements.values():
        for other in _met(programme, element):
            if other.owner and element.owner and other.owner != element.owner:
                pair = (min(element.owner, other.owner), max(element.owner, other.owner))
                pairs.setdefault(pair, []).append(f"{element.id} with {other.id}")
    for (first, second), joints in sorted(pairs.items()):
        states = {state_of(programme, first) or first, state_of(programme, second) or second}
        acts = agreements_between(programme, states)
        waived = [act.id for act in acts if "cross_waiver" in act.covers] or len(states) == 1
        why = f"{len(joints)} joints, such as {joints[0]}"
        mend = f"Declare an agreement of {first} and {second} that covers `cross_waiver`."
        yield settled(f"{first} {second}", True if waived else None, why, mend=mend)


def _met(programme: Programme, element: Element) -> list[Declared]:
    """What an element is joined to, and what carries it."""
    joined = [i.partner_element for i in element.interfaces]
    found: list[Declared] = [programme.elements[k] for k in joined if k in programme.elements]
    ride = ride_of(programme, element)
    return found if ride is None else [*found, ride]


def _capacity_built(programme: Programme) -> Iterator[Verdict]:
    training = [
        c.id for c in programme.contributions.values()
        if c.status != "withdrawn" and c.service is not None and "training" in c.service.kind
    ]  # fmt: skip
    why = f"{len(training)} contributions of training" if training else "nobody brings training"
    mend = "Declare a contribution with `service: {kind: training}`."
    yield settled("programme", bool(training), why, mend=mend)


_CHECKS: dict[str, Check] = {
    "supervised": _supervised,
    "registered": _registered,
    "registry_agreed": _registry_agreed,
    "contact_named": _contact_named,
    "orbit_shared": _orbit_shared,
    "frequencies_declared": _frequencies_declared,
    "end_declared": _end_declared,
    "passivated": _passivated,
    "nuclear_assessed": _nuclear_assessed,
    "protection_declared": _protection_declared,
    "organics_listed": _organics_listed,
    "liability_waived": _liability_waived,
    "capacity_built": _capacity_built,
}
