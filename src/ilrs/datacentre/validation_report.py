"""How many products were validated, and how many findings of each kind there were."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ilrs.datacentre.profiles import Profile
from ilrs.datacentre.reading import read
from ilrs.datacentre.submission import KINDS
from ilrs.datacentre.validate import Validator
from ilrs.foundation.errors import Finding

__all__ = ["ValidationReport", "validated"]


@dataclass
class ValidationReport:
    """Counts, which grow while products are read."""

    products: int = 0
    valid: int = 0  # products without an error
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)  # (kind, severity)

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(count for (_, severity), count in self.counts.items() if severity == "error")

    def rows(self) -> Iterator[tuple[str, int, int]]:
        """Kind, errors and warnings of each kind that was found, in the order of KINDS."""
        for kind in KINDS:
            errors, warnings = self.counts[kind, "error"], self.counts[kind, "warning"]
            if errors or warnings:
                yield kind, errors, warnings


def validated(
    paths: Iterable[Path],
    *,
    profile: Profile,
    validator: Validator | None,
    tell: Callable[[Finding], None],
    said: Callable[[int], None] = lambda count: None,
) -> ValidationReport:
    """The counts of all that lies at paths, once each finding was told; memory does not grow.

    `said` is told how many products were read so far. Raises IlrsError where a path is none.
    """
    report = ValidationReport()

    def note(finding: Finding) -> None:
        report.counts[finding.kind, finding.severity] += 1
        tell(finding)

    for path in paths:
        for made in read(path, profile=profile, validator=validator, tell=note):
            for finding in made.findings:
                note(finding)
            report.products += 1
            report.valid += all(finding.severity != "error" for finding in made.findings)
            said(report.products)
    return report
