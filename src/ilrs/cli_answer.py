"""What the commands share in answering: exit codes, how findings are printed, where output goes."""

from collections.abc import Sequence
from pathlib import Path

import click

from ilrs.foundation.errors import Finding

__all__ = [
    "DEFAULT_OUT", "EXIT_FAILS", "EXIT_FAULT", "EXIT_HOLDS", "EXIT_INVALID", "LANGUAGES",
    "print_findings",
]  # fmt: skip

EXIT_HOLDS, EXIT_FAILS, EXIT_INVALID, EXIT_FAULT = 0, 1, 2, 70
DEFAULT_OUT = Path("ilrs-runs")
LANGUAGES = ("en", "zh", "ru")  # of the station book, and of notes


def print_findings(findings: Sequence[Finding]) -> None:
    """Prints each finding, and how many there are, on standard error."""
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}", err=True)
    errors = sum(finding.severity == "error" for finding in findings)
    click.echo(f"{errors} error(s), {len(findings) - errors} warning(s)", err=True)
