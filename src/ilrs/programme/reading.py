"""The reading of one file: where in it each declared thing stands, and what is wrong there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ilrs.foundation.errors import Finding
from ilrs.foundation.yaml_lines import KeyPath, YamlFile
from ilrs.programme.attributes import Attribute, attributes_of
from ilrs.programme.findings import Texts, shown, unplaced

__all__ = ["Reading", "Spot"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file, seen from both sides: its keys there, and the declared path it means.

    The two differ inside a value with its origin: `array: {value: {area: …}}` declares
    elements.X.array.area.
    """

    at: KeyPath
    path: str
    attribute: Attribute | None = None

    def key(self, key: str) -> "Spot":
        """The spot of a key in the mapping here."""
        inner: Attribute | None = None
        if self.attribute is not None and self.attribute.container == "map":
            inner = self.attribute.item
        elif self.attribute is not None and self.attribute.model is not None:
            inner = attributes_of(self.attribute.model).get(key)
        return Spot((*self.at, key), f"{self.path}.{key}", inner)

    def index(self, index: int) -> "Spot":
        """The spot of an item of the list here."""
        item = self.attribute.item if self.attribute is not None else None
        return Spot((*self.at, index), f"{self.path}[{index}]", item)

    def inside(self) -> "Spot":
        """The spot of the value proper, where it is written with its origin."""
        return Spot((*self.at, "value"), self.path, self.attribute)

    @property
    def keeps_null(self) -> bool:
        """Whether a null here is a value (unknown) or only a key that was left blank."""
        attribute = self.attribute
        return attribute is None or attribute.nullable or attribute.unit is not None


class Reading:
    """Lines by declared path and findings, gathered while one file is read."""

    def __init__(self, yaml: YamlFile) -> None:
        self.yaml = yaml
        self.lines: dict[str, tuple[str, int]] = {}
        self.findings: list[Finding] = list(yaml.findings)

    def line(self, at: KeyPath) -> int:
        """Line of a place in the file, or of the nearest key around it."""
        while at and at not in self.yaml.lines:
            at = at[:-1]
        return self.yaml.lines.get(at, 1)

    def note(self, spot: Spot) -> None:
        """Remember the line of a declared path."""
        self.lines[spot.path] = (self.yaml.file, self.line(spot.at))

    def fault(self, spot: Spot, texts: Texts) -> None:
        """A finding at a spot, from its three texts: found, possible, mend."""
        finding = unplaced(spot.path, texts)
        self.findings.append(finding.at(self.yaml.file, self.line(spot.at)))

    def items(
        self, raw: Any, spot: Spot, *, holder: str, keys: Sequence[str]
    ) -> Iterator[tuple[str, Any]]:
        """Items of what has to be a mapping; nothing at all has none, the rest is a finding."""
        if isinstance(raw, dict):
            yield from raw.items()
        elif raw is not None:
            possible = f"{holder} is a mapping of {', '.join(keys)}"
            mend = "Write it as lines of `key: value`."
            self.fault(spot, (f"found {shown(raw)}", possible, mend))
