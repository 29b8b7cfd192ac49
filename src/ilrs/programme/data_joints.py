"""Data joints between elements: who sends an element's data for it."""

import math
from collections.abc import Mapping

from ilrs.programme.entities import Element

__all__ = ["gateway_of"]


def gateway_of(element: Element, standing: Mapping[str, Element]) -> tuple[str, float] | None:
    """Who sends an element's data, and what the cable there carries [bit/s]; None for nobody.

    An element with links sends its own; another hands them over the first of its data cables that
    leads to one with links.
    """
    if element.links:
        return element.id, math.inf
    for side in element.interfaces:
        if side.kind == "data" and side.role == "needs":
            other = standing.get(side.partner_element)
            if other is not None and other.links:
                return other.id, side.rate_bps or math.inf
    return None
