"""The rules, each broken in an otherwise sound programme, with their whole messages."""

import pytest

from ilrs.programme.check import RULES, check
from ilrs.programme.load import load
from tests.programme.folders import SOUND, Write, messages_of_check

OWN = "programme.yaml"
ALL = "partners/CN/all.yaml"
MORE = "partners/CN/more.yaml"
LAB_SIDE = "role: needs, with: GRID, voltage: 120 V, power: 1 kW"
LAB_AT = "elements.LAB.interfaces[0]"
GRID_AT = "elements.GRID.interfaces[0]"
MEND = "Declare it, or correct the id."
UNLOAD = "Move something to another mission, or correct the masses."


def spoiled(write: Write, file: str, old: str, new: str) -> list[str]:
    """Findings of the sound programme with one text of one file replaced."""
    assert SOUND[file].count(old) == 1
    return messages_of_check(write({**SOUND, file: SOUND[file].replace(old, new)}))


def added(write: Write, text: str, file: str = MORE) -> list[str]:
    """Findings of the sound programme with one more file."""
    return messages_of_check(write({**SOUND, file: text}))


def test_a_sound_programme_has_no_findings(write: Write) -> None:
    assert messages_of_check(write(SOUND)) == []


def no_other_side(at: str, line: int, *, one: str, other: str, role: str) -> str:
    """The message on an interface whose other side is not declared."""
    return (
        f"error {ALL}:{line}: {at}: {other} declares no power interface that {role} this; a joint"
        " is declared on both sides, one offers and one needs."
        f" Add {{kind: power, role: {role}, with: {one}}} to {other}."
    )


@pytest.mark.parametrize(
    ("new", "messages"),
    [
        (
            "role: needs, with: BUS, voltage: 120 V, power: 1 kW",
            [
                no_other_side(GRID_AT, 16, one="GRID", other="LAB", role="needs"),
                f"error {ALL}:23: {LAB_AT}.with: found 'BUS', which is no element; the elements are"
                " GRID, LAB. Declare it, or correct the id.",
            ],
        ),
        (
            "role: offers, with: GRID, voltage: 120 V, power: 1 kW",
            [
                no_other_side(GRID_AT, 16, one="GRID", other="LAB", role="needs"),
                no_other_side(LAB_AT, 23, one="LAB", other="GRID", role="needs"),
            ],
        ),
        (
            "role: needs, with: GRID, voltage: 28 V, power: 1 kW",
            [
                f"error {ALL}:23: {LAB_AT}: voltages of 28 V and 120 V meet; both sides of the"
                " joint with GRID have one voltage."
                " Agree on one, or put a converter between the two."
            ],
        ),
        (
            "role: needs, with: GRID, power: 1 kW",
            [
                f"warning {ALL}:23: {LAB_AT}: the voltage is not compared; both sides of the joint"
                " with GRID give their voltage. Add it on the side that lacks it."
            ],
        ),
        (
            "role: needs, with: GRID, voltage: 120 V, power: 3 kW",
            [
                f"error {ALL}:23: {LAB_AT}: 3 kW needed; GRID offers 2 kW here."
                " Need less, or let it offer more."
            ],
        ),
        (
            "role: needs, with: GRID, voltage: 120 V, rate: 1 Mbit/s",
            [
                f"warning {ALL}:23: {LAB_AT}: the power is not compared; both sides of the joint"
                " with GRID give their power. Add it on the side that lacks it.",
                f"warning {ALL}:23: {LAB_AT}: the rate is not compared; both sides of the joint"
                " with GRID give their rate. Add it on the side that lacks it.",
            ],
        ),
    ],
)
def test_the_two_sides_of_a_joint_are_compared(write: Write, new: str, messages: list[str]) -> None:
    assert spoiled(write, ALL, LAB_SIDE, new) == messages


