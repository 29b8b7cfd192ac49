"""Rules on what moves: vehicles that could not drive or hop, suits that nobody plans with."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Mobility, Programme, Suit
from ilrs.programme.findings import Texts, quantity_text, unplaced

__all__ = ["suits_that_cannot_be", "vehicles_that_cannot_be"]

_STEEPEST_DEG = 60.0  # no wheel holds on steeper ground


def vehicles_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a vehicle moves, on slopes it can stand on, and has what its kind needs."""
    for id_, element in programme.elements.items():
        if element.mobility is not None:
            for key, texts in _vehicle(element.mobility):
                yield unplaced(f"elements.{id_}.mobility{key}", texts)


def suits_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: in a suit people move, on slopes they can stand on, and something is left to plan."""
    for id_, element in programme.elements.items():
        if element.suit is not None:
            for key, texts in _suit(element.suit):
                yield unplaced(f"elements.{id_}.suit{key}", texts)


def _pace(mover: Mobility | Suit) -> Iterator[tuple[str, Texts]]:
    """Faults of speed and slope, by key."""
    for key, value in (("speed", mover.speed_m_s), ("speed_at_limit", mover.speed_at_limit_m_s)):
        if value is not None and value <= 0.0:
            yield f".{key}", (f"found {value:g} m/s", "what moves is faster than 0", "Correct it.")
    if not 0.0 < mover.slope_limit_deg <= _STEEPEST_DEG:
        yield (
            ".slope_limit",
            (
                f"found {mover.slope_limit_deg:g} deg",
                f"a slope limit is above 0 and at most {_STEEPEST_DEG:g} deg",
                "Correct it.",
            ),
        )


def _vehicle(vehicle: Mobility) -> Iterator[tuple[str, Texts]]:
    yield from _pace(vehicle)
    if vehicle.kind == "hopper":
        wanted = {"hop_range": vehicle.hop_range_m, "hops": vehicle.hops}
        missing = [key for key, value in wanted.items() if not value]
        if missing:
            texts = (
                f"a hopper without {' and '.join(missing)}",
                "a hopper has the range of one flight and fuel for some",
                f"Add `{missing[0]}:`.",
            )
            yield "", texts
    elif vehicle.hop_range_m is not None or vehicle.hops:
        texts = (
            f"a {vehicle.kind.replace('_', ' ')} with hops",
            "only a hopper hops",
            "Remove hop_range and hops, or write kind: hopper.",
        )
        yield "", texts
    if vehicle.wake_s and not vehicle.sleep_s:
        texts = (
            f"it wakes for {quantity_text(vehicle.wake_s, 's')} and never sleeps",
            "`wake` follows a darkness that it hibernates through, up to `sleep`",
            "Add `sleep:`, or remove `wake:`.",
        )
        yield ".wake", texts


def _suit(suit: Suit) -> Iterator[tuple[str, Texts]]:
    yield from _pace(suit)
    if suit.reserve_s >= suit.consumables_s:
        texts = (
            f"a reserve of {quantity_text(suit.reserve_s, 's')} of"
            f" {quantity_text(suit.consumables_s, 's')}",
            "the reserve is a part of what the suit holds",
            "Lower the reserve.",
        )
        yield ".reserve", texts
