"""`ilrs init`: a small commented programme of one partner, to be laid over the reference.

How a new folder is written, for `ilrs propose` too.
"""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ilrs.foundation.errors import IlrsError
from ilrs.programme.load import reference_folder

__all__ = ["check_partner_id", "partner_text", "write_folder", "write_scaffold"]

_PARTNER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")

_PROGRAMME = """\
# A proposal of {partner}, laid over the reference programme:
#
#     ilrs check {folder} --over reference
#     ilrs run {folder} --over reference --scenario {partner}-month
#
# Sites with their horizons, missions, science fields and the rest of the station come from there.
# What stands here is added, or replaces single attributes of what has the same id.
name: Proposal of {partner}

scenarios:
  {partner}-month:
    site: CONNECTING-RIDGE   # of the reference, with its computed horizon
    start: 2036-01-01        # dates are UTC, ISO 8601
    end: 2036-01-31
    step: 1 h                # a quantity is a number with its unit
    seed: 1

requirements:
  {partner}-DUST-RUNS:
    text: The dust experiment gets at least half of the time it wants
    metric: research_fraction
    of: {partner}-DUST
    limit: ">= 50 %"
    scenario: {partner}-month
    owner: "{partner}"
    level: should            # must or should
"""

_PARTNER = """\
# Who takes part. The id is the folder's name, {partner}.
partner:
  name: {name}
  names: {{en: {name}}}   # add other languages: ru, zh, ar, es, fr …
  kind: institution        # state, intergovernmental, agency, institution, company, ngo
  status: applicant        # founder, signatory, applicant, institution_mou, mission_participant
"""

_STATION = """\
# What {partner} brings. `owner` is this folder's partner and need not be written.
contributions:
  {partner}-DUST-PROPOSAL:
    # stage: planning, justification, design, development, implementation or operation
    stage: development
    level: equipment         # mission, system, subsystem, equipment
    form: material           # material gives elements or experiments, non-material a service
    gives: [{partner}-MONITOR, {partner}-DUST]
    status: proposed         # offered, proposed, agreed, committed, delivered, withdrawn

elements:
  {partner}-MONITOR:
    name: Dust and plasma monitor
    facility: F4             # F1 transport, F2 support, F3 operation, F4 science, F5 ground
    site: CONNECTING-RIDGE
    arrives_on: ILRS-2       # the mission that carries it
    # `figures` speaks for every quantity below that says nothing of its own.
    figures: {{status: assumption, reason: "first guess of the proposal, to be replaced"}}
    mass: {{value: 12 kg ± 20 %, status: estimate, reason: "similar instruments weigh 8 to 15 kg"}}
    life: 5 y                # it has to live when the scenario begins
    priority: 6              # 0 is shed last, 9 first
    modes:
      keep_alive: {{power: 4 W}}
      work: {{power: 9 W, data: 200 bit/s}}
    thermal:
      heat_capacity: 8 kJ/K
      heat_loss: 50 mW/K
      heater_power: 10 W
      survival_minimum: -50 degC
      survival_maximum: 70 degC
      operating_minimum: -30 degC
      operating_maximum: 50 degC
    data_store: 2 Gbit

experiments:
  {partner}-DUST:
    name: Dust lifted at sunrise and sunset
    element: {partner}-MONITOR
    fields: [S4]             # science fields of the reference
    conditions: [sunlit]     # sunlit, dark, relay_in_view, earth_in_view, crew_present
    figures: {{status: assumption, reason: "first guess of the proposal, to be replaced"}}
    wanted: 100 h
    minimum_run: 2 h
    power: 6 W
    data: 2 kbit/s
    products: [dust counts]
    data_policy: {{access: partners, embargo: 180 d, licence: CC-BY-4.0}}
"""


def write_scaffold(folder: Path, *, partner: str) -> None:
    """Write a programme of one partner with an element and an experiment into a new folder.

    It is meant to be laid over the reference. A partner that the reference has already keeps its
    record: then no partner.yaml is written. All files appear together or not at all. Raises
    IlrsError for a folder that holds anything and for an id that cannot name a folder.
    """
    check_partner_id(partner)
    names = {"partner": partner, "folder": folder.name or "."}
    texts = {
        "programme.yaml": _PROGRAMME.format(**names),
        f"partners/{partner}/station.yaml": _STATION.format(**names),
    }
    if not (reference_folder() / "partners" / partner).is_dir():
        texts[f"partners/{partner}/partner.yaml"] = partner_text(partner)
    write_folder(folder, texts)


def check_partner_id(partner: str) -> None:
    """Raises IlrsError for an id that cannot name a folder."""
    if not _PARTNER_ID.fullmatch(partner):
        raise IlrsError(
            f"the partner id {partner!r}",
            "an id has up to 40 letters (A-Z), digits and hyphens, and names a folder",
            "Write for instance MY-INSTITUTE.",
        )


def partner_text(partner: str, *, name: str = "") -> str:
    """The partner.yaml of somebody new; the id stands for a name that is left out."""
    return _PARTNER.format(partner=partner, name=json.dumps(name or partner, ensure_ascii=False))


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write a programme's files, by their paths in it, into a new or empty folder.

    All appear together or not at all. Raises IlrsError where the folder holds anything, or cannot
    be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IlrsError(
            f"{str(folder)!r} exists and is not an empty folder",
            "a new programme is written into a new or empty folder",
            "Name another folder.",
        )
    try:
        _write(folder, texts)
    except OSError as error:
        raise IlrsError(
            f"{str(folder)!r} cannot be written: {error.strerror}",
            "a new programme needs a folder that can be made and written",
            "Name another folder, or mend that.",
        ) from None


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".ilrs-init-") as staging:
        whole = Path(staging) / "programme"
        for name, text in texts.items():
            path = whole / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if folder.exists():  # empty: it stays the same folder, which may be a shell's own
            for path in sorted(whole.iterdir()):
                path.rename(folder / path.name)
        else:
            whole.rename(folder)
