"""The programme that a command is given: its folders, laid over one another, loaded and checked."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ilrs.foundation.errors import Finding, ProgrammeError

if TYPE_CHECKING:
    from ilrs.programme.load import Loaded

__all__ = ["layers", "load_and_check", "load_what_stands", "programme_options"]


def programme_options(command: Any) -> Any:
    """Gives a command the argument PROGRAMME (folders) and the option --over (base)."""
    over = click.option(
        "--over", "base", metavar="BASE", help="Lay PROGRAMME over BASE: 'reference' or a folder."
    )
    folders = click.argument("programme", nargs=-1, type=click.Path(path_type=Path))
    return folders(over(command))


def layers(programme: tuple[Path, ...], base: str | None) -> list[Path]:
    """The folders to read, base first; the reference programme where nothing is named."""
    from ilrs.programme.load import reference_folder

    def folder(name: Path) -> Path:
        return reference_folder() if str(name) == "reference" and not name.exists() else name

    named = [folder(name) for name in ((Path(base),) if base else ()) + programme]
    return named or [reference_folder()]


def load_and_check(programme: tuple[Path, ...], base: str | None) -> "tuple[Loaded, list[Finding]]":
    """The loaded programme and its warnings; ProgrammeError where a finding is an error."""
    from ilrs.cooperation.benefits import benefit_findings
    from ilrs.programme.check import check
    from ilrs.programme.load import load
    from ilrs.study.judge import requirement_findings
    from ilrs.study.link_reach import reach_findings
    from ilrs.study.spectrum import spectrum_findings

    loaded = load(layers(programme, base))
    findings = sorted(
        check(loaded) + requirement_findings(loaded) + _covariance_findings(loaded),
        key=lambda found: found.severity != "error",
    )
    if any(finding.severity == "error" for finding in findings):
        raise ProgrammeError(findings)
    findings += benefit_findings(loaded)
    return loaded, findings + reach_findings(loaded) + spectrum_findings(loaded)


def load_what_stands(
    programme: tuple[Path, ...], base: str | None
) -> "tuple[Loaded, list[Finding]]":
    """What of a programme can be told, and every finding, errors first.

    For lists and pages that one partner's error shall not stop; ProgrammeError where nothing at all
    can be told.
    """
    from ilrs.cooperation.benefits import benefit_findings
    from ilrs.programme.check import check
    from ilrs.programme.load import load_partly

    loaded, findings = load_partly(layers(programme, base))
    findings += [*check(loaded), *benefit_findings(loaded)]
    return loaded, sorted(findings, key=lambda found: found.severity != "error")


def _covariance_findings(loaded: "Loaded") -> "list[Finding]":
    """What is wrong with files of covariances; without any, the orbits' compiler stays unloaded."""
    from ilrs.programme.orbit_rules import uncertainties_of

    missions = loaded.programme.missions.values()
    if all(one.oem is None for mission in missions for _, one in uncertainties_of(mission)):
        return []
    from ilrs.study.craft_spreads import covariance_findings

    return covariance_findings(loaded)
