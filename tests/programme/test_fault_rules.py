"""The rules on faults, each broken in an otherwise sound programme, with their whole messages."""

import pytest

from ilrs.programme.attributes import attributes_of
from ilrs.programme.entities import Fault
from tests.programme.folders import SOUND, Write, messages_of_check, messages_of_load

FILE = "partners/CN/more.yaml"
ELEMENT = "facility: F2, site: RIDGE, arrives_on: M1"
ROBOT_ELEMENT = f"ROBOT: {{{ELEMENT}}}"
REPAIR = "repair: {by: robot, robot: ROBOT, time: 30 d}"


def programme(faults: str, *, spares: str = "") -> dict[str, str]:
    """The sound programme with a robot and an element with these faults, in line 3 on."""
    more = f"elements:\n  {ROBOT_ELEMENT}\n  X: {{{ELEMENT}, {spares}faults: [{faults}]}}\n"
    return {**SOUND, FILE: more}


def message(text: str, *, at: str = "faults[0]", severity: str = "error") -> str:
    return f"{severity} {FILE}:3: elements.X.{at}: {text}"


@pytest.mark.parametrize(
    "fault",
    [
        "{name: pump, rate: 0.02 1/y}",
        "{name: pump, rate: 3 1/y}",
        "{name: pump, wear_out: {shape: 3, life: 12 y}, effect: degraded, left: 40 %}",
        "{name: pump, rate: 2 %/y, effect: power_cycle, outage: 6 h}",
        f"{{name: pump, rate: 2 %/y, {REPAIR}}}",
        "{name: pump, rate: 2 %/y, repair: {by: crew, time: 8 h, spread: exponential}}",
        "{name: pump, rate: 2 %/y, repair: {by: itself, time: 8 h}}",
    ],
)
def test_sound_faults_have_no_finding(write: Write, fault: str) -> None:
    assert messages_of_check(write(programme(fault))) == []


def test_a_spare_may_take_over_at_once(write: Write) -> None:
    fault = "{name: pump, rate: 2 %/y, repair: {by: spare, time: 0 s}}"
    assert messages_of_check(write(programme(fault, spares="spares: 2, "))) == []


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            "{name: pump, rate: 0 1/y}",
            "'pump' comes at a rate of 0 /y; a fault comes at a rate above 0, or by wear-out."
            " Write its `rate:` or its `wear_out:`, or remove the fault.",
        ),
        (
            "{name: pump, wear_out: {shape: 2, life: 0 y}}",
            "'pump' wears out after 0 s; a characteristic life is longer than 0 s."
            " Write a life such as '10 y'.",
        ),
        (
            "{name: pump, rate: 1 %/y, effect: degraded}",
            "'pump' degrades to an unknown part; what a degraded element has left is a part below"
            " 100 %. Write `left: 50 %`, or another effect.",
        ),
        (
            "{name: pump, rate: 1 %/y, effect: degraded, left: 100 %}",
            "'pump' degrades to all; what a degraded element has left is a part below 100 %."
            " Write `left: 50 %`, or another effect.",
        ),
        (
            "{name: pump, rate: 1 %/y, effect: power_cycle}",
            "'pump' needs a power cycle of unknown duration; a power cycle takes its element out"
            " for a while. Write `outage: 6 h`, or another effect.",
        ),
        (
            "{name: pump, rate: 1 %/y, effect: power_cycle, outage: 0 h}",
            "'pump' needs a power cycle of 0 s; a power cycle takes its element out for a while."
            " Write `outage: 6 h`, or another effect.",
        ),
        (
            f"{{name: pump, rate: 1 %/y, effect: power_cycle, outage: 1 h, {REPAIR}}}",
            "'pump' needs a power cycle and a repair; after a power cycle an element works again."
            " Remove the repair, or write `effect: lost`.",
        ),
        (
            "{name: pump, rate: 1 %/y, left: 40 %}",
            "'pump' has an effect of lost and the key 'left'; 'left' belongs to the effect"
            " degraded. Remove it, or write `effect: degraded`.",
        ),
        (
            "{name: pump, rate: 1 %/y, outage: 4 h}",
            "'pump' has an effect of lost and the key 'outage'; 'outage' belongs to the effect"
            " power_cycle. Remove it, or write `effect: power_cycle`.",
        ),
    ],
)
def test_a_fault_that_cannot_be_is_named(write: Write, fault: str, text: str) -> None:
    assert messages_of_check(write(programme(fault))) == [message(text)]