def test_all_needs_of_one_joint_are_added(write: Write) -> None:
    both = f"{LAB_SIDE}}}\n              - {{kind: power, {LAB_SIDE.replace('1 kW', '1.5 kW')}"
    assert spoiled(write, ALL, LAB_SIDE, both) == [
        f"error {ALL}:23: {LAB_AT}: 2.5 kW needed; GRID offers 2 kW here."
        " Need less, or let it offer more."
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "landed_payload: 2 t",
            "landed_payload: 1.48 t",
            f"warning {ALL}:3: missions.M1: elements to land weigh 1.5 t; it lands at most"
            f" 1.48 t. {UNLOAD}",
        ),
        (
            "landed_payload: 2 t",
            "landed_payload: 1.2 t",
            f"error {ALL}:3: missions.M1: elements to land weigh 1.5 t; it lands at most"
            f" 1.2 t. {UNLOAD}",
        ),
        (
            "launch_mass: 18 t",
            "launch_mass: 22 t",
            f"error {ALL}:3: missions.M1: at launch it weighs 22 t; ROCKET sends to the Moon at"
            f" most 20 t. {UNLOAD}",
        ),
        (
            "launches: [{date: 2034}]",
            "launches: [{date: 2034}, {date: 2029-12}]",
            f"error {ALL}:6: missions.M1.launches[1]: a launch in 2029-12, before its launcher"
            " exists; ROCKET is available from 2030 on."
            " Name another launcher, or add the later launch date as a new claim.",
        ),
        (
            "launches: [{date: 2034}]",
            "launches: [{date: 2034, as_of: 2026}, {date: 2033, as_of: 2024-05}]",
            f"warning {ALL}:6: missions.M1.launches[1]: a statement of 2024-05 after one of 2026;"
            " launch dates stand oldest statement first, and the last one holds."
            " Bring them into that order.",
        ),
        (
            "landed_payload: 2 t",
            "end: 2033-11-30",
            f"error {ALL}:8: missions.M1.end: found 2033-11-30, before its launch in 2034;"
            " it lies after launch. Exchange or correct the two dates.",
        ),
        (
            "launcher: ROCKET",
            "launcher: ROKET",
            f"error {ALL}:5: missions.M1.launcher: found 'ROKET', which is no launcher;"
            " the launchers are ROCKET. Did you mean 'ROCKET'?",
        ),
    ],
)
def test_missions_are_held_to_masses_and_dates(
    write: Write, old: str, new: str, message: str
) -> None:
    assert spoiled(write, ALL, old, new) == [message]


def test_a_launch_in_the_year_its_launcher_appears_is_possible(write: Write) -> None:
    assert spoiled(write, ALL, "launches: [{date: 2034}]", "launches: [{date: 2030}]") == []


def test_a_mission_of_which_nothing_is_known_is_a_warning(write: Write) -> None:
    text = """\
        missions: {M2: {status: planned, carries: [X]}}
        elements: {X: {facility: F3, site: RIDGE, mass: 3 t}}
        """
    assert added(write, text) == [
        f"warning {MORE}:1: missions.M2: its load is not compared with what it can carry; known"
        " masses of the elements with `landed_payload`, or `launch_mass` with the launcher's `tli`,"
        " are compared. Add what is known of them."
    ]


def test_a_load_heavier_than_the_launcher_can_send_is_found_without_a_launch_mass(
    write: Write,
) -> None:
    text = """\
        missions: {M2: {status: planned, launcher: ROCKET, carries: [HUB]}}
        elements:
          HUB:
            facility: F1
            mass: 30 t
            orbit: {periapsis_altitude: 100 km, apoapsis_altitude: 100 km, inclination: 90 deg}
        """
    assert added(write, text) == [
        f"error {MORE}:1: missions.M2: its elements alone weigh 30 t; ROCKET sends to the Moon at"
        f" most 20 t. {UNLOAD}"
    ]


