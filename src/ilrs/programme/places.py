"""Where each declared thing stands in the files: the way from an entity's path to file and line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ilrs.foundation.errors import Finding

__all__ = ["Places"]


@dataclass(frozen=True, slots=True)
class Places:
    """File and line of every key that was read, by dotted path ('elements.POWER-1.array.area')."""

    lines: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def of(self, path: str) -> tuple[str, int]:
        """File and line of a path, or of the nearest thing around it; ("", 0) where none is known.

        A missing attribute has no line of its own: its entity's line answers.
        """
        while path not in self.lines:
            cut = max(path.rfind("."), path.rfind("["))
            if cut < 0:
                return "", 0
            path = path[:cut]
        return self.lines[path]

    def place(self, finding: Finding) -> Finding:
        """The finding at the file and line of the entity it names."""
        file, line = self.of(finding.entity)
        return finding.at(file or finding.file, line)
