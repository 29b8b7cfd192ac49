"""A programme without some of its partners: what goes, what stays, who is left without."""

import pytest

from ilrs.cooperation.roadmap import lead, overlap
from ilrs.cooperation.withdrawal import orphans, without
from ilrs.foundation.errors import IlrsError


def test_what_a_partner_owns_goes_and_its_missions_stand_as_withdrawn(programme):
    left = without(programme, ["RU"])
    assert set(left.elements) == {"ROVER", "HUB"}
    assert set(left.contributions) == {"CN-ROVER", "CN-TRACKING"}
    assert {k for k, m in left.missions.items() if m.lost} == {"LUNA-25", "LUNA-26", "LES-3"}
    assert left.sha256 != programme.sha256
    assert programme.missions["LUNA-26"].status == "planned"


def test_nobody_withdrawn_changes_nothing_but_the_hash(programme):
    left = without(programme, [])
    assert left.model_copy(update={"sha256": programme.sha256}) == programme


def test_a_withdrawn_mission_works_with_nobody(programme):
    left = without(programme, ["RU"])
    assert overlap(left, "LUNA-26", "CE-7").text == (
        "LUNA-26 and CE-7 never work together: LUNA-26 is withdrawn."
    )
    assert lead(left, "LUNA-26", "CE-7").text == "No survey: LUNA-26 is withdrawn."


def test_joints_and_experiments_of_others_go_with_what_they_hang_on(declare):
    elements = {
        "MAST": {"facility": "F2", "owner": "RU", "site": "RIDGE", "arrives_on": "CE-8"},
        "LAB": {
            "facility": "F3", "owner": "CN", "site": "RIDGE", "arrives_on": "LES-3",
            "interfaces": [
                {"kind": "power", "role": "needs", "with": "MAST"},
                {"kind": "data", "role": "needs", "with": "HUB"},
            ],
            "links": [{"via": "LUNA-26", "rate": "1 Mbit/s"}],
        },
        "HUB": {"facility": "F2", "owner": "CN", "site": "RIDGE"},
    }  # fmt: skip
    guest = {"element": "MAST", "owner": "CN", "fields": ["S1"], "wanted": "1 h", "power": "1 W"}
    programme = declare(elements=elements, experiments={"GUEST": guest}, contributions={})
    left = without(programme, ["RU"])
    assert [joint.partner_element for joint in left.elements["LAB"].interfaces] == ["HUB"]
    assert left.experiments == {}
    lost = orphans(programme, ["RU"])
    assert (lost.elements, lost.experiments, lost.links) == (("LAB",), ("GUEST",), ("LAB",))


def test_a_contribution_takes_along_what_it_gives_and_no_more(programme):
    given = programme.contributions["CN-ROVER"].gives
    assert given == ("ROVER", "CE-7")
    left = without(programme, ["CN-ROVER"])
    assert set(programme.elements) - set(left.elements) == {"ROVER"}
    assert set(programme.contributions) - set(left.contributions) == {"CN-ROVER"}
    assert [k for k, m in left.missions.items() if m.status == "withdrawn"] == ["CE-7"]


def test_an_unknown_partner_is_named(programme):
    with pytest.raises(IlrsError) as caught:
        without(programme, ["CNN"])
    assert str(caught.value) == (
        "there is no partner or contribution 'CNN'; the programme has CN, RU, APSCO and"
        f" {len(programme.contributions)} contributions. Did you mean 'CN'?"
    )