def test_places_and_rides_of_elements_are_checked(write: Write) -> None:
    text = """\
        missions: {M2: {status: planned, carries: [TWICE], landed_payload: 1 t}}
        elements:
          NOWHERE: {facility: F3, arrives_on: M2}
          TWICE: {facility: F3, site: RIDGE, arrives_on: M1, mass: 1 kg}
          LATER: {facility: F3, site: RIDGE}
          ANTENNA: {facility: F5}
          BOTH:
            facility: F1
            site: RIDGE
            orbit: {periapsis_altitude: 100 km, apoapsis_altitude: 100 km, inclination: 90 deg}
            arrives_on: M2
        """
    place = "an element stands at one site or flies in one orbit (F5 stays on Earth)"
    assert added(write, text) == [
        f"error {MORE}:3: elements.NOWHERE: neither a site nor an orbit; {place}."
        " Add `site:` or `orbit:`.",
        f"error {MORE}:4: elements.TWICE: it rides on M2 and on M1; an element rides on one"
        " mission. Name it on one of them only.",
        f"error {MORE}:7: elements.BOTH: a site and an orbit; {place}. Remove one of the two.",
        f"warning {MORE}:5: elements.LATER: no mission carries it; an element rides on the mission"
        " it names, or on one that carries it."
        " Add `arrives_on:` here, or 'LATER' to the `carries:` of a mission.",
    ]


def test_parts_that_cannot_work_are_named(write: Write) -> None:
    text = """\
        elements:
          X:
            facility: F2
            site: RIDGE
            arrives_on: M1
            modes: {keepalive: {power: 1 W}}
            array: {area: 1 m2, efficiency: 130 %, mast_height: 2 m, tracking: fixed}
            mass: -5 kg
            thermal:
              heat_capacity: 1 kJ/K
              heat_loss: 1 W/K
              survival_minimum: 250 K
              operating_minimum: 240 K
              operating_maximum: 300 K
              survival_maximum: 320 K
        """
    assert added(write, text) == [
        f"error {MORE}:7: elements.X.array: a fixed array without an azimuth; a fixed array faces"
        " one azimuth, clockwise from north. Add `azimuth:`, or let it track.",
        f"error {MORE}:7: elements.X.array.efficiency: found 1.3; 'efficiency' is 0 to 100 %."
        " Correct it; the nearest that can be is 100%.",
        f"error {MORE}:8: elements.X.mass: found -5; 'mass' is a finite number, not below 0."
        " Correct it.",
        f"error {MORE}:9: elements.X.thermal: temperatures of 250 K, 240 K, 300 K, 320 K;"
        " survival_minimum, operating_minimum, operating_maximum, survival_maximum rise in this"
        " order. Correct them.",
        f"warning {MORE}:6: elements.X.modes.keepalive: no rule leads to the mode 'keepalive';"
        " without rules the modes keep_alive and work are simulated. Did you mean 'keep_alive'?",
    ]


def test_rules_lead_between_declared_modes(write: Write) -> None:
    text = """\
        elements:
          X:
            facility: F3
            site: S
            arrives_on: M1
            modes: {keep_alive: {power: 5 W}, sleep: {power: 0 W}}
            rules:
              - {to: sleep, sun_elevation_below: 2 deg}
              - {to: wrk, from: [sleep], sun_elevation_above: 5 deg}
        """
    found = added(write, text)
    assert [line for line in found if "rule" in line] == [
        f"error {MORE}:9: elements.X.rules[1]: a rule names the mode 'wrk'; rules lead from and to"
        " work, sleep. Did you mean 'work'?",
    ]


def test_every_reference_has_to_resolve(write: Write) -> None:
    text = """\
        contributions:
          C:
            stage: design
            level: system
            form: material
            status: offered
            gives: [LAB, M1, LAV]
        experiments:
          E:
            element: LABB
            fields: [S1, S2]
            objectives: [O1]
            wanted: 3 h
            power: 1 W
            source: [DOC]
        missions:
          M2: {status: planned, relay: QQ, coordinated_with: [M1, M3], site: X, carries: [Y]}
        milestones:
          K: {stage: design, by: 2035, needs: [M1, L]}
        elements:
          Z:
            facility: F5
            arrives_on: M9
            mass: {value: 3 kg, source: [DOC]}
            links: [{via: earth, rate: 1 bit/s}, {via: M8, rate: 1 bit/s}]
        """
    found = {message.split("; ")[0] for message in added(write, text)}
    path = f"error {MORE}"
    assert found == {
        f"{path}:7: contributions.C.gives[2]: found 'LAV', which is no element or mission or"
        " experiment",
        f"{path}:10: experiments.E.element: found 'LABB', which is no element",
        f"{path}:11: experiments.E.fields[1]: found 'S2', which is no science field",
        f"{path}:12: experiments.E.objectives[0]: found 'O1', which is no objective",
        f"{path}:15: experiments.E.source[0]: found 'DOC', which is no source",
        f"{path}:17: missions.M2.relay: found 'QQ', which is no mission",
        f"{path}:17: missions.M2.coordinated_with[1]: found 'M3', which is no mission",
        f"{path}:17: missions.M2.site: found 'X', which is no site",
        f"{path}:17: missions.M2.carries[0]: found 'Y', which is no element",
        f"{path}:19: milestones.K.needs[1]: found 'L', which is no milestone or mission",
        f"{path}:23: elements.Z.arrives_on: found 'M9', which is no mission",
        f"{path}:24: elements.Z.mass.source: found 'DOC', which is no source",
        f"{path}:25: elements.Z.links[1].via: found 'M8', which is no mission",
    }


