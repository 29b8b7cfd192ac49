"""What `ilrs survive` wrote, read again for a run of the same programme."""

import json
from pathlib import Path
from typing import Any

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme, Scenario

__all__ = ["read_survival"]


def read_survival(path: Path, programme: Programme, scenario: Scenario) -> dict[str, Any]:
    """The record of lives of this programme and scenario. Raises IlrsError for any other file."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        lived = record["provenance"]["programme_sha256"], record["scenario"]
    except (OSError, ValueError, KeyError, TypeError):
        raise IlrsError(
            f"{path} is no record of lives",
            "`ilrs survive --out FOLDER` writes FOLDER/survival.json",
            "Name that file with --survival.",
        ) from None
    if lived != (programme.sha256, scenario.id):
        raise IlrsError(
            f"{path} tells of scenario {lived[1]} of a programme that reads otherwise now",
            f"scenario {scenario.id} of the files as they are now is run",
            "Run `ilrs survive` again with the same folders and scenario.",
        )
    return record
