"""Rules on board that cannot be: never met, never left, undone or hidden; their whole messages."""

import pytest

from tests.programme.folders import SOUND, Write, messages_of_check

FILE = "partners/CN/more.yaml"
ELEMENT = "facility: F2, site: RIDGE, arrives_on: M1"
STORE = (
    "storage: {kind: battery, capacity: 5 kWh, charge_power: 1 kW, discharge_power: 1 kW,"
    " minimum_state_of_charge: 20 %}"
)
NODE = (
    "thermal: {heat_capacity: 1 kJ/K, heat_loss: 1 W/K, survival_minimum: 230 K,"
    " operating_minimum: 250 K, operating_maximum: 310 K, survival_maximum: 330 K}"
)
LINK = "links: [{via: earth, rate: 1 Mbit/s}]"
FAULT = "faults: [{name: pump, rate: 2 %/y}]"
BACK = "{to: work, from: [safe], after: 6 h}"


def programme(
    *rules: str, modes: str = "safe: {power: 0 W}", keys: str = "", other: str = ""
) -> dict[str, str]:
    """The sound programme with an element that has these rules, a line each from 5 on."""
    lines = [f"    {'rules: [' if k == 0 else ''}{rule}," for k, rule in enumerate(rules)]
    head = f"  Y: {{{ELEMENT}{other and ', ' + other}}}\n  X: {{{ELEMENT}{keys and ', ' + keys},\n"
    more = f"elements:\n{head}    modes: {{{modes}}},\n" + "\n".join(lines) + "]}\n"
    return {**SOUND, FILE: more}


def message(text: str, *, k: int = 0, severity: str = "error", at: str = "") -> str:
    line, place = 5 + k, at or f"rules[{k}]"
    return f"{severity} {FILE}:{line}: elements.X.{place}: {text}"


@pytest.mark.parametrize(
    "rules",
    [
        ("{to: safe, charge_below: 50 %}", "{to: work, from: [safe], charge_above: 60 %}"),
        ("{to: safe, of: Y, failed: true}", "{to: work, of: Y, failed: false}"),
        ("{to: safe, from: [work], unserved: true}", "{to: work, charge_above: 50 %}"),
        ("{to: safe, without_contact_above: 3 d}", "{to: work, without_contact_below: 1 h}"),
        ("{to: safe, sun_elevation_below: 2 deg}", "{to: work, from: [safe], light_above: 50 %}"),
        ("{to: safe, from: [work], after: 2 h}", "{to: work, from: [safe], after: 5 h}"),
        ("{to: safe, temperature_above: 320 K}", "{to: work, temperature_below: 300 K}"),
    ],
)
def test_sound_rules_have_no_finding(write: Write, rules: tuple[str, ...]) -> None:
    found = programme(*rules, keys=f"{NODE}, {STORE}", other=f"{LINK}, {FAULT}")
    assert messages_of_check(write(found)) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            "{to: safe, from: [work]}",
            "a rule to 'safe' without a condition; a rule says when it is followed."
            " Add a condition such as `charge_below: 60 %`, or `after:`.",
        ),
        (
            "{to: safe, charge_above: 70 %, charge_below: 60 %}",
            "charge above 70 % and below 60 % at once; there is no such value."
            " Exchange or correct the two, or make two rules of it.",
        ),
        (
            "{to: safe, charge_above: 100 %}",
            "charge above 100 %; it lies between 0 % and 100 %. Correct it, or remove the rule.",
        ),
        (
            "{to: safe, without_contact_below: 0 s}",
            "without contact below 0 s; it is 0 s or more. Correct it, or remove the rule.",
        ),
        (
            "{to: safe, of: Y, temperature_above: 300 K}",
            "a temperature of Y, which has no thermal node; what declares `thermal` has a"
            " temperature. Declare it, or ask for the temperature of the ground:"
            " `surface_temperature_…`.",
        ),
        (
            "{to: safe, temperature_below: 225 K}",
            "a temperature below 225 K; X lives between 230 K and 330 K."
            " Act before it is lost: choose a temperature between the two.",
        ),
    ],
)
def test_a_rule_that_nothing_meets_is_named(write: Write, rule: str, text: str) -> None:
    found = programme(rule, BACK, keys=NODE, other=LINK)
    assert messages_of_check(write(found)) == [message(text)]


