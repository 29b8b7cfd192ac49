"""What other commands wrote of a programme, read again for a run of the same files."""

import json
from pathlib import Path
from typing import Any

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme, Scenario

__all__ = ["read_links", "read_plan", "read_sizing", "read_survival"]


def read_survival(path: Path, programme: Programme, scenario: Scenario) -> dict[str, Any]:
    """The record of lives of this programme and scenario. Raises IlrsError for any other file."""
    told = ("record of lives", "ilrs survive", "survival", "lives")
    return _read(path, programme, scenario, told=told)


def read_links(path: Path, programme: Programme, scenario: Scenario) -> dict[str, Any]:
    """The contact plan of this programme and scenario. Raises IlrsError for any other file."""
    told = ("contact plan", "ilrs links", "links", "losses")
    return _read(path, programme, scenario, told=told)


def read_sizing(path: Path, programme: Programme, scenario: Scenario) -> dict[str, Any]:
    """The sizing of this programme and scenario. Raises IlrsError for any other file."""
    told = ("record of a sizing", "ilrs size", "sizing", "bound_kg")
    return _read(path, programme, scenario, told=told)


def read_plan(path: Path, programme: Programme, scenario: Scenario) -> dict[str, Any]:
    """The research plan of this programme and scenario. Raises IlrsError for any other file."""
    told = ("research plan", "ilrs plan", "plan", "requests")
    return _read(path, programme, scenario, told=told)


def _read(
    path: Path, programme: Programme, scenario: Scenario, *, told: tuple[str, str, str, str]
) -> dict[str, Any]:
    what, command, name, key = told
    option = "output" if name == "plan" else "out"
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        made_of = record["provenance"]["programme_sha256"], record["scenario"]
        record[key]  # which the other kinds lack
    except (OSError, ValueError, KeyError, TypeError):
        raise IlrsError(
            f"{path} is no {what}",
            f"`{command} --{option} FOLDER` writes FOLDER/{name}.json",
            f"Name that file with --{name}.",
        ) from None
    if made_of != (programme.sha256, scenario.id):
        raise IlrsError(
            f"{path} tells of scenario {made_of[1]} of a programme that reads otherwise now",
            f"scenario {scenario.id} of the files as they are now is run",
            f"Run `{command}` again with the same folders and scenario.",
        )
    return record
