"""Rules on what an element does by itself: modes can be reached and left, conditions can hold.

A rule on board is asked in every step, so that two of them may undo each other for ever; what a
rule cannot meet is told here and not found out in the dark.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.foundation.quantities import format_quantity
from ilrs.programme.entities import Element, Programme, Rule
from ilrs.programme.findings import Texts, unplaced

__all__ = [
    "modes_for_ever", "rules_that_cannot_be", "rules_that_contradict", "unknown_modes",
]  # fmt: skip

_MODES = ("keep_alive", "work")
_WELL = 0.5  # between a health of 0 (some fault holds) and 1 (none does)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A quantity that rules ask: what its attributes begin and end with, and what it can be."""

    stem: str
    suffix: str
    unit: str
    least: float = -math.inf  # it never lies below
    most: float = math.inf
    is_around: bool = True  # of the surroundings, which hang together

    def band(self, rule: Rule) -> tuple[float, float]:
        """The open interval that a rule asks for."""
        above = getattr(rule, f"{self.stem}_above{self.suffix}")
        below = getattr(rule, f"{self.stem}_below{self.suffix}")
        return -math.inf if above is None else above, math.inf if below is None else below

    def text(self, value: float) -> str:
        return f"{value:.6g} deg" if self.unit == "deg" else _number(value, self.unit)


def _number(value: float, unit: str) -> str:
    if unit == "1":
        return f"{100.0 * value:.6g} %"
    return f"{value:.6g} K" if unit == "K" else format_quantity(value, unit)


_CHARGE = _Asked("charge", "", "1", 0.0, 1.0, is_around=False)
_TEMPERATURE = _Asked("temperature", "_k", "K", is_around=False)
_SILENCE = _Asked("without_contact", "_s", "s", 0.0, is_around=False)
_QUANTITIES = (
    _Asked("sun_elevation", "_deg", "deg", -90.0, 90.0), _Asked("light", "", "1", 0.0, 1.0),
    _Asked("surface_temperature", "_k", "K", 0.0), _TEMPERATURE, _CHARGE,
    _Asked("crew_due", "_s", "s", 0.0, is_around=False), _SILENCE,
)  # fmt: skip


def _rules(programme: Programme) -> Iterator[tuple[str, Element, Rule]]:
    for id_, element in programme.elements.items():
        for k, rule in enumerate(element.rules):
            yield f"elements.{id_}.rules[{k}]", element, rule


def unknown_modes(programme: Programme) -> Iterator[Finding]:
    """Rule: an element has the modes that its rules name; modes that none names are pointed out."""
    for path, element, rule in _rules(programme):
        known = element.mode_names
        for mode in (rule.to, *rule.from_modes):
            if mode not in known:
                texts = (
                    f"a rule names the mode {mode!r}",
                    f"rules lead from and to {', '.join(known)}",
                    did_you_mean(mode, known, otherwise="Declare it under `modes:`."),
                )
                yield unplaced(path, texts)
    for id_, element in programme.elements.items():
        named = {rule.to for rule in element.rules}
        for name, declared in element.modes.items():
            path = f"elements.{id_}.modes.{name}"
            if name not in _MODES and name not in named:
                texts = (
                    f"no rule leads to the mode {name!r}",
                    f"without rules the modes {' and '.join(_MODES)} are simulated",
                    did_you_mean(
                        name, _MODES, otherwise="Write a rule, or keep it as information."
                    ),
                )
                yield unplaced(path, texts, severity="warning")
            if name in _MODES and declared.sheds is not None:
                texts = (
                    f"the mode {name!r} sheds research",
                    "research rests in modes that rules lead to",
                    "Move `sheds` to such a mode.",
                )
                yield unplaced(path, texts)