def test_every_reference_of_the_programmes_own_files_has_to_resolve(write: Write) -> None:
    text = """\
        objectives: {O: {fields: [S9]}}
        phases: {P: {baseline: B, missions: [M7]}}
        requirements: {R: {text: t, metric: m, limit: "== 0", owner: XX, scenario: crew}}
        scenarios: {s: {site: HILL, start: 2036-01-01, end: 2036-02-01}}
        missions: {M5: {status: planned, owner: YY}}
        """
    assert added(write, text, "own.yaml") == [
        "error own.yaml:1: objectives.O.fields[0]: found 'S9', which is no science field; the"
        f" science fields are S1. {MEND}",
        f"error own.yaml:2: phases.P.baseline: found 'B', which is no baseline; no baselines are"
        f" declared. {MEND}",
        "error own.yaml:2: phases.P.missions[0]: found 'M7', which is no mission; the missions are"
        f" M5, M1. {MEND}",
        "error own.yaml:3: requirements.R.owner: found 'XX', which is no partner; the partners are"
        f" CN. {MEND}",
        "error own.yaml:3: requirements.R.scenario: found 'crew', which is no scenario; the"
        f" scenarios are s, year. {MEND}",
        "error own.yaml:4: scenarios.s.site: found 'HILL', which is no site; the sites are RIDGE."
        f" {MEND}",
        "error own.yaml:5: missions.M5.owner: found 'YY', which is no partner; the partners are CN."
        f" {MEND}",
    ]


def test_a_long_list_of_possible_ids_is_counted(write: Write) -> None:
    sources = "\n".join(f"  D{number}: {{url: x}}" for number in range(13))
    found = added(write, f"sources:\n{sources}\nfacilities: {{F1: {{source: [D99]}}}}", "own.yaml")
    assert found == [
        "error own.yaml:15: facilities.F1.source[0]: found 'D99', which is no source; 13 sources"
        " are declared. Did you mean 'D9'?"
    ]


def test_a_cycle_of_milestones_is_named_once(write: Write) -> None:
    text = """\
        milestones:
          START: {stage: planning, by: 2030, needs: [A]}
          A: {stage: planning, by: 2030, needs: [B, C]}
          B: {stage: planning, by: 2030, needs: [C]}
          C: {stage: planning, by: 2030, needs: [A]}
          SELF: {stage: planning, by: 2030, needs: [SELF]}
        """
    rule = "what a milestone needs comes before it. Remove one of these needs."
    assert added(write, text) == [
        f"error {MORE}:3: milestones.A.needs: a cycle: A needs B needs C needs A; {rule}",
        f"error {MORE}:6: milestones.SELF.needs: a cycle: SELF needs SELF; {rule}",
    ]


def test_a_milestone_due_before_what_it_needs_is_a_warning(write: Write) -> None:
    text = """\
        milestones:
          EARLY: {stage: operation, by: 2033, needs: [M1, LATE]}
          LATE: {stage: operation, by: 2033-06, needs: [M2]}
          LATER: {stage: operation, by: 2040, needs: [EARLY]}
        missions: {M2: {status: proposed}, M3: {status: planned, launches: [{date: 2034}]}}
        """
    assert added(write, text) == [
        f"warning {MORE}:2: milestones.EARLY.needs[0]: due by 2033, before M1 in 2034; a milestone"
        " is due after everything it needs. Move one of the two dates, or need something else."
    ]