def test_two_faults_of_one_name_are_told_once(write: Write) -> None:
    two = "{name: pump, rate: 1 %/y}, {name: pump, rate: 2 %/y}"
    assert messages_of_check(write(programme(two))) == [
        message(
            "2 faults are named 'pump'; each fault of an element has a name of its own: its chance"
            " events hang on it. Name them apart.",
            at="faults[1]",
        )
    ]


@pytest.mark.parametrize(
    ("repair", "text"),
    [
        (
            "{by: itself, time: 0 s}",
            ": a repair that takes 0 s; a repair takes time; only a spare may take over at once."
            " Write a time such as '30 d', or `by: spare`.",
        ),
        (
            "{by: itself, time: -3 d}",
            ".time: found -259200; 'time' is a finite number, not below 0. Correct it.",
        ),
        (
            "{by: robot, time: 30 d}",
            ": a repair by a robot that is not named; a robot is an element of the station."
            " Add `robot:` with its id.",
        ),
        (
            "{by: crew, robot: ROBOT, time: 30 d}",
            ": a repair by crew that names the robot ROBOT; 'robot' belongs to `by: robot`."
            " Write `by: robot`, or remove the robot.",
        ),
        (
            "{by: robot, robot: ROBOTT, time: 30 d}",
            ".robot: found 'ROBOTT', which is no element; the elements are GRID, LAB, ROBOT, X."
            " Did you mean 'ROBOT'?",
        ),
        (
            "{by: robot, robot: X, time: 30 d}",
            ": X repairs itself; a robot that has failed cannot work. Name another robot, or write"
            " `by: itself` with the time until it is well.",
        ),
        (
            "{by: spare, time: 1 h}",
            ": it takes a spare of X, which has none; a spare is taken from an element that"
            " declares some. Add `spares: 1` to elements.X.",
        ),
        (
            "{by: robot, robot: ROBOT, spares_of: LAB, time: 1 h}",
            ": it takes a spare of LAB, which has none; a spare is taken from an element that"
            " declares some. Add `spares: 1` to elements.LAB.",
        ),
    ],
)
def test_a_repair_that_cannot_be_is_named(write: Write, repair: str, text: str) -> None:
    fault = f"{{name: pump, rate: 1 %/y, repair: {repair}}}"
    assert messages_of_check(write(programme(fault))) == [
        f"error {FILE}:3: elements.X.faults[0].repair{text}"
    ]


def test_a_robot_of_another_site_is_named(write: Write) -> None:
    files = programme(f"{{name: pump, rate: 1 %/y, {REPAIR}}}")
    files[FILE] = files[FILE].replace(ROBOT_ELEMENT, ROBOT_ELEMENT.replace("RIDGE", "PLAIN"))
    site = "RIDGE: {kind: candidate, "
    files["programme.yaml"] = files["programme.yaml"].replace(
        site, f"PLAIN: {{kind: candidate}}\n          {site}"
    )
    assert messages_of_check(write(files)) == [
        message(
            "ROBOT stands at PLAIN, X at RIDGE; a robot repairs what stands at its own site."
            " Name a robot of that site.",
            at="faults[0].repair",
        )
    ]


def test_spares_that_no_repair_takes_are_a_warning(write: Write) -> None:
    files = programme("{name: pump, rate: 1 %/y}", spares="spares: 2, ")
    assert messages_of_check(write(files)) == [
        message(
            "2 in reserve that no repair takes; a spare serves a fault whose repair is `by: spare`"
            " or names `spares_of`. Declare such a repair, or leave the spares at home.",
            at="spares",
            severity="warning",
        )
    ]


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("0", "found 0; 'shape' is more than 0. Correct the number."),
        ("-1", "found -1; 'shape' is more than 0. Correct the number."),
        ("steep", "found 'steep'; 'shape' is a plain number. Write it so, or remove the key."),
    ],
)
def test_a_shape_that_cannot_be_is_refused(write: Write, shape: str, text: str) -> None:
    fault = f"{{name: pump, wear_out: {{shape: {shape}, life: 9 y}}}}"
    at = "elements.X.faults[0].wear_out.shape"
    assert messages_of_load(write(programme(fault))) == [f"{FILE}:3: {at}: {text}"]


def test_an_effect_that_is_none_is_refused(write: Write) -> None:
    fault = "{name: pump, rate: 1 %/y, effect: los}"
    assert messages_of_load(write(programme(fault))) == [
        f"{FILE}:3: elements.X.faults[0].effect: found 'los'; 'effect' is one of lost, degraded,"
        " power_cycle. Did you mean 'lost'?"
    ]


def test_keys_of_a_fault_carry_no_unit() -> None:
    assert list(attributes_of(Fault)) == [
        "name", "rate", "wear_out", "effect", "left", "outage", "repair",
    ]  # fmt: skip
