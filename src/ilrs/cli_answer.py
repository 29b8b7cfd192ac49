"""What the commands share in answering: exit codes, how findings are printed, where output goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ilrs.foundation.errors import Finding

__all__ = [
    "DEFAULT_OUT", "EXIT_FAILS", "EXIT_FAULT", "EXIT_HOLDS", "EXIT_INVALID", "LANGUAGES",
    "archive_option", "print_findings",
]  # fmt: skip

EXIT_HOLDS, EXIT_FAILS, EXIT_INVALID, EXIT_FAULT = 0, 1, 2, 70
DEFAULT_OUT = Path("ilrs-runs")
LANGUAGES = ("en", "zh", "ru")  # of the station book, and of notes


def archive_option(command: Any) -> Any:
    """Gives a command the option --archive: the folder of a node."""
    return click.option(
        "--archive",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_OUT / "archive",
        show_default=True,
        help="The archive's folder; its node.yaml may name another storage.",
    )(command)


def print_findings(findings: Sequence[Finding]) -> None:
    """Prints each finding, and how many there are, on standard error."""
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}", err=True)
    errors = sum(finding.severity == "error" for finding in findings)
    click.echo(f"{errors} error(s), {len(findings) - errors} warning(s)", err=True)