def test_spans_that_end_before_they_begin_are_named(write: Write) -> None:
    own = """\
        baselines: {B: {}}
        phases: {P: {baseline: B, begin: 2031, end: 2030-12}, Q: {baseline: B, begin: 2031}}
        scenarios:
          back: {site: RIDGE, start: 2036-01-01, end: 2036-01-01, step: 0 s}
          crew:
            site: RIDGE
            start: 2036-01-01
            end: 2036-02-01
            crew_visits:
              - {start: 2036-01-10, end: 2036-01-20, people: 0}
              - {start: 2036-01-25, end: 2036-02-02, people: 0}
              - {start: 2036-01-25, end: 2036-01-24, people: 0}
        """
    swap = "Exchange or correct the two dates."
    empty = f"is empty; the end of a span lies after its start. {swap}"
    assert added(write, own, "own.yaml") == [
        f"error own.yaml:2: phases.P.end: found 2030-12, before its begin in 2031; it lies after"
        f" begin. {swap}",
        f"error own.yaml:4: scenarios.back.end: a span from 2036-01-01 to 2036-01-01 {empty}",
        "error own.yaml:4: scenarios.back.step: a step of 0 s; a step is longer than 0 s."
        " Write a step such as '1 h'.",
        f"error own.yaml:12: scenarios.crew.crew_visits[2]: a span from 2036-01-25 to 2036-01-24"
        f" {empty}",
        "warning own.yaml:11: scenarios.crew.crew_visits[1]: a visit from 2036-01-25 to 2036-02-02"
        " that the run does not cover; the scenario runs from 2036-01-01 to 2036-02-01."
        " Move the visit, or lengthen the scenario.",
    ]


def test_a_service_that_ends_before_it_begins_is_named(write: Write) -> None:
    text = """\
        contributions:
          C:
            stage: operation
            level: system
            form: non-material
            status: offered
            service: {kind: tracking, begin: 2031, end: 2030}
        """
    assert added(write, text) == [
        f"error {MORE}:7: contributions.C.service.end: found 2030, before its begin in 2031; it"
        " lies after begin. Exchange or correct the two dates."
    ]


def test_a_site_without_horizon_and_without_terrain_cannot_run(write: Write) -> None:
    text = """\
        sites: {BARE: {kind: region}}
        scenarios:
          s: {site: BARE, start: 2036-01-01, end: 2037-01-01}
        """
    assert added(write, text, "own.yaml") == [
        "error own.yaml:3: scenarios.s.site: BARE is a site without coordinates; a scenario's site"
        " has a latitude and a longitude. Add them to sites.BARE, or name another site.",
        "error own.yaml:3: scenarios.s.site: BARE is a site without horizon and without terrain; a"
        " scenario's site has a horizon profile, or terrain to compute one from."
        " Add `horizon:` or `terrain:` to sites.BARE, or name another site.",
    ]


def test_a_horizon_has_to_lie_inside_the_folder(write: Write) -> None:
    text = "sites:\n  A: {kind: region, horizon: a.csv}\n  B: {kind: region, horizon: ../b.csv}\n"
    folder = write({**SOUND, "own.yaml": text, "a.csv": "1", "../b.csv": "2"})
    assert messages_of_check(folder) == [
        "error own.yaml:3: sites.B.horizon: found no file '../b.csv'; a horizon is a file inside"
        " the programme's folder, named relative to it. Put the file there, or correct the name."
    ]


def test_maps_have_to_lie_inside_the_folder(write: Write) -> None:
    text = "sites:\n  A:\n    kind: region\n    maps: [a.tif, b.tif]\n"
    folder = write({**SOUND, "own.yaml": text, "a.tif": "1"})
    assert messages_of_check(folder) == [
        "error own.yaml:4: sites.A.maps: found no file 'b.tif'; a map is a file inside the"
        " programme's folder, named relative to it. Put the file there, or correct the name."
    ]


