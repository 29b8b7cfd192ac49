"""Activities that an operator adds to a plan, as a file declares them.

activities:
  CORE-AGAIN:
    like: CORE-DRILLING.01      # what is left out is as there
    start: 2036-03-05
    end: 2036-03-09
    length: 4 h
"""

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from ilrs.foundation.errors import Finding, FindingsError, IlrsError
from ilrs.foundation.yaml_lines import KeyPath, dotted, read_yaml
from ilrs.programme.findings import findings_of, shown, unknown_key
from ilrs.programme.keys import DeclaredModel
from ilrs.programme.places import Places
from ilrs.programme.sessions import Disturbance
from ilrs.programme.types import BitsPerSecond, Seconds, Utc, Watts

__all__ = ["AddedActivity", "AddedError", "AddedFollows", "read_added"]


class AddedError(FindingsError):
    """A file of added activities that is not valid."""

    what, command = "the file of activities", "ilrs plan change"


class AddedFollows(DeclaredModel):
    """A link of a chain: so long after the end of another request."""

    request: str
    least_s: Seconds = 0.0
    most_s: Seconds | None = None  # any time later when left out


class AddedActivity(DeclaredModel):
    """Work that is added to a plan, by itself or like a request of the plan."""

    like: str | None = None
    partner: str | None = None
    kind: str | None = None  # the experiment that it is a piece of
    start: Utc | None = None  # of the time in which it may run
    end: Utc | None = None
    length_s: Seconds | None = None
    shortest_s: Seconds | None = None  # always `length` when left out
    needs: dict[str, float | str] | None = None  # by resource of the plan, in its unit
    power_w: Watts | None = None  # that it draws, for its partner's share
    data_bps: BitsPerSecond | None = None  # that it makes, for its partner's share
    disturbs: tuple[Disturbance, ...] | None = None
    quiet: tuple[Disturbance, ...] | None = None
    follows: tuple[AddedFollows, ...] | None = None
    worth: float | None = Field(default=None, ge=0)  # of all of it
    mandatory: bool = False


def read_added(path: Path) -> dict[str, AddedActivity]:
    """The activities that a file adds, by id.

    Raises AddedError with every finding where anything in it is wrong, and IlrsError where it
    cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IlrsError(
            f"the file of activities {path} cannot be read: {error.strerror}",
            "it is a YAML file with `activities:`, each under its id",
            "Name another file.",
        ) from None
    yaml = read_yaml(content, file=path.name)
    lines = {dotted(at): (path.name, line) for at, line in yaml.lines.items()}
    places, findings = Places(lines), list(yaml.findings)

    def fault(at: KeyPath, found: str, possible: str, mend: str) -> None:
        findings.append(
            Finding(file=path.name, line=yaml.lines.get(at, 1), entity=dotted(at), found=found,
                    possible=possible, mend=mend)
        )  # fmt: skip

    made: dict[str, AddedActivity] = {}
    for id_, raw in _declared(yaml.data, fault) if not findings else ():
        try:
            made[id_] = AddedActivity.model_validate(raw)
        except ValidationError as error:
            where = f"activities.{id_}"
            findings += findings_of(error, model=AddedActivity, path=where, places=places)
    if findings:
        raise AddedError(sorted(findings, key=lambda finding: finding.line))
    return made


def _declared(data: Any, fault: Any) -> list[tuple[str, Any]]:
    """Ids and what stands under each; what is no mapping of such is a fault."""
    whole = data if isinstance(data, dict) else {}
    for key in whole.keys() - {"activities"}:
        fault((key,), *unknown_key(key, ("activities",), holder="a file of activities"))
    told = whole.get("activities")
    if not isinstance(told, dict) or not told:
        fault(
            ("activities",), f"found {shown(told if whole else data)}",
            "a file of activities has `activities:`, each under its id", "Write them so.",
        )  # fmt: skip
        return []
    return list(told.items())
