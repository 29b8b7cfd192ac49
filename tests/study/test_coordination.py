"""Two missions together: who sees whom, surveys, guests, and the files that say so."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.programme.entities import Programme
from ilrs.sky.directions import site_directions
from ilrs.sky.sky import Sky
from ilrs.study.coordination import (
    Coordination,
    coordinate,
    mission_ways,
    sample_span_s,
)
from ilrs.study.coordination_files import (
    contacts_csv,
    coordination_calendar,
    coordination_json,
    coordination_svg,
)
from ilrs.study.earth_antennas import earth_stations
from ilrs.study.joint import joint_answer

PAIR = ("LUNA-26", "CE-7")
ZONES = zones_of("UTC,Beijing,Moscow")


@pytest.fixture(scope="module")
def span_s(programme: Programme) -> tuple[float, float]:
    return sample_span_s(programme, *PAIR, start="2029-01-01", days=3.0)


@pytest.fixture(scope="module")
def found(programme: Programme, sky: Sky, span_s: tuple[float, float]) -> Coordination:
    return coordinate(programme, *PAIR, span_s=span_s, sky=sky)


# The judge: at every second the line between the two is tried at 400 places for ground below it.
def test_craft_see_each_other_when_the_line_between_them_clears_the_moon(
    programme: Programme, sky: Sky, span_s: tuple[float, float], found: Coordination
) -> None:
    missions = [programme.missions[key] for key in PAIR]
    one, other = mission_ways(programme, missions, span_s, sky=sky).values()
    t = np.arange(span_s[0] + 0.5, span_s[0] + 6 * 3600.0, 1.0)
    a, b = one.position_m(t), other.position_m(t)
    share = np.linspace(0.0, 1.0, 400)
    lowest = np.full(t.size, np.inf)
    for part in share:
        lowest = np.minimum(lowest, np.linalg.norm(a + part * (b - a), axis=1))
    clear = lowest > MOON_RADIUS_M + 11_000.0
    sure = np.abs(lowest - MOON_RADIUS_M - 11_000.0) > 500.0  # clear of the edge
    meeting = next(m for m in found.meetings if m.second == "CE-7")
    np.testing.assert_array_equal(meeting.windows.mask(t)[sure], clear[sure])


def test_contacts_are_with_the_other_craft_and_with_what_has_landed(found: Coordination) -> None:
    assert [(m.first, m.second) for m in found.meetings] == [
        ("LUNA-26", "CE-7"),
        ("LUNA-26", "CE-7 at CE7-NOMINAL"),
        ("CE-7", "CE-7 at CE7-NOMINAL"),
        ("LUNA-26", "8 antennas on Earth"),
        ("CE-7", "8 antennas on Earth"),
    ]
    # A polar orbiter passes a polar site once a revolution: 12 or 13 times a day.
    assert 33 <= len(found.meetings[1].windows) <= 39
    assert found.meetings[1].text.startswith("LUNA-26 and CE-7 at CE7-NOMINAL: ")


# Nearly half of a low polar orbit lies behind the Moon when Earth stands in its plane, none of it
# when Earth stands across; antennas in Asia, Europe and South America lose the Moon for a few hours
# a day at most.
def test_antennas_on_earth_see_a_craft_for_half_the_time_or_more(
    programme: Programme, found: Coordination
) -> None:
    assert len(earth_stations(programme)) == 8
    seen = found.meetings[3].windows
    assert 0.4 < seen.total_s / (found.span_s[1] - found.span_s[0]) < 1.0
    assert 3.5e8 < found.meetings[3].nearest_m < 4.1e8


def test_a_survey_that_comes_too_late_says_so(found: Coordination) -> None:
    late = {answer.survey: answer.late for answer in found.surveys}
    assert late["CE7-AREA"] == (
        "Too late: wanted by 2027, and LUNA-26 works from 2028-01-01 … 2029-01-01 on."
    )
    assert late["RIDGE-AREA"] == ""
    assert "too late" in found.lead.text


def test_guests_are_what_a_mission_offers_and_what_is_declared(found: Coordination) -> None:
    assert [(g.mission, g.place, g.offered_kg, g.taken_kg) for g in found.guests] == [
        ("CE-7", "orbiter", 15.0, 0.0),
        ("CE-7", "lander", 10.0, 0.0),
    ]


def test_files_hold_every_contact_on_every_clock(found: Coordination) -> None:
    rows = list(csv.DictReader(io.StringIO(contacts_csv(found, zones=ZONES))))
    every = [*found.meetings, *found.joints]
    assert len(rows) == sum(len(one.windows) for one in every)
    assert list(rows[0]) == [
        "first", "second", "aos_utc", "los_utc", "aos_beijing", "los_beijing", "aos_moscow",
        "los_moscow", "duration_s",
    ]  # fmt: skip
    assert [row["aos_utc"] for row in rows] == sorted(row["aos_utc"] for row in rows)
    for row in rows[:5]:
        utc, beijing = (np.datetime64(row[k][:19]) for k in ("aos_utc", "aos_beijing"))
        assert beijing - utc == np.timedelta64(8, "h")
    calendar = coordination_calendar(found, zones=ZONES)
    assert calendar.count("BEGIN:VEVENT") == len(rows)
    assert coordination_svg(found).count("<rect") == len(rows) + 1  # and the paper


def test_json_is_complete_and_the_same_each_time(found: Coordination) -> None:
    text = coordination_json(found, provenance={"programme": "x"})
    assert text == coordination_json(found, provenance={"programme": "x"})
    facts: dict[str, Any] = json.loads(text)
    assert [c["second"] for c in facts["contacts"]] == [m.second for m in found.meetings]
    assert facts["surveys"][0]["survey"] == "CE7-AREA"
    assert facts["from_utc"] == "2029-01-01T00:00:00Z"
    assert facts["overlap"]["nominal_d"] == found.overlap.nominal_d


def test_days_begin_where_both_nominally_work_unless_named(programme: Programme) -> None:
    start_s, end_s = sample_span_s(programme, *PAIR, start=None, days=2.0)
    assert start_s == float(tdb_from_utc(parse_utc("2028-07-02")))
    assert end_s - start_s == 2 * DAY_S


@pytest.mark.parametrize(
    ("first", "days", "message"),
    [
        (
            "LUNA-26",
            0.0,
            "0 days of two missions; the geometry is looked at over more than 0 and up to 400 days."
            " Correct --days.",
        ),
        (
            "LUNA-28",
            1.0,
            "the days in which LUNA-28 and CE-7 are looked at; a begin and an end of both are not"
            " declared. Name a day with --from, such as --from 2029-01-01.",
        ),
    ],
)
def test_days_that_cannot_be_looked_at_are_errors(
    programme: Programme, first: str, days: float, message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        sample_span_s(programme, first, "CE-7", start=None, days=days)
    assert str(caught.value) == message


def test_missions_without_orbit_are_named(programme: Programme, sky: Sky) -> None:
    span_s = sample_span_s(programme, "LUNA-28", "CE-7", start="2034-06-01", days=0.5)
    found = coordinate(programme, "LUNA-28", "CE-7", span_s=span_s, sky=sky)
    assert "LUNA-28 declares no orbit: nothing is seen from it." in found.notes


def test_command_writes_its_files(tmp_path: Any) -> None:
    result = CliRunner().invoke(
        main, ["coordinate", *PAIR, "--from", "2029-01-01", "--days", "1", "--out", str(tmp_path)]
    )
    assert result.exit_code == 0
    assert "LUNA-26 – CE-7 at CE7-NOMINAL" in result.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "contacts.csv", "contacts.ics", "contacts.svg", "coordination.json",
    ]  # fmt: skip


def test_command_refuses_a_mission_that_is_not_there() -> None:
    result = CliRunner().invoke(main, ["coordinate", "LUNA-26", "CE-9"])
    assert result.exit_code == 2
    assert "'LUNA-26 CE-9' does not name two missions" in result.stderr


# Four days of southern summer, when the Sun stands over the place; both orbits are polar and pass
# it once a revolution, so that one looks within half an hour of the other now and then.
def test_joint_observations_are_looks_of_both_in_the_light_that_is_wanted(
    programme: Programme, sky: Sky
) -> None:
    span_s = sample_span_s(programme, *PAIR, start="2029-01-20", days=4.0)
    missions = [programme.missions[key] for key in PAIR]
    joint = programme.joint_observations["CE7-TOGETHER"]
    answer = joint_answer(
        programme, joint, mission_ways(programme, missions, span_s, sky=sky), span_s=span_s, sky=sky
    )
    assert answer is not None
    site = programme.sites["CE7-NOMINAL"]

    def sun_deg(t: Any) -> Any:
        return site_directions(
            tdb_s=t,
            latitude_deg=site.latitude_deg,
            longitude_deg=site.longitude_deg,
            height_m=0.0,
            **sky.kernels,
        )["sun_elevation_deg"].values

    lit = sun_deg(np.arange(*span_s, 600.0)) > joint.sun_elevation_minimum_deg
    revolutions = 600.0 * lit.sum() / 6_870.0  # at 60 x 80 km
    assert abs(len(answer.first_looks) - revolutions) <= 3.0
    assert answer.pairs
    for pair in answer.pairs:
        gap_s = max(pair.second_s[0] - pair.first_s[1], pair.first_s[0] - pair.second_s[1], 0.0)
        assert pair.apart_s == gap_s <= joint.most_offset_s
    assert len(answer.windows - answer.first_looks) == 0
    t = np.concatenate([answer.windows.start_s, answer.windows.end_s - 1.0]) + 0.5
    near_s = np.minimum(
        np.abs(t[:, None] - answer.second_looks.start_s),
        np.abs(t[:, None] - answer.second_looks.end_s),
    ).min(axis=1)
    assert near_s.max() <= joint.most_offset_s + 0.5
    assert sun_deg(t).min() > joint.sun_elevation_minimum_deg - 0.01


def test_a_joint_observation_without_a_way_or_a_place_has_no_answer(
    programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    joint = programme.joint_observations["CE7-TOGETHER"]
    assert joint_answer(programme, joint, {}, span_s=span_s, sky=sky) is None
