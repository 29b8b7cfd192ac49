"""Gates on the way to flight: which one a thing has passed, what the next one lacks, who owes it.

A gate is passed where a review says so; what it asks for is compared with what is declared. Nothing
is inferred: where a development is not declared, that is the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ilrs.cooperation.risk import task_odds
from ilrs.cooperation.slips import delivery_task
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.entities import (
    Development,
    Element,
    Gate,
    Mission,
    Programme,
)

__all__ = [
    "GateRow", "Lack", "PartnerJoint", "ReadinessRow", "joints_between_partners", "readiness",
]  # fmt: skip

_FLOWN = {"flown", "operating"}
_BUILT = {"tested", "delivered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that a gate asks for and that is not there, and which partners owe it."""

    what: str
    owed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One gate of one thing: when it was passed, and what it lacks by what is declared."""

    gate: str
    passed: str | None  # date of the review
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessRow:
    """How far one element or mission is, and the odds that it is delivered before its launch."""

    of: str
    owner: str
    is_declared: bool
    trl: int | None
    trl_date: str | None
    philosophy: str | None
    gates: tuple[GateRow, ...]
    launch: str | None  # its ride, or itself where it is a mission
    launch_date: str | None
    delivery_date: str | None
    on_time: float | None  # delivered by the last day of the launch's date
    low: float | None  # of the 95 % interval of the draws
    high: float | None

    @property
    def passed(self) -> GateRow | None:
        """The last gate that a review says was passed."""
        done = [row for row in self.gates if row.passed is not None]
        return done[-1] if done else None

    @property
    def next(self) -> GateRow | None:
        """The gate after the last one that was passed; None where all are."""
        last = self.passed
        rest = self.gates[self.gates.index(last) + 1 :] if last is not None else self.gates
        return rest[0] if rest else None


def readiness(
    programme: Programme, *, of: str | None = None, at: str, draws: int = 10_000, seed: int = 1
) -> list[ReadinessRow]:
    """A row for each element and mission to come, or for one of them, as seen on the day `at`.

    Raises IlrsError for an unknown id, and where the programme declares no gates.
    """
    if not programme.gates:
        raise IlrsError(
            "readiness in a programme without gates",
            "gates and what they ask for are data: the reference programme's are in gates.yaml",
            "Declare `gates:`, or lay the programme over it with --over reference.",
        )
    things = _to_come(programme)
    if of is not None:
        known: dict[str, Element | Mission] = {**programme.elements, **programme.missions}
        if of not in known:
            raise IlrsError(
                f"there is no element or mission {of!r}",
                f"{len(known)} are declared",
                did_you_mean(of, known, otherwise="`ilrs readiness` lists those to come."),
            )
        things = {of: known[of]}
    return [_row(programme, thing, at=at, draws=draws, seed=seed) for thing in things.values()]


def _to_come(programme: Programme) -> dict[str, Element | Mission]:
    """What has to be developed: elements that have not flown, and missions with a development."""
    things: dict[str, Element | Mission] = {}
    for key, element in programme.elements.items():
        ride = programme.ride_of(element)
        if element.facility != "F5" and (ride is None or ride.status not in _FLOWN):
            things[key] = element
    things |= {k: m for k, m in programme.missions.items() if k in programme.developments}
    return things


def _row(
    programme: Programme, thing: Element | Mission, *, at: str, draws: int, seed: int,
) -> ReadinessRow:  # fmt: skip
    told = programme.developments.get(thing.id)
    ride = programme.ride_of(thing) if isinstance(thing, Element) else thing
    claim = ride.launch if ride is not None else None
    level = told.trl[-1] if told is not None and told.trl else None
    delivery = told.deliveries[-1].date if told is not None and told.deliveries else None
    task = delivery_task(programme, thing.id, at=at)
    odds = task_odds([task], draws=draws, seed=seed).on_time(task.id) if task is not None else None
    on_time, low, high = odds or (None, None, None)
    return ReadinessRow(
        of=thing.id, owner=thing.owner, is_declared=told is not None,
        trl=level.level if level else None, trl_date=level.date if level else None,
        philosophy=told.philosophy if told is not None else None,
        gates=tuple(_gate_row(programme, gate, thing, told) for gate in programme.gates.values()),
        launch=ride.id if ride is not None else None,
        launch_date=claim.date if claim is not None else None, delivery_date=delivery,
        on_time=on_time, low=low, high=high,
    )  # fmt: skip


def _gate_row(
    programme: Programme, gate: Gate, thing: Element | Mission, told: Development | None
) -> GateRow:
    reviews = [r for r in told.reviews if r.gate == gate.id] if told is not None else []
    good = [r.date for r in reviews if r.outcome == "passed"]
    return GateRow(
        gate=gate.id,
        passed=good[-1] if good else None,
        lacks=tuple(_lacks(programme, gate, thing, told or Development(id=thing.id))),
    )


def _lacks(
    programme: Programme, gate: Gate, thing: Element | Mission, told: Development
) -> Iterator[Lack]:
    """What a gate asks for beyond what is declared."""
    own = (thing.owner,) if thing.owner else ()
    level = told.trl[-1].level if told.trl else None
    if gate.least_trl is not None and (level or 0) < gate.least_trl:
        has = "none is declared" if level is None else f"it has {level}"
        yield Lack(what=f"readiness level {gate.least_trl}, {has}", owed_by=own)
    if gate.models and not any(m.kind in gate.models and m.status in _BUILT for m in told.models):
        yield Lack(what=f"a tested {' or '.join(gate.models)}", owed_by=own)
    yield from (Lack(what=what, owed_by=own) for what in _unverified(programme, gate, told))
    if gate.documents is not None:
        for joint in joints_between_partners(programme):
            if thing.id in (joint.first, joint.second):
                yield from _unsigned(gate, joint, thing.id)


def _unsigned(gate: Gate, joint: "PartnerJoint", own: str) -> Iterator[Lack]:
    """What a gate asks for on a joint with another partner's element."""
    other = joint.second if own == joint.first else joint.first
    owed_by = tuple(sorted(set(joint.owners) - set(joint.signed_by)))
    if joint.document is None:
        yield Lack(what=f"a document on its joint with {other}", owed_by=owed_by)
    elif gate.documents == "signed" and not joint.is_signed:
        yield Lack(what=f"signatures of {joint.document} with {other}", owed_by=owed_by)