def test_a_limit_that_cannot_be_read_is_named(write: Write) -> None:
    text = "requirements:\n  R: {text: t, metric: m, limit: at least 3 h}"
    assert added(write, text, "own.yaml") == [
        "error own.yaml:2: requirements.R.limit: found the limit 'at least 3 h'; a limit is one of"
        " >=, <=, == and a number with its unit."
        " Write for instance '>= 200 h', '<= 8.2 t', '>= 95 %' or '== 0'."
    ]


def test_an_assumption_without_a_reason_is_a_warning(write: Write) -> None:
    text = "launchers:\n  L:\n    status: plan\n    tli: {value: 3 t, status: assumption}\n"
    assert added(write, text) == [
        f"warning {MORE}:4: launchers.L.tli: an assumption without a reason; an assumed value says"
        ' in a few words where it comes from. Add `reason: "…"`.'
    ]


def test_errors_stand_before_warnings_and_each_in_the_order_of_files(write: Write) -> None:
    text = "elements: {X: {facility: F3, site: NO}, Y: {facility: F3, site: RIDGE}}"
    findings = check(load(write({**SOUND, "partners/CN/a.yaml": text, "partners/CN/b.yaml": ""})))
    assert [(f.severity, f.entity) for f in findings] == [
        ("error", "elements.X.site"),
        ("warning", "elements.X"),
        ("warning", "elements.Y"),
    ]


def test_a_slip_in_a_later_layer_is_placed_there(write: Write) -> None:
    over = write({"own.yaml": "\nmissions:\n  M1: {launches: [{date: 2029}]}"}, "over")
    found = messages_of_check(write(SOUND), over)
    assert [message.split(" a launch")[0] for message in found] == [
        "error over/own.yaml:3: missions.M1.launches[0]:"
    ]


def test_each_rule_says_in_its_first_line_what_has_to_hold() -> None:
    for rule in RULES:
        assert (rule.__doc__ or "").startswith("Rule: "), rule.__name__


EYES = """\
        missions:
          EYE:
            status: planned
            orbit: {periapsis_altitude: 60 km, apoapsis_altitude: 80 km, inclination: 90 deg}
            camera: {half_field: 5 deg, pixel: 0.003 deg}
        surveys:
          NET: {orbiter: EYE, site: RIDGE, radius: 5 km, ground_sample: 5 m}
"""


def test_a_survey_with_orbit_camera_and_place_has_no_findings(write: Write) -> None:
    assert added(write, EYES) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "camera: {half_field: 5 deg, pixel: 0.003 deg}",
            "note: blind",
            f"error {MORE}:7: surveys.NET.orbiter: EYE has no camera; what surveys from above has"
            " an orbit and a camera. Add `camera:` to missions.EYE, or name another mission.",
        ),
        (
            "radius: 5 km",
            "radius: 0 m",
            f"error {MORE}:7: surveys.NET.radius: an area of radius 0 m; an area has a radius above"
            " 0 m and up to 450 km. Correct it, or divide the area.",
        ),
        (
            "ground_sample: 5 m",
            "ground_sample: 5 m, sun_elevation_minimum: 20 deg, sun_elevation_maximum: 10 deg",
            f"error {MORE}:7: surveys.NET.sun_elevation_minimum: a Sun between 20 and 10 deg of"
            " elevation; the minimum lies below the maximum, both from -90 to 90 deg."
            " Exchange or correct the two.",
        ),
        (
            "ground_sample: 5 m",
            "ground_sample: 0 m",
            f"error {MORE}:7: surveys.NET.ground_sample: a ground sample of 0 m; it is longer than"
            " 0 m. Write such as '5 m'.",
        ),
        (
            "site: RIDGE",
            "site: RIGE",
            f"error {MORE}:7: surveys.NET.site: found 'RIGE', which is no site; the sites are"
            " RIDGE. Did you mean 'RIDGE'?",
        ),
        (
            "camera: {half_field: 5 deg, pixel: 0.003 deg}",
            "camera: {half_field: 5 deg, pixel: 0.003 deg}\n            later_orbits:"
            "\n              - {after: 2 y, periapsis_altitude: 1 km, apoapsis_altitude: 2 km,"
            " inclination: 90 deg}"
            "\n              - {after: 1 y, periapsis_altitude: 1 km, apoapsis_altitude: 2 km,"
            " inclination: 90 deg}",
            f"error {MORE}:8: missions.EYE.later_orbits[1].after: a change after 1 y, not"
            " later than the one before it; changes of orbit stand in the order of time."
            " Bring them into that order.",
        ),
    ],
)
def test_surveys_and_orbits_are_held_to_what_can_be(
    write: Write, old: str, new: str, message: str
) -> None:
    assert EYES.count(old) == 1
    assert added(write, EYES.replace(old, new)) == [message]


