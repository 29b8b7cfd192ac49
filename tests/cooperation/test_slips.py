"""How dates have moved, and the odds that follow: against published histories and by hand."""

import numpy as np
import pytest

from ilrs.cooperation.slips import milestone_odds, road_map_tasks, slips
from ilrs.foundation.errors import IlrsError
from ilrs.programme.load import load
from tests.cooperation.conftest import with_ids


@pytest.fixture(scope="module")
def reference():
    return load(["reference"]).programme


def claims(*pairs):
    return [{"as_of": said, "date": date} for said, date in pairs]


# Announced dates as the facts keep them: Luna-26 from 2022 (said in 2018-03) to 2028 (2026-01), and
# Chang'e-7 from 2023 (2018-03) to 2027 (2026-08).
def test_the_published_histories_give_their_slips(reference):
    rows = {row.mission: row for row in slips(reference)}
    assert set(rows) == {"LUNA-26", "CE-7", "CE-8"}
    luna, change = rows["LUNA-26"], rows["CE-7"]
    assert luna.moved_d == pytest.approx(6 * 365.25, abs=1.0)
    assert luna.elapsed_d == pytest.approx(7.87 * 365.25, abs=15.0)
    assert change.moved_d == pytest.approx(4 * 365.25, abs=1.0)
    assert change.rate == pytest.approx(4.0 / 8.44, abs=0.01)


def test_a_window_for_several_missions_is_no_date(reference):
    assert not any(row.mission.startswith("ILRS") for row in slips(reference))


def little(declare, **changes):
    missions = {
        "OLD": {
            "status": "flown",
            "launches": claims(("2010", "2012-01-01"), ("2012", "2013-01-01")),
        },
        "NEXT": {"status": "planned", "launches": [{"date": "2031-01-01"}]},
    }
    milestones = {"BASE": {"stage": "implementation", "needs": ["NEXT"], "by": "2032"}}
    given = {"missions": with_ids(missions), "milestones": with_ids(milestones), "elements": {}}
    return declare(**(given | changes))


# OLD slipped by 366 d in 730 d: a date 365 d away then is caught after between 365 d and 365 / (1 -
# 0.5) d, at the median rate, which is the largest too, likeliest the last.
def test_a_date_that_runs_away_is_caught_later(declare):
    tasks, unknown = road_map_tasks(little(declare), at="2030-01-01")
    following = next(task for task in tasks if task.id == "NEXT")
    rate = 366.0 / 730.5
    assert unknown == {}
    assert following.least_d == 365.0
    assert following.likely_d == pytest.approx(365.5 / (1.0 - rate), rel=2e-3)
    assert following.most_d == pytest.approx(366.0 / (1.0 - rate), rel=2e-3)


def test_odds_say_when_and_what_holds_a_milestone_up(declare):
    (row,) = milestone_odds(little(declare), at="2030-01-01")
    assert row.due == np.datetime64("2033-01-01")
    assert (row.on_time, row.unknown) == (1.0, ())
    assert np.datetime64("2031-01-01") < row.median < row.late < np.datetime64("2032-02-01")
    assert [key for key, _ in row.drivers] == ["NEXT"]


def test_what_has_no_date_or_has_failed_leaves_the_odds_open(declare):
    for status, launches in (("failed", [{"date": "2029"}]), ("planned", [])):
        programme = little(declare)
        lost = programme.missions["NEXT"].model_copy(
            update={
                "status": status,
                "launches": () if not launches else programme.missions["NEXT"].launches,
            }
        )
        changed = programme.model_copy(
            update={"missions": dict(programme.missions) | {"NEXT": lost}}
        )
        (row,) = milestone_odds(changed, at="2030-01-01")
        assert (row.on_time, row.median, row.unknown) == (None, None, ("NEXT",))


def test_dates_that_never_moved_give_no_odds(declare):
    alone = with_ids({"NEXT": {"status": "planned", "launches": [{"date": "2031"}]}})
    with pytest.raises(IlrsError) as caught:
        milestone_odds(little(declare, missions=alone), at="2030-01-01")
    assert str(caught.value) == (
        "odds of a road map whose missions have named one date each; odds come from how dates have"
        " moved. Declare earlier `launches` of a mission, each with its `as_of`."
    )


def test_what_is_delivered_late_holds_up_what_needs_its_mission(declare):
    rover = {"facility": "F3", "owner": "CN", "site": "RIDGE", "arrives_on": "NEXT"}
    late = {"deliveries": [{"date": "2032-07-01", "as_of": "2029"}]}
    programme = little(
        declare, elements=with_ids({"ROVER": rover}), developments=with_ids({"ROVER": late})
    )
    tasks, _ = road_map_tasks(programme, at="2030-01-01")
    base = next(task for task in tasks if task.id == "BASE")
    assert base.needs == ("NEXT", "delivery of ROVER")
    (row,) = milestone_odds(programme, at="2030-01-01")
    # alone the launch is in time; 912 d to the delivery, slipping by up to a half, are not
    assert row.on_time < 0.5
    assert row.drivers[0][0] == "delivery of ROVER"