def _unverified(programme: Programme, gate: Gate, told: Development) -> Iterator[str]:
    """What of the verification matrix a gate asks for and does not find."""
    if gate.verification is None:
        return
    asked = [key for key, r in programme.requirements.items() if r.of == told.id]
    there = {row.requirement for row in told.verification}
    absent = [key for key in asked if key not in there]
    if absent:
        yield f"a way to verify {', '.join(absent)}"
    elif not there:
        yield "a verification matrix"
    if gate.verification == "passed":
        for row in told.verification:
            if row.status not in ("passed", "waived"):
                yield f"{row.requirement} by {row.method.replace('_', ' ')} ({row.status})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerJoint:
    """Two elements of two partners that join, and the document on it."""

    first: str
    second: str
    owners: tuple[str, str]
    document: str | None
    signed_by: tuple[str, ...]

    @property
    def is_signed(self) -> bool:
        """Whether both partners have signed its document."""
        return set(self.owners) <= set(self.signed_by)


def joints_between_partners(programme: Programme) -> list[PartnerJoint]:
    """Every pair of elements of two partners that join, named once, in declared order."""
    documents = {
        frozenset(d.between): d for d in programme.interface_documents.values()
    }  # fmt: skip
    found: dict[frozenset[str], PartnerJoint] = {}
    for element in programme.elements.values():
        for interface in element.interfaces:
            other = programme.elements.get(interface.partner_element)
            pair = frozenset((element.id, interface.partner_element))
            if other is None or other.owner == element.owner or pair in found:
                continue
            document = documents.get(pair)
            found[pair] = PartnerJoint(
                first=element.id, second=other.id, owners=(element.owner, other.owner),
                document=document.id if document is not None else None,
                signed_by=tuple(document.signed) if document is not None else (),
            )  # fmt: skip
    return list(found.values())
