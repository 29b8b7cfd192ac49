"""The command on traceability: what hangs together, from objectives down to flights and back."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["trace"]


@click.command()
@programme_options
@click.option("--of", "entity_id", metavar="ID",
              help="An objective, requirement, experiment, element or mission.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def trace(
    programme: tuple[Path, ...], base: str | None, entity_id: str | None, as_json: bool
) -> None:
    """Trace PROGRAMME's objectives to requirements, experiments, elements and flights, and back."""
    from ilrs.cooperation.traceability import bearing, links, related
    from ilrs.study.report import print_table

    declared = load_and_check(programme, base)[0].programme
    if entity_id is not None:
        found = related(declared, entity_id)
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False, indent=1))
            return
        rows = [(kind, ", ".join(ids) or "none") for kind, ids in found.items()]
        print_table((entity_id, "hangs together with"), rows, sys.stdout)
        return
    chains = links(declared)
    if as_json:
        told = [{**asdict(c), "requirements": bearing(declared, c)} for c in chains]
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    columns = ("objective", "experiment", "element", "mission", "requirements")
    print_table(
        columns,
        [
            (c.objective or "none", c.experiment or "none", c.element, c.mission,
             ", ".join(bearing(declared, c)))
            for c in chains
        ],
        sys.stdout,
    )  # fmt: skip
