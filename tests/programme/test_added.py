"""Activities that an operator's file adds to a plan: read, and every fault at its line."""

from pathlib import Path

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.added import AddedError, read_added


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "more.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_values_are_read_to_si(tmp_path: Path) -> None:
    text = """\
activities:
  AGAIN:
    like: DUST.01
    start: 2036-03-05
    length: 4 h
    needs: {ENERGY: 25 W, ROBOT: 1}
    follows: [{request: DUST.02, least: 2 h}]
"""
    found = read_added(written(tmp_path, text))["AGAIN"]
    assert (found.like, found.start, found.length_s) == ("DUST.01", "2036-03-05", 14400.0)
    assert found.needs == {"ENERGY": "25 W", "ROBOT": 1}
    assert found.follows is not None and found.follows[0].least_s == 7200.0
    assert found.quiet is None and not found.mandatory


@pytest.mark.parametrize(
    "text, findings",
    [
        ("", ["more.yaml:1: activities: found nothing (null); a file of activities has"
              " `activities:`, each under its id. Write them so."]),
        ("activity: {}", [
            "more.yaml:1: activities: found nothing (null); a file of activities has"
            " `activities:`, each under its id. Write them so.",
            "more.yaml:1: activity: unknown key 'activity'; a file of activities has activities."
            " Did you mean 'activities'?",
        ]),
        ("activities:\n  A:\n    lenght: 4 h\n    length: 4 kg\n", [
            "more.yaml:3: activities.A.lenght: unknown key 'lenght'; 'activities.A' has like,"
            " partner, kind, start, end, length, shortest, needs, power, data, disturbs, quiet,"
            " follows, worth, mandatory. Did you mean 'length'?",
            "more.yaml:4: activities.A.length: found '4 kg', which is not a duration; a"
            " duration is written with s, min, h, d, y. Write for instance '4 s'.",
        ]),
        ("activities:\n  A: {worth: -1}\n", [
            "more.yaml:2: activities.A.worth: found -1; 'worth' is at least 0. Correct the number.",
        ]),
    ],
)  # fmt: skip
def test_every_fault_is_told_at_its_line(tmp_path: Path, text: str, findings: list[str]) -> None:
    with pytest.raises(AddedError) as caught:
        read_added(written(tmp_path, text))
    assert sorted(map(str, caught.value.findings)) == sorted(findings)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        read_added(tmp_path / "more.yaml")
    assert str(caught.value) == (
        f"the file of activities {tmp_path / 'more.yaml'} cannot be read: No such file or"
        " directory; it is a YAML file with `activities:`, each under its id. Name another file."
    )
