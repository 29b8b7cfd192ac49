"""Why no campaign lands everything: which rule alone, if it were lifted, would let one be flown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ilrs.cooperation.campaign import Cargo, Carrier, plan_campaign
from ilrs.foundation.errors import IlrsError

__all__ = ["rules_in_the_way"]


def rules_in_the_way(
    cargo: Sequence[Cargo],
    carriers: Sequence[Carrier],
    *,
    disturbed: Mapping[str, Sequence[str]] | None = None,
    pad_landings: Mapping[str, int] | None = None,
    seconds: float = 10.0,
) -> list[str]:
    """Each rule in words that alone keeps everything from being landed, at most `seconds` each.

    None where more than one would have to be lifted, or where launches and masses do not suffice.
    """
    rules: dict[str, Any] = {"disturbed": disturbed or {}, "pad_landings": pad_landings or {}}
    return [
        told
        for told, pieces, changed in _lifted(cargo, rules["disturbed"], rules["pad_landings"])
        if _flies(pieces, carriers, seconds=seconds, **(rules | changed))
    ]


def _lifted(
    cargo: Sequence[Cargo], disturbed: Mapping[str, Sequence[str]], pad_landings: Mapping[str, int]
) -> Iterator[tuple[str, list[Cargo], dict[str, Any]]]:
    """Each rule that is in force, in words, and the campaign without it."""
    pieces = list(cargo)
    near = [f"{pad} ({', '.join(ids)})" for pad, ids in disturbed.items() if ids]
    if near:
        yield f"what stands too near pads: {', '.join(near)}", pieces, {"disturbed": {}}
    if pad_landings:
        told = ", ".join(f"{pad} {most}" for pad, most in pad_landings.items())
        yield f"the landings that pads take: {told}", pieces, {"pad_landings": {}}
    if any(c.needs or c.needs_any for c in cargo):
        free = [replace(c, needs=(), needs_any=()) for c in cargo]
        yield "what has to land before something else", free, {}
    if any(c.ready_d > 0.0 for c in cargo):
        yield "the days on which cargo is ready", [replace(c, ready_d=0.0) for c in cargo], {}
    if any(c.by_d < float("inf") for c in cargo):
        late = [replace(c, by_d=float("inf")) for c in cargo]
        yield "the days by which cargo is wanted", late, {}


def _flies(
    cargo: Sequence[Cargo], carriers: Sequence[Carrier], *, seconds: float, **rules: Any
) -> bool:
    try:
        plan_campaign(cargo, carriers, seconds=seconds, gap=1.0, **rules)
    except IlrsError:
        return False
    return True
