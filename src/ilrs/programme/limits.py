"""Limits of requirements: '>= 200 h' read to a comparison and a number in SI."""

import re
from dataclasses import dataclass

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import DIMENSIONS, parse_quantity

__all__ = ["COMPARISONS", "Limit", "parse_limit"]

COMPARISONS = (">=", "<=", "==")
_TEXT = re.compile(r"\s*(>=|<=|==|≥|≤)\s*([-+−]?[\d.][^±]*?)\s*")
_NUMBER_AND_UNIT = re.compile(r"[-+−]?[\d.  _]+(?:[eE][-+]?\d+)?\s*(.*)")
_SIGNS = {"≥": ">=", "≤": "<="}


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison with a number; `unit` is one of DIMENSIONS, "1" for a count or a fraction."""

    comparison: str
    value: float
    unit: str


def parse_limit(text: str) -> Limit:
    """The limit that a text such as '>= 200 h', '<= 8.2 t', '== 0' or '>= 95 %' sets.

    The value is in the unit named by the result (durations in s, energies in Wh, see
    foundation.quantities.DIMENSIONS). Raises IlrsError for any other text.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise _fault(text)
    sign, quantity = match.groups()
    unit_text = _NUMBER_AND_UNIT.fullmatch(quantity)
    for unit in _by_fit(unit_text.group(1) if unit_text else ""):
        try:
            value = parse_quantity(quantity, unit).value
        except IlrsError:  # of another dimension: the next one is tried
            continue
        return Limit(_SIGNS.get(sign, sign), value, unit)
    raise _fault(text)


def _by_fit(unit_text: str) -> list[str]:
    """Dimensions to try, first those that list the unit as theirs: Hz and 1/y are both 1/time."""
    return sorted(DIMENSIONS, key=lambda unit: unit_text not in DIMENSIONS[unit][1])


def _fault(text: str) -> IlrsError:
    return IlrsError(
        f"found the limit {text!r}",
        f"a limit is one of {', '.join(COMPARISONS)} and a number with its unit",
        "Write for instance '>= 200 h', '<= 8.2 t', '>= 95 %' or '== 0'.",
    )