SPREAD = """\
        missions:
          EYE:
            status: planned
            radius: 5 m
            orbit:
              periapsis_altitude: 60 km
              apoapsis_altitude: 80 km
              inclination: 90 deg
              uncertainty: {radial: 20 m, along: 100 m, cross: 30 m, along_growth: 100 m/d}
"""


def test_an_orbit_known_on_three_axes_has_no_findings(write: Write) -> None:
    assert added(write, SPREAD) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "cross: 30 m, ",
            "",
            f"error {MORE}:9: missions.EYE.orbit.uncertainty: an uncertainty without cross; it has"
            " one sigma on each of the axes radial, along and cross, or a file. Add `cross:`, or"
            " `oem:`.",
        ),
        (
            "along: 100 m",
            "along: 0 m",
            f"error {MORE}:9: missions.EYE.orbit.uncertainty: a sigma of 0 m (along); a place is"
            " known to more than 0 m and to 1000 km or better. Correct it, or its unit.",
        ),
        (
            "along_growth: 100 m/d",
            "along_growth: -100 m/d",
            f"error {MORE}:9: missions.EYE.orbit.uncertainty.along_growth: found -100;"
            " 'along_growth' is a finite number, not below 0. Correct it.",
        ),
        (
            "cross: 30 m, along_growth: 100 m/d",
            "cross: 30 m, oem: a.oem",
            f"error {MORE}:9: missions.EYE.orbit.uncertainty: figures beside a file of"
            " covariances; an uncertainty is a file, or three lengths with their growth. Remove the"
            " one or the other.",
        ),
        (
            "{radial: 20 m, along: 100 m, cross: 30 m, along_growth: 100 m/d}",
            "{oem: eye.oem}",
            f"error {MORE}:9: missions.EYE.orbit.uncertainty.oem: found no file 'eye.oem'; an"
            " ephemeris is a file inside the programme's folder, named relative to it. Put the file"
            " there, or correct the name.",
        ),
        (
            "            radius: 5 m\n",
            "",
            f"warning {MORE}:8: missions.EYE.orbit.uncertainty: an uncertainty without a radius of"
            " the craft; a probability of collision asks for both. Add `radius:` to missions.EYE.",
        ),
        (
            "radius: 5 m",
            "radius: 5 km",
            f"error {MORE}:4: missions.EYE.radius: a craft with a radius of 5 km; the sphere around"
            " a craft has a radius above 0 m and up to 1 km. Correct it, or leave it out where it"
            " is not known.",
        ),
    ],
)
def test_uncertainties_are_held_to_what_can_be(
    write: Write, old: str, new: str, message: str
) -> None:
    assert SPREAD.count(old) == 1
    assert message in added(write, SPREAD.replace(old, new))


BOTH = """\
        missions:
          EYE:
            status: planned
            orbit: {periapsis_altitude: 60 km, apoapsis_altitude: 80 km, inclination: 90 deg}
          LOOK:
            status: planned
            orbit: {periapsis_altitude: 90 km, apoapsis_altitude: 90 km, inclination: 80 deg}
        joint_observations:
          NET: {first: EYE, second: LOOK, site: RIDGE, most_emission: 60 deg, most_range: 300 km}
"""