def rules_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a rule on board has conditions, and something can meet them all."""
    for path, element, rule in _rules(programme):
        if rule == Rule(to=rule.to, **{"from": rule.from_modes}, of=rule.of):
            texts = (
                f"a rule to {rule.to!r} without a condition",
                "a rule says when it is followed",
                "Add a condition such as `charge_below: 60 %`, or `after:`.",
            )
            yield unplaced(path, texts)
        for texts in (*_bands(rule), *_asked_of(programme, element, rule)):
            yield unplaced(path, texts)
        for texts in _idle(programme, element, rule):
            yield unplaced(path, texts, severity="warning")


def _bands(rule: Rule) -> Iterator[Texts]:
    for one in _QUANTITIES:
        above, below = one.band(rule)
        words = one.stem.replace("_", " ")
        if above >= below:
            yield (
                f"{words} above {one.text(above)} and below {one.text(below)} at once",
                "there is no such value",
                "Exchange or correct the two, or make two rules of it.",
            )
        elif above >= one.most or below <= one.least:
            yield (
                f"{words} above {one.text(above)}"
                if above >= one.most
                else f"{words} below {one.text(below)}",
                f"it lies between {one.text(one.least)} and {one.text(one.most)}"
                if one.most < math.inf
                else f"it is {one.text(one.least)} or more",
                "Correct it, or remove the rule.",
            )


def _asked_of(programme: Programme, element: Element, rule: Rule) -> Iterator[Texts]:
    """What is asked of an element and cannot be met there."""
    other = programme.elements.get(rule.of or element.id)
    if other is None:  # an unresolved reference says it
        return
    above, below = _TEMPERATURE.band(rule)
    node = other.thermal
    if (above, below) != (-math.inf, math.inf):
        if node is None:
            yield (
                f"a temperature of {other.id}, which has no thermal node",
                "what declares `thermal` has a temperature",
                "Declare it, or ask for the temperature of the ground: `surface_temperature_…`.",
            )
        elif above >= node.survival_maximum_k or below <= node.survival_minimum_k:
            yield (
                f"a temperature {'above' if above >= node.survival_maximum_k else 'below'}"
                f" {_number(above if above >= node.survival_maximum_k else below, 'K')}",
                f"{other.id} lives between {_number(node.survival_minimum_k, 'K')} and"
                f" {_number(node.survival_maximum_k, 'K')}",
                "Act before it is lost: choose a temperature between the two.",
            )
    stands = other.site is not None or other.orbit is not None
    if rule.of is not None and stands and other.site != element.site:
        yield (
            f"{other.id} stands at {other.site or 'no site'}, {element.id} at {element.site}",
            "a rule asks what stands at the same site",
            "Name an element of that site.",
        )


def _idle(programme: Programme, element: Element, rule: Rule) -> Iterator[Texts]:
    """What can hold by its form, and will not as the programme stands."""
    other = programme.elements.get(rule.of or element.id)
    if other is not None and other.site is None and other.orbit is None and element.site:
        yield (
            f"it asks for {other.id}, which stands nowhere",
            "what has no site and no orbit is no part of the station",
            "Give it a place, or remove the rule.",
        )
    if rule.failed and other is not None and not other.faults:
        yield (
            f"it waits for a failure of {other.id}, which declares no fault",
            "an element fails by its `faults`, or is lost to cold or heat",
            "Declare what can fail, or remove the condition.",
        )
    store = None if other is None else other.storage
    least, low = 0.0 if store is None else store.minimum_state_of_charge, rule.charge_below or 0.0
    if 0.0 < low <= least:
        yield (
            f"charge below {_number(low, '1')}",
            f"the store of {rule.of or element.id} is drawn down to {_number(least, '1')}",
            "Choose a charge above that.",
        )
    is_silent = _SILENCE.band(rule) != (-math.inf, math.inf)
    if is_silent and not any(
        one.links for one in programme.elements.values() if one.site == element.site
    ):
        yield (
            "a time without contact where no element has a link",
            f"contact is that of the links of what stands at {element.site or 'its site'}",
            "Declare `links:` of one of them.",
        )


def modes_for_ever(programme: Programme) -> Iterator[Finding]:
    """Rule: a mode that rules lead to is left by a rule; else a warning, since it is for ever."""
    for id_, element in programme.elements.items():
        for name in dict.fromkeys(rule.to for rule in element.rules):
            leaves = any(
                rule.to != name and (not rule.from_modes or name in rule.from_modes)
                for rule in element.rules
            )
            if not leaves:
                first = next(k for k, rule in enumerate(element.rules) if rule.to == name)
                texts = (
                    f"no rule leads out of the mode {name!r}",
                    "once in it the element stays so to the end of the run",
                    f"Add a rule such as {{to: work, from: [{name}], after: 1 d}}, if that is not"
                    " meant.",
                )
                yield unplaced(f"elements.{id_}.rules[{first}]", texts, severity="warning")


def rules_that_contradict(programme: Programme) -> Iterator[Finding]:
    """Rule: no rule undoes another under the same conditions, or is hidden by one before it."""
    for id_, element in programme.elements.items():
        cases = [_case(programme, element, rule) for rule in element.rules]
        for k, later in enumerate(cases):
            path = f"elements.{id_}.rules[{k}]"
            hider = next((j for j in range(k) if _hides(cases[j], later)), None)
            other = next((j for j in range(k) if _undoes(cases[j], later)), None)
            if hider is not None:
                texts = (
                    f"rules[{hider}] holds whenever this rule does",
                    "of the rules of an element the first that holds is followed",
                    "Put the narrower rule first, or remove one of the two.",
                )
                yield unplaced(path, texts)
            elif other is not None:
                texts = (
                    f"rules[{other}] leads to {cases[other].to!r} and this one back to"
                    f" {later.to!r}, and both can hold at once",
                    "then the mode would change at every step",
                    "Set their limits apart, or let one wait: `after: 6 h`.",
                )
                yield unplaced(path, texts)


@dataclass(frozen=True, slots=True)
class _Case:
    """When a rule holds: in which modes, and by quantity and whose it is the band asked for."""

    rule: Rule
    leaves: frozenset[str]
    bands: dict[tuple[str, str], tuple[float, float]]
    is_around: bool  # all of it is of the surroundings

    @property
    def to(self) -> str:
        return self.rule.to


def _case(programme: Programme, element: Element, rule: Rule) -> _Case:
    asked = rule.of or element.id
    other = programme.elements.get(asked)
    # What stores nothing has the charge of its grid, and so has the next.
    keeper = asked if other is not None and other.storage is not None else ""
    whose = {"charge": keeper, "temperature": asked}
    bands = {
        (one.stem, whose.get(one.stem, "")): one.band(rule)
        for one in _QUANTITIES
        if one.band(rule) != (-math.inf, math.inf)
    }
    around = {one.stem for one in _QUANTITIES if one.is_around}
    if rule.failed is not None:
        bands["failed", asked] = (-math.inf, _WELL) if rule.failed else (_WELL, math.inf)
    return _Case(
        rule, frozenset(rule.from_modes or element.mode_names), bands,
        is_around=all(stem in around for stem, _ in bands),
    )  # fmt: skip


def _hides(first: _Case, later: _Case) -> bool:
    """Whether a rule that stands before holds in each case in which the later one does."""
    if first.rule.after_s > later.rule.after_s or first.rule.unserved > later.rule.unserved:
        return False
    return later.leaves <= first.leaves and all(
        key in later.bands and low <= later.bands[key][0] and later.bands[key][1] <= high
        for key, (low, high) in first.bands.items()
    )


def _undoes(one: _Case, other: _Case) -> bool:
    """Whether two rules lead to and fro, both at once and without a wait."""
    is_return = one.to != other.to and other.to in one.leaves and one.to in other.leaves
    waits = any(case.rule.after_s > 0.0 or case.rule.unserved for case in (one, other))
    shared = one.bands.keys() & other.bands.keys()
    # Light, elevation and ground hang together: whether both hold is not to be told from them.
    if not is_return or waits or (not shared and one.is_around and other.is_around):
        return False
    return all(
        max(one.bands[key][0], other.bands[key][0]) < min(one.bands[key][1], other.bands[key][1])
        for key in shared
    )
