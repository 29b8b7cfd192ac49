"""The small programme that `ilrs init` writes."""

from pathlib import Path

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.check import check
from ilrs.programme.load import load, reference_folder
from ilrs.programme.scaffold import write_scaffold
from tests.programme.folders import Write

#: What the scaffold takes from the programme it is laid over, and no more.
BASE = """\
    name: Base
    sites:
      CONNECTING-RIDGE:
        {kind: candidate, latitude: -89.47 deg, longitude: 222.7 deg, horizon: ridge.csv}
    missions: {ILRS-2: {status: proposed, landed_payload: 6 t}}
    science_fields: {S4: {}}
    """


def test_the_scaffold_checks_clean_over_a_base_that_has_what_it_names(
    write: Write, tmp_path: Path
) -> None:
    base = write({"programme.yaml": BASE, "ridge.csv": "1"}, "base")
    write_scaffold(tmp_path / "mine", partner="MY-INSTITUTE")
    loaded = load([base, tmp_path / "mine"])
    assert check(loaded) == []
    programme = loaded.programme
    assert programme.elements["MY-INSTITUTE-MONITOR"].owner == "MY-INSTITUTE"
    assert programme.scenarios["MY-INSTITUTE-month"].site == "CONNECTING-RIDGE"
    assert programme.requirements["MY-INSTITUTE-DUST-RUNS"].of in programme.experiments
    assert {claim.status for claim in programme.claims} == {"assumption", "estimate"}


def test_the_scaffold_adds_no_error_to_the_reference(tmp_path: Path) -> None:
    try:
        before = check(load("reference"))
    except (IlrsError, OSError) as error:
        pytest.skip(f"the reference programme does not load: {error}")
    write_scaffold(tmp_path / "mine", partner="MY-INSTITUTE")
    after = check(load(["reference", tmp_path / "mine"]))
    assert sum(f.severity == "error" for f in after) == sum(f.severity == "error" for f in before)
    # A joint has two sides: the other one is for the hub's owner to declare.
    assert [f.found for f in after if f.file.startswith("mine/")] == [
        "it draws up to 14 W and declares no power joint"
    ]


def test_an_id_that_reads_as_a_number_is_still_a_text(write: Write, tmp_path: Path) -> None:
    base = write({"programme.yaml": BASE, "ridge.csv": "1"}, "base")
    write_scaffold(tmp_path / "mine", partner="2028")
    assert check(load([base, tmp_path / "mine"])) == []


def test_a_partner_of_the_reference_keeps_its_record(tmp_path: Path) -> None:
    if not (reference_folder() / "partners" / "CN").is_dir():
        pytest.skip("the reference programme has no partner CN")
    write_scaffold(tmp_path / "mine", partner="CN")
    assert sorted(p.name for p in (tmp_path / "mine/partners/CN").iterdir()) == ["station.yaml"]


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    inode = folder.stat().st_ino
    write_scaffold(folder, partner="ME")
    assert folder.stat().st_ino == inode
    assert sorted(path.name for path in folder.iterdir()) == ["partners", "programme.yaml"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        write_scaffold(tmp_path, partner="ME")
    assert str(caught.value) == (
        f"{str(tmp_path)!r} exists and is not an empty folder; a new programme is written into a"
        " new or empty folder. Name another folder."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("partner", ["", "../x", "a b", "-x", "x" * 41, "Ж"])
def test_an_id_that_cannot_name_a_folder_is_refused(tmp_path: Path, partner: str) -> None:
    with pytest.raises(IlrsError) as caught:
        write_scaffold(tmp_path / "mine", partner=partner)
    assert str(caught.value) == (
        f"the partner id {partner!r}; an id has up to 40 letters (A-Z), digits and hyphens, and"
        " names a folder. Write for instance MY-INSTITUTE."
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def write_text(path: Path, text: str, encoding: str) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(IlrsError) as caught:
        write_scaffold(tmp_path / "mine", partner="ME")
    assert str(caught.value) == (
        f"{str(tmp_path / 'mine')!r} cannot be written: No space left on device; a new programme"
        " needs a folder that can be made and written. Name another folder, or mend that."
    )
    assert list(tmp_path.iterdir()) == []


def test_the_scaffold_alone_says_what_it_lacks(tmp_path: Path) -> None:
    write_scaffold(tmp_path / "mine", partner="ME")
    found = check(load(tmp_path / "mine"))
    assert {finding.found for finding in found} == {
        "found 'CONNECTING-RIDGE', which is no site",
        "found 'ILRS-2', which is no mission",
        "found 'S4', which is no science field",
    }