def test_a_joint_observation_of_two_orbiters_has_no_findings(write: Write) -> None:
    assert added(write, BOTH) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "orbit: {periapsis_altitude: 90 km, apoapsis_altitude: 90 km, inclination: 80 deg}",
            "note: lost",
            f"error {MORE}:9: joint_observations.NET.second: LOOK has no orbit; what looks from"
            " above has an orbit. Add `orbit:` to missions.LOOK, or name another mission.",
        ),
        (
            "second: LOOK",
            "second: EYE",
            f"error {MORE}:9: joint_observations.NET.second: EYE together with itself; two craft"
            " look at the place. Name another mission.",
        ),
        (
            "most_emission: 60 deg",
            "most_emission: 95 deg",
            f"error {MORE}:9: joint_observations.NET.most_emission: an emission of up to 95 deg;"
            " emission is the angle from the vertical, above 0 and up to 90 deg. Write 90 deg for"
            " every look above the horizon.",
        ),
        (
            "most_range: 300 km",
            "most_range: 0 m",
            f"error {MORE}:9: joint_observations.NET.most_range: a range of up to 0 m; the craft"
            " are farther than 0 m from the place. Correct it, or leave it out.",
        ),
        (
            "most_range: 300 km",
            "sun_elevation_minimum: 20 deg, sun_elevation_maximum: 10 deg",
            f"error {MORE}:9: joint_observations.NET.sun_elevation_minimum: a Sun between 20 and"
            " 10 deg of elevation; the minimum lies below the maximum, both from -90 to 90 deg."
            " Exchange or correct the two.",
        ),
    ],
)
def test_joint_observations_are_held_to_what_can_be(
    write: Write, old: str, new: str, message: str
) -> None:
    assert BOTH.count(old) == 1
    assert added(write, BOTH.replace(old, new)) == [message]


def test_later_orbits_without_a_first_one_are_an_error(write: Write) -> None:
    text = EYES.replace(
        "orbit: {periapsis_altitude: 60 km, apoapsis_altitude: 80 km, inclination: 90 deg}",
        "later_orbits: [{after: 1 y, periapsis_altitude: 1 km, apoapsis_altitude: 2 km,"
        " inclination: 90 deg}]",
    ).split("        surveys:")[0]
    assert added(write, text) == [
        f"error {MORE}:4: missions.EYE.later_orbits: later orbits without a first one; a mission"
        " changes to a later orbit from the one in `orbit`."
        " Add `orbit:`, or make the first of them the mission's orbit."
    ]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (
            "frequency: 8.47 GHz, bandwidth: 0 MHz",
            "a bandwidth of 0 Hz; 'bandwidth' is above 0 Hz. Correct it, or leave it out where it "
            "is not known.",
        ),
        (
            "frequency: 0 GHz",
            "a frequency of 0 Hz; 'frequency' is above 0 Hz. Correct it, or leave it out where it "
            "is not known.",
        ),
        (
            "bandwidth: 2 MHz",
            "a bandwidth without a frequency; a band lies about the frequency that is sent or "
            "received. Add `frequency:`, or remove the bandwidth.",
        ),
        (
            "frequency: 1 MHz, bandwidth: 3 MHz",
            "a band of 3e+06 Hz about 1e+06 Hz; a band ends above 0 Hz. Correct the bandwidth, or "
            "its unit.",
        ),
        (
            "rates: [1 kbit/s, 50 kbit/s]",
            "a rate of 1 Mbit/s; this radio's rates are 1 kbit/s, 50 kbit/s. Take one of them, or "
            "add this one to `rates`.",
        ),
    ],
)
def test_figures_of_a_link_have_to_fit_together(write: Write, link: str, message: str) -> None:
    text = f"missions: {{M2: {{status: planned, links: [{{via: earth, rate: 1 Mbit/s, {link}}}]}}}}"
    assert added(write, text) == [f"error {MORE}:1: missions.M2.links[0]: {message}"]


def test_no_rate_or_frequency_of_a_link_is_negative(write: Write) -> None:
    text = """\
        missions:
          M2:
            status: planned
            links:
              - {via: earth, rate: 1 kbit/s, rates: [-1 kbit/s, 1 kbit/s], frequency: -1 GHz}
        """
    assert added(write, text) == [
        f"error {MORE}:5: missions.M2.links[0].frequency: found -1e+09; 'frequency' is a finite "
        "number, not below 0. Correct it.",
        f"error {MORE}:5: missions.M2.links[0].rates: found -1000; 'rates' is a finite number, "
        "not below 0. Correct it.",
    ]
