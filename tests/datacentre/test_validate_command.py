"""`ilrs data validate`: files, folders, the table of counts, JSON, exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from tests.datacentre.chang_e import RADAR, radar_label


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["data", "validate", *map(str, words)])
    return result.exit_code, result.output


def test_valid_collection_of_real_labels(schemas: Path, real_labels: Path) -> None:
    folder = real_labels / "clps_pitms_raw"
    code, output = run(
        folder / "PITMS_RAW_AUX.xml", folder / "collection.xml", "--schemas", schemas,
        "--profile", "strict",
    )  # fmt: skip
    assert code == 0
    assert output.splitlines()[-1] == "2 products, 2 of them without an error"


def test_faults_are_counted_by_kind_and_told_at_their_line(real_labels: Path) -> None:
    code, output = run(real_labels / "lro_diviner_rdr")
    lines = output.splitlines()
    assert code == 2
    assert lines[0] == (
        "error: 201401031400_rdr_max_FAIL.tab:14: Table_Character TABLE qmi: record 10 has '130'; "
        "the stated maximum is 128. Correct the label or deliver the file anew."
    )
    table = [line.split() for line in lines]
    assert ["identifier", "2", "0"] in table
    assert ["content", "3", "0"] in table
    assert lines[-1] == "3 products, 1 of them without an error"


def test_findings_as_json_are_one_in_a_line(real_labels: Path) -> None:
    code, output = run(real_labels / "lro_diviner_rdr", "--json")
    findings = [json.loads(line) for line in output.splitlines()]
    assert code == 2
    assert [f["kind"] for f in findings] == ["content", "identifier", "content", "content",
                                             "identifier"]  # fmt: skip
    assert findings[0]["file"] == "201401031400_rdr_max_FAIL.tab"


@pytest.mark.parametrize(("profile", "code"), [("ilrs", 2), ("legacy", 0)])
def test_legacy_profile_takes_old_labels_as_they_are(
    tmp_path: Path, profile: str, code: int
) -> None:
    (tmp_path / RADAR).write_bytes(bytes(63))
    (tmp_path / f"{RADAR}L").write_bytes(radar_label(records=3, size=63))
    assert run(tmp_path, "--profile", profile)[0] == code


def test_unknown_profile_is_named(tmp_path: Path) -> None:
    code, output = run(tmp_path, "--profile", "ilsr")
    assert code == 2
    assert (
        "there is no profile 'ilsr'; the profiles are strict, ilrs, legacy. Did you mean 'ilrs'?"
        in (" ".join(output.split()))
    )
