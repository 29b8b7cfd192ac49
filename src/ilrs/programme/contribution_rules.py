"""Rules on contributions: whose they are, nothing given twice, statuses in their order."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.dates import surely_before
from ilrs.programme.entities import Contribution, Programme
from ilrs.programme.findings import unplaced
from ilrs.programme.time_rules import cycles_named

__all__ = [
    "contributions_of_others", "contributions_that_are_lost", "cycles_of_contributions",
    "given_twice", "histories_that_cannot_be",
]  # fmt: skip


def _given(programme: Programme) -> Iterator[tuple[str, Contribution, str]]:
    """(path, contribution, id) of all that contributions which are not withdrawn give."""
    for id_, contribution in programme.contributions.items():
        if contribution.status != "withdrawn":
            for index, thing in enumerate(contribution.gives):
                yield f"contributions.{id_}.gives[{index}]", contribution, thing


def _owner_of(programme: Programme, thing: str) -> str:
    """Who owns an element, mission or experiment; '' where nobody alone does."""
    tables = (programme.elements, programme.missions, programme.experiments)
    return next((table[thing].owner for table in tables if thing in table), "")


def contributions_of_others(programme: Programme) -> Iterator[Finding]:
    """Rule: a partner gives what is its own; else the thing has two owners."""
    for path, contribution, thing in _given(programme):
        owner = _owner_of(programme, thing)
        if owner and contribution.partner and owner != contribution.partner:
            texts = (
                f"{contribution.partner} gives {thing}, which {owner} owns",
                "what is given has one owner, the partner that gives it",
                f"Let {owner} give it, or declare it in partners/{contribution.partner}/.",
            )
            yield unplaced(path, texts)


def given_twice(programme: Programme) -> Iterator[Finding]:
    """Rule: nothing is counted in two contributions, nor twice in one."""
    first: dict[str, str] = {}
    for path, contribution, thing in _given(programme):
        if thing not in first:
            first[thing] = contribution.id
            continue
        here = first[thing] == contribution.id
        where = "this list has" if here else f"the contribution {first[thing]} gives"
        texts = (
            f"{thing} is given again",
            f"{where} it already, and the ledger counts it once",
            "Keep one of the two.",
        )
        yield unplaced(path, texts)


def contributions_that_are_lost(programme: Programme) -> Iterator[Finding]:
    """Rule: nobody counts on what flies on a mission that failed or is withdrawn.

    A warning, since another partner's withdrawal causes it: the programme stays runnable.
    """
    for path, contribution, thing in _given(programme):
        if contribution.status == "delivered":
            continue
        element = programme.elements.get(thing)
        ride = programme.ride_of(element) if element is not None else programme.missions.get(thing)
        if ride is None or not ride.lost:
            continue
        if element is not None:
            texts = (
                f"{thing} rides on {ride.id}, which {ride.lost}",
                "a contribution that is not withdrawn gives what can still come",
                "Find another ride, or let its status be withdrawn.",
            )
        elif ride.status == "withdrawn":  # one that failed was given
            texts = (
                f"{thing} is withdrawn",
                "a contribution that is not withdrawn gives what can still come",
                "Give another mission, or let its status be withdrawn.",
            )
        else:
            continue
        yield unplaced(path, texts, severity="warning")


def histories_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: statuses stand in their order, none before its claim, and the last one is the status.

    A status is a fact, so that nobody can state it before the day from which it holds.
    """
    for id_, contribution in programme.contributions.items():
        path, history = f"contributions.{id_}", contribution.history
        for index, claim in enumerate(history):
            here = f"{path}.history[{index}]"
            if surely_before(claim.as_of, claim.date):
                texts = (
                    f"{claim.status} since {claim.date}, in a statement of {claim.as_of}",
                    "a status is stated on the day from which it holds, or later",
                    "Exchange or correct the two dates.",
                )
                yield unplaced(here, texts)
            before = history[index - 1] if index else claim
            if surely_before(claim.date, before.date):
                texts = (
                    f"{claim.status} since {claim.date}, after {before.status} since {before.date}",
                    "statuses stand oldest first, and the last one holds",
                    "Bring them into that order.",
                )
                yield unplaced(here, texts)
        if history and history[-1].status != contribution.status:
            texts = (
                f"the status {contribution.status!r}, and a history that ends with"
                f" {history[-1].status!r}",
                "the last one of the history is the status",
                "Add the newest status to the history, or correct `status`.",
            )
            yield unplaced(f"{path}.status", texts)


def cycles_of_contributions(programme: Programme) -> Iterator[Finding]:
    """Rule: no contribution waits for itself, over however many steps; each cycle is named once."""
    needs = {id_: one.needs for id_, one in programme.contributions.items()}
    yield from cycles_named("contributions", needs)
