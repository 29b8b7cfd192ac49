import pickle

from ilrs.foundation.errors import Finding, IlrsError, ProgrammeError

FINDING = Finding(
    file="partners/cn/elements.yaml",
    line=12,
    entity="elements.POWER-1.mass",
    found="found '8.2', a number without a unit",
    possible="a mass is written with kg, t, g",
    mend="Write for instance '8.2 kg'.",
)


def test_message_carries_its_three_parts():
    error = IlrsError("no site 'X'", "known are A, B", "Choose one of these.")
    assert (error.asked, error.possible, error.mend) == (
        "no site 'X'",
        "known are A, B",
        "Choose one of these.",
    )
    assert str(error) == "no site 'X'; known are A, B. Choose one of these."


def test_finding_names_its_place():
    assert str(FINDING) == (
        "partners/cn/elements.yaml:12: elements.POWER-1.mass: found '8.2', a number without a"
        " unit; a mass is written with kg, t, g. Write for instance '8.2 kg'."
    )


def test_finding_without_line_and_entity_names_its_file_alone():
    finding = Finding(
        file="programme.yaml", line=0, entity="", found="no file", possible="one", mend="Write it."
    )
    assert str(finding) == "programme.yaml: no file; one. Write it."


def test_finding_moves_to_another_place_and_stays_what_it_was():
    moved = FINDING.at("other.yaml", 3)
    assert str(moved).startswith("other.yaml:3: elements.POWER-1.mass: found")
    assert (FINDING.file, FINDING.line) == ("partners/cn/elements.yaml", 12)


def test_programme_error_shows_every_finding():
    error = ProgrammeError([FINDING, FINDING.at("b.yaml", 1)])
    assert len(error.findings) == 2
    assert str(error) == (
        f"{FINDING}\n{FINDING.at('b.yaml', 1)}\n"
        "the programme is not valid: 2 findings; each names its file, its line and what is"
        " possible there. Mend them and run `ilrs check` again."
    )


def test_programme_error_counts_one_finding_in_the_singular():
    assert ProgrammeError([FINDING]).asked == "the programme is not valid: 1 finding"


def test_errors_cross_to_another_process_whole() -> None:
    finding = Finding(file="f", line=1, entity="e", found="x", possible="y", mend="z")
    for error in (IlrsError("a", "b", "c"), ProgrammeError([finding])):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), copy.mend) == (type(error), str(error), error.mend)
