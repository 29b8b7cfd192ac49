"""Values written with their origin, unwrapped: the plain value, and a Claim kept beside it.

Any attribute may be written as ``{value: 40 kW, source: [..], as_of: .., status: .., reason: ..}``.
`figures` on an entity speaks for every quantity that is written in the same place and has no claim
of its own. A bare quantity with a tolerance ("600 kg ± 20 %") is kept as an estimate.
"""

import re
from typing import Any

from pydantic import ValidationError

from ilrs.programme.attributes import Attribute
from ilrs.programme.entities import Claim
from ilrs.programme.findings import findings_of, unknown_key
from ilrs.programme.places import Places
from ilrs.programme.reading import Reading, Spot

__all__ = ["CLAIM_KEYS", "FIGURES", "Claims"]

#: Keys of a value written with its origin; all but `value` may also stand under `figures`.
CLAIM_KEYS = ("value", "source", "as_of", "status", "reason")
#: The key of an entity that speaks for all its quantities.
FIGURES = "figures"
_TOLERANCE = re.compile(r"\s*(?:±|\+/-)\s*")


class Claims:
    """Unwraps the values of one entity and makes its claims, by attribute key."""

    def __init__(self, reading: Reading, *, figures: Any, spot: Spot) -> None:
        self.reading = reading
        self.by_key: dict[str, list[Claim]] = {}
        self._figures = self._origin(figures, spot, CLAIM_KEYS[1:])
        self._key = ""
        if not self._make(self._figures, spot, None):
            self._figures = {}  # judged once here, not again for every quantity it speaks for

    def unwrap(self, raw: Any, spot: Spot, *, key: str) -> Any:
        """The plain value of an entity's attribute; its claims are added under `key`."""
        self._key = key
        self.by_key[key] = []
        return self._value(raw, spot, claimed=False)

    def _value(self, raw: Any, spot: Spot, *, claimed: bool) -> Any:
        if isinstance(raw, dict) and "value" in raw:
            self.reading.note(spot)
            origin = self._origin(raw, spot, CLAIM_KEYS)
            self._add(origin, spot, raw["value"])
            return self._value(raw["value"], spot.inside(), claimed=True)
        if "value" not in spot.at[-1:]:  # a value with its origin stands at its own key's line
            self.reading.note(spot)
        if isinstance(raw, list):
            inner = (spot.index(index) for index in range(len(raw)))
            return [
                self._value(part, at, claimed=claimed) for part, at in zip(raw, inner, strict=True)
            ]
        if isinstance(raw, dict):
            parts = ((spot.key(key), key, part) for key, part in raw.items())
            plain = {key: self._value(part, at, claimed=claimed) for at, key, part in parts}
            return {k: v for k, v in plain.items() if v is not None or spot.key(k).keeps_null}
        if not claimed and raw is not None and spot.attribute and spot.attribute.unit:
            self._quantity(raw, spot)
        return raw

    def _quantity(self, raw: Any, spot: Spot) -> None:
        if self._figures:
            self._add(self._figures, spot, raw)
        elif _split(raw, spot.attribute)[1]:
            self._add({"status": "estimate"}, spot, raw)

    def _add(self, origin: dict[str, Any], spot: Spot, raw: Any) -> None:
        self.by_key[self._key] += self._make(origin, spot, raw)

    def _make(self, origin: dict[str, Any], spot: Spot, raw: Any) -> list[Claim]:
        value, tolerance = _split(raw, spot.attribute)
        place = {"file": self.reading.yaml.file, "line": self.reading.line(spot.at)}
        data = {"entity": spot.path, "value": value, "tolerance": tolerance, **place, **origin}
        try:
            return [Claim.model_validate(data)]
        except ValidationError as error:
            places = Places(self.reading.lines)
            found = findings_of(error, model=Claim, path=spot.path, places=places)
            self.reading.findings += found
            return []

    def _origin(self, raw: Any, spot: Spot, keys: tuple[str, ...]) -> dict[str, Any]:
        """Source, date, status and reason as written, without the keys that do not belong there."""
        origin = {}
        for key, part in self.reading.items(raw, spot, holder=f"{FIGURES!r}", keys=keys):
            here = Spot((*spot.at, key), f"{spot.path}.{key}")
            self.reading.note(here)
            if key not in keys:
                holder = f"{FIGURES!r}" if "value" not in keys else "a value with its origin"
                self.reading.fault(here, unknown_key(key, keys, holder=holder))
            elif key != "value" and part is not None:
                origin[key] = part
        return origin


def _split(raw: Any, attribute: Attribute | None) -> tuple[Any, str]:
    """A quantity's text without its tolerance, and the tolerance."""
    if not isinstance(raw, str) or attribute is None or attribute.unit is None:
        return raw, ""
    value, *tolerance = _TOLERANCE.split(raw, maxsplit=1)
    return value, " ".join(tolerance)