def test_a_rule_asks_what_stands_at_its_site(write: Write) -> None:
    files = programme("{to: safe, of: Z, failed: true}", BACK)
    orbit = "{periapsis_altitude: 200 km, apoapsis_altitude: 200 km, inclination: 90 deg}"
    files["partners/CN/orbit.yaml"] = (
        f"elements: {{Z: {{facility: F1, orbit: {orbit}, arrives_on: M1, {FAULT}}}}}\n"
    )
    text = (
        "Z stands at no site, X at RIDGE; a rule asks what stands at the same site."
        " Name an element of that site."
    )
    assert messages_of_check(write(files)) == [message(text)]


def test_a_rule_on_what_stands_nowhere_waits_for_nothing(write: Write) -> None:
    files = programme("{to: safe, of: Z, failed: true}", BACK)
    files["partners/CN/spare.yaml"] = f"elements: {{Z: {{facility: F1, {FAULT}}}}}\n"
    text = (
        "it asks for Z, which stands nowhere; what has no site and no orbit is no part of the"
        " station. Give it a place, or remove the rule."
    )
    assert message(text, severity="warning") in messages_of_check(write(files))


def test_an_unknown_element_is_named_with_the_nearest(write: Write) -> None:
    text = (
        "found 'GRIT', which is no element; the elements are GRID, LAB, Y, X. Did you mean 'GRID'?"
    )
    found = programme("{to: safe, of: GRIT, failed: true}", BACK)
    assert messages_of_check(write(found)) == [message(text, at="rules[0].of")]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            "{to: safe, of: Y, failed: true}",
            "it waits for a failure of Y, which declares no fault; an element fails by its"
            " `faults`, or is lost to cold or heat."
            " Declare what can fail, or remove the condition.",
        ),
        (
            "{to: safe, charge_below: 15 %}",
            "charge below 15 %; the store of X is drawn down to 20 %. Choose a charge above that.",
        ),
        (
            "{to: safe, without_contact_above: 3 d}",
            "a time without contact where no element has a link; contact is that of the links of"
            " what stands at RIDGE. Declare `links:` of one of them.",
        ),
    ],
)
def test_what_will_not_happen_is_pointed_out(write: Write, rule: str, text: str) -> None:
    found = programme(rule, BACK, keys=STORE)
    assert messages_of_check(write(found)) == [message(text, severity="warning")]


def test_a_mode_that_is_never_left_is_pointed_out(write: Write) -> None:
    text = (
        "no rule leads out of the mode 'safe'; once in it the element stays so to the end of the"
        " run. Add a rule such as {to: work, from: [safe], after: 1 d}, if that is not meant."
    )
    found = programme("{to: safe, charge_below: 50 %}")
    assert messages_of_check(write(found)) == [message(text, severity="warning")]


def test_two_rules_that_undo_each_other_are_named(write: Write) -> None:
    low = "{to: safe, from: [work], charge_below: 60 %}"
    text = (
        "rules[0] leads to 'safe' and this one back to 'work', and both can hold at once; then"
        " the mode would change at every step. Set their limits apart, or let one wait:"
        " `after: 6 h`."
    )
    for back in ("charge_above: 55 %", "of: GRID, charge_above: 55 %", "light_above: 50 %"):
        found = programme(low, f"{{to: work, from: [safe], {back}}}")
        assert messages_of_check(write(found, name=back[:2])) == [message(text, k=1)]
    kept_apart = programme(low, "{to: work, from: [safe], charge_above: 55 %, after: 1 h}")
    assert messages_of_check(write(kept_apart, name="apart")) == []


def test_a_rule_that_another_hides_is_named(write: Write) -> None:
    text = (
        "rules[0] holds whenever this rule does; of the rules of an element the first that holds"
        " is followed. Put the narrower rule first, or remove one of the two."
    )
    found = programme(
        "{to: safe, charge_below: 60 %}", "{to: deep, from: [work], charge_below: 30 %}", BACK,
        "{to: work, from: [deep], charge_above: 40 %}",
        modes="safe: {power: 0 W}, deep: {power: 0 W}",
    )  # fmt: skip
    assert messages_of_check(write(found)) == [message(text, k=1)]


def test_research_rests_in_modes_of_rules_only(write: Write) -> None:
    text = (
        "the mode 'work' sheds research; research rests in modes that rules lead to."
        " Move `sheds` to such a mode."
    )
    modes = "safe: {power: 0 W, sheds: 4}, work: {power: 0 W, sheds: 4}"
    found = programme("{to: safe, charge_below: 50 %}", BACK, modes=modes)
    told = f"error {FILE}:4: elements.X.modes.work: {text}"
    assert messages_of_check(write(found)) == [told]
