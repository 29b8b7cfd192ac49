"""What one partner's errors leave standing of the others."""

import pytest

from ilrs.foundation.errors import ProgrammeError
from ilrs.programme.check import check
from ilrs.programme.load import load_partly
from tests.programme.folders import SOUND, Write

FAULTY = """\
partner: {kind: state, status: signatory}
elements:
  ROVER: {facility: F9, site: RIDGE}
  CRANE: {facility: F4, site: RIDGE, arives_on: M1, mass: 10 kg}
contributions:
  WHEELS: {stage: operation, level: system, form: material, gives: [ROVER], status: agreed}
"""


def test_what_is_faulty_is_left_out_and_nothing_else(write: Write) -> None:
    loaded, findings = load_partly(
        write({**SOUND, "partners/RU/all.yaml": FAULTY, "partners/EG/all.yaml": "partner: ["})
    )
    stands = loaded.programme
    assert list(stands.partners) == ["CN", "RU"]
    assert list(stands.elements) == ["GRID", "LAB"]
    assert list(stands.contributions) == ["WHEELS"]
    assert [str(f).split(";")[0] for f in findings] == [
        "partners/EG/all.yaml:1: YAML syntax, column 11: expected the node content, but found"
        " '<stream end>'",
        "partners/RU/all.yaml:3: elements.ROVER.facility: found 'F9'",
        "partners/RU/all.yaml:4: elements.CRANE.arives_on: unknown key 'arives_on'",
    ]
    assert [f"{f.severity} {f}".split(";")[0] for f in check(loaded)] == [
        "error partners/RU/all.yaml:6: contributions.WHEELS.gives[0]: found 'ROVER', which is no"
        " element or mission or experiment",
    ]


def test_a_programme_that_says_nothing_sound_is_refused(write: Write) -> None:
    with pytest.raises(ProgrammeError) as caught:
        load_partly(write({"own.yaml": "sites: {}\n"}))
    assert [str(f) for f in caught.value.findings] == [
        "programme.yaml: name: the attribute 'name' is missing; it is a text. Add `name: …`."
    ]
