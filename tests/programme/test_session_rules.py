"""The rules on sessions, duties and entitlements, each broken in an otherwise sound programme."""

import pytest

from tests.programme.folders import SOUND, Write, messages_of_check

STATION = """\
elements:
  DIGGER: {facility: F4, site: RIDGE, arrives_on: M1, mass: 100 kg}
experiments:
  DIG: {element: DIGGER, fields: [S1], wanted: 100 h, power: 10 W, sessions: {}}
  LISTEN:
    element: DIGGER
    fields: [S1]
    wanted: 100 h
    power: 10 W
    sessions: {length: 6 h, shortest: 2 h, every: 1 d, tolerance: 3 h, quiet: [dust], holds: [LAB]}
missions:
  ORBITER: {status: planned, launches: [{date: 2034}]}
"""
OWN = """\
entitlements:
  CN: {share: 2}
scenarios:
  crew:
    site: RIDGE
    start: 2036-01-01
    end: 2036-02-01
    crew_visits:
      - start: 2036-01-10
        end: 2036-01-20
        people: 0
        duties:
          - {what: exercise, length: 2 h}
"""
SESSIONS = "sessions: {}"


def found(write: Write, *, station: str = STATION, own: str = OWN) -> list[str]:
    return messages_of_check(write({**SOUND, "partners/CN/more.yaml": station, "own.yaml": own}))


def test_sessions_duties_and_entitlements_are_sound(write: Write) -> None:
    assert found(write) == []


@pytest.mark.parametrize(
    ("sessions", "message"),
    [
        ("{length: 0 s}", "experiments.DIG.sessions.length: sessions of 0 s; a session is longer"
         " than 0 s. Write for instance '6 h'."),
        ("{length: 2 h, shortest: 3 h}", "experiments.DIG.sessions.shortest: found 3 h, with a"
         " length of 2 h; the shortest session is longer than 0 s and not longer than the longest."
         " Correct one of the two."),
        ("{length: 30 h, every: 24 h}", "experiments.DIG.sessions.every: one session of 30 h every"
         " 24 h; a period is at least as long as a session. Shorten the session, or lengthen"
         " `every`."),
        ("{tolerance: 1 h}", "experiments.DIG.sessions.tolerance: a tolerance without a period;"
         " `tolerance` counts from the due times that `every` sets. Add `every`, or remove it."),
        ("{enough: 0 s}", "experiments.DIG.sessions.enough: found 0 s; 'enough' is more than 0 s."
         " Correct it, or remove the key."),
        ("{sun_elevation_above: 2 deg, sun_elevation_below: 1 deg}",
         "experiments.DIG.sessions.sun_elevation_above: above 2 deg and below 1 deg at once; there"
         " is no such value. Exchange or correct the two."),
        ("{together_with: DIG}", "experiments.DIG.sessions.together_with: DIG together with itself;"
         " it names another one. Correct the id."),
        ("{together_with: LISTEN, disturbs: [dust]}", "experiments.DIG.sessions.together_with: DIG"
         " at the same time as LISTEN, with dust between them; what makes a disturbance never runs"
         " with what needs quiet of it. Drop `together_with`, or one side of the disturbance."),
        ("{overpass_of: ORBITER}", "experiments.DIG.sessions.overpass_of: overpasses of ORBITER,"
         " which declares no orbit; overpasses are computed from an `orbit:`. Declare the mission's"
         " orbit, or name another one."),
        ("{follows: [{experiment: DIG}]}", "experiments.DIG.sessions.follows: a cycle: DIG follows"
         " DIG; what is followed runs first. Remove one of these links."),
        ("{follows: [{experiment: LISTEN, least: 2 h, most: 1 h}]}",
         "experiments.DIG.sessions.follows[0]: begins 2 h to 1 h after LISTEN; the least lag is not"
         " longer than the most. Exchange or correct the two."),
    ],
)  # fmt: skip
def test_a_fault_in_sessions_is_named(write: Write, sessions: str, message: str) -> None:
    station = STATION.replace(SESSIONS, f"sessions: {sessions}")
    assert found(write, station=station) == [f"error partners/CN/more.yaml:4: {message}"]


def test_more_people_than_any_visit_has_are_a_warning(write: Write) -> None:
    assert found(write, station=STATION.replace(SESSIONS, "sessions: {crew: 2}")) == [
        "warning partners/CN/more.yaml:4: experiments.DIG.sessions.crew: 2 people at work; the most"
        " that any scenario's visit has is 0. Need fewer, or add a visit with more people to a"
        " scenario."
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("people: 0", "people: 0\n        sleep: 25 h",
         "12: scenarios.crew.crew_visits[0].sleep: 25 h of sleep a day; a day has 24 h. Correct"
         " it."),
        ("length: 2 h", "length: 17 h", "13: scenarios.crew.crew_visits[0].duties[0]: exercise of"
         " 17 h at a stretch; people are awake for 15.5 h. Correct its length, or let them sleep"
         " less."),
        ("length: 2 h", "length: 2 h, every: 1 h", "13: scenarios.crew.crew_visits[0].duties[0]:"
         " exercise of 2 h every 1 h; a period is at least as long as what is done in it. Correct"
         " one of the two."),
        ("length: 2 h", "length: 2 h, people: 2", "13: scenarios.crew.crew_visits[0].duties[0]:"
         " exercise by 2 people; the visit has 0. Let fewer do it, or bring more."),
        ("share: 2", "share: 0", "2: entitlements.CN.share: entitlements that sum to 0; they are 0"
         " or more and not all 0; only their ratios count. Give each partner a share."),
    ],
)  # fmt: skip
def test_a_fault_in_duties_or_entitlements_is_named(
    write: Write, old: str, new: str, message: str
) -> None:
    assert found(write, own=OWN.replace(old, new)) == [f"error own.yaml:{message}"]


def test_an_entitlement_is_a_partners_and_leaves_nobody_out(write: Write) -> None:
    own = OWN.replace("CN: {share: 2}", "CNN: {share: 2}")
    assert found(write, own=own) == [
        "error own.yaml:2: entitlements.CNN: an entitlement of 'CNN', which is no partner; 1"
        " partners are declared. Did you mean 'CN'?",
        *(
            f"warning partners/CN/more.yaml:{line}: experiments.{name}: CN has no entitlement;"
            " where any are declared, nothing is planned for a partner without one. Add `CN:"
            " {share: 1}` to `entitlements:`."
            for name, line in (("DIG", 4), ("LISTEN", 5))
        ),
    ]
