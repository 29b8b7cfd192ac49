"""Guidelines of the reference: each check against the file that answers it, and what mends it."""

import json

import pytest
from click.testing import CliRunner

from ilrs import cli
from ilrs.cooperation.registration import record
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entity import DatedClaim
from ilrs.programme.law import Check, Stewardship
from ilrs.programme.load import load
from ilrs.study.law import all_answers, answers_of, spectrum_list
from ilrs.study.law_text import notification, open_table


@pytest.fixture(scope="module")
def reference():
    return load(["reference"]).programme


def state(programme, guideline, object_id):
    rows = [r for r in all_answers(programme) if (r.guideline, r.object) == (guideline, object_id)]
    assert len(rows) == 1, rows
    return rows[0].state


def kept(programme, kind, key, **said):
    """The programme with more said of one object."""
    things = dict(getattr(programme, kind))
    things[key] = things[key].model_copy(
        update={"stewardship": Stewardship.model_construct(**said)}
    )
    return programme.model_copy(update={kind: things})


def test_every_check_is_asked_by_a_guideline_of_the_reference(reference):
    asked = {guideline.check for guideline in reference.guidelines.values()}
    assert asked == set(Check.__args__)
    answered = {row.guideline for row in all_answers(reference)}
    assert answered == set(reference.guidelines)


def test_a_nuclear_source_is_assessed_in_public_before_its_launch(reference):
    # A/RES/47/68, principle 4: the results are made public before each launch. LES-3 flies in 2035.
    assert state(reference, "NUCLEAR-SAFETY", "LES-REACTOR") == "not declared"
    for date, expected in (("2034-05", "met"), ("2036", "not met")):
        said = kept(reference, "elements", "LES-REACTOR", safety_assessment=DatedClaim(date=date))
        assert state(said, "NUCLEAR-SAFETY", "LES-REACTOR") == expected


def test_what_lands_near_a_pole_is_of_category_2b(reference):
    # COSPAR, 18 May 2021: IIb south of 79 S and north of 86 N, IIa elsewhere on the surface.
    assert reference.sites[reference.missions["CE-7"].site].latitude_deg < -79.0
    for category, expected in (("IIb", "met"), ("IIa", "not met")):
        said = kept(reference, "missions", "CE-7", protection=category)
        assert state(said, "PROTECTION", "CE-7") == expected
    orbiter = kept(reference, "missions", "LUNA-26", protection="II")
    assert state(orbiter, "PROTECTION", "LUNA-26") == "met"


def test_an_orbiter_does_not_stay_in_orbit_for_ever(reference):
    for end, expected in (("impact", "met"), ("leaves_orbit", "met"), ("stays", "not met")):
        said = kept(reference, "missions", "LUNA-26", end_of_life=end)
        assert state(said, "DISPOSAL", "LUNA-26") == expected


def test_landings_beside_others_are_named(reference):
    row = next(r for r in answers_of(reference, "LES-1") if r.guideline == "DUE-REGARD-ZONES")
    assert row.state == "not met"
    site = reference.missions["LES-1"].site
    beside = [
        thing
        for thing in (*reference.elements.values(), *reference.missions.values())
        if thing.site == site and thing.owner != "RU"
    ]
    assert row.why == (
        "within 2 km: SOLAR-MAST-1 of CN, SOLAR-MAST-2 of CN, SOLAR-MAST-3 of CN"
        f" and {len(beside) - 3} more"
    )
    assert row.mend == "Agree on it with them, or land elsewhere."


def test_the_founders_have_waived_liability_and_guests_have_not(reference):
    # Agreement of 2022: cross-waiver of liability [OREANDA-240612]; nothing is published of others.
    assert state(reference, "LIABILITY", "CN RU") == "met"
    assert state(reference, "LIABILITY", "CN PK") == "not declared"


def test_carriers_are_listed_with_their_band(reference):
    rows = {row.assignment.id: row for row in spectrum_list(reference)}
    ka_band = rows["missions.QUEQIAO-2.links[0]"]
    assert (ka_band.standing, ka_band.with_others) == ("allocated", ())
    assert rows["missions.CE-4.links[0]"].with_others == (
        "radio astronomy in the shielded zone (ITU RR 22.22-22.25)",
    )


def test_an_object_that_nobody_asks_about_is_named(reference):
    with pytest.raises(IlrsError) as caught:
        answers_of(reference, "LES-REACTR")
    assert str(caught.value).endswith("Did you mean 'LES-REACTOR'?")


def test_what_is_open_is_told_by_guideline(reference):
    columns, rows = open_table(all_answers(reference))
    assert columns == ("guideline", "", "objects", "why, of the first", "mend")
    first = next(row for row in rows if row[0] == "NUCLEAR-SAFETY")
    assert first[1:] == (
        "not declared", "LES-REACTOR", "no safety assessment is declared",
        "Add `stewardship: {safety_assessment: {date: …}}` to elements.LES-REACTOR.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "first", "field"),
    [
        ("en", "Russia presents its compliments", "Designator: 2023-118A"),
        ("zh", "俄罗斯向联合国秘书长致意", "标志：2023-118A"),
        ("ru", "Россия свидетельствует своё уважение", "Обозначение: 2023-118A"),
    ],
)
def test_a_launched_object_is_notified_in_three_languages(reference, language, first, field):
    text = notification(reference, record(reference, "LUNA-25"), language=language)
    assert text.startswith(first)
    assert field in text.splitlines()


def test_an_object_to_come_is_told_under_article_xi(reference):
    text = notification(reference, record(reference, "CE-7"), language="en")
    assert "under Article XI of the Outer Space Treaty (1967)" in text
    assert "Territory or location of launch: not known yet" in text.splitlines()


def test_the_command_tells_objects_guidelines_and_spectrum_as_json():
    done = CliRunner().invoke(cli.main, ["law", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told) == {"objects", "guidelines", "spectrum"}
    rover = next(row for row in told["objects"] if row["object"] == "PAK-ROVER")
    assert rover["owner_state"] == "PK"
