"""Every fault that an entity's shape can have, with its whole message."""

import pytest

from tests.programme.folders import Write, messages_of_load

ELEMENT_KEYS = (
    "name, names, aka, source, as_of, note, facility, owner, registry_state, site, orbit,"
    " ground_antennas, arrives_on, mass, freight, life, priority, essential, faults, spares, modes,"
    " rules, array, generator, storage, thermal, life_support, mobility, suit, stewardship,"
    " data_store, links,"
    " interfaces"
)
ARRAY_KEYS = (
    "area, efficiency, mast_height, tracking, azimuth, tilt, degradation, dust_loss,"
    " radiation_loss, temperature_coefficient, absorptance, front_emissivity, back_emissivity"
)
ORIGIN = "a value with its origin has value, source, as_of, status, reason"


def element_messages(write: Write, attributes: str) -> list[str]:
    """Findings of an element X, of one line, with these attributes."""
    text = f"elements:\n  X: {{facility: F2, {attributes}}}\n"
    found = messages_of_load(write({"programme.yaml": "name: T", "partners/CN/a.yaml": text}))
    return [message.removeprefix("partners/CN/a.yaml:2: elements.X") for message in found]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            "facilty: F1",
            f".facilty: unknown key 'facilty'; 'elements.X' has {ELEMENT_KEYS}."
            " Did you mean 'facility'?",
        ),
        (
            "zzz: 1",
            f".zzz: unknown key 'zzz'; 'elements.X' has {ELEMENT_KEYS}."
            " Use one of these, or remove it.",
        ),
        (
            "mass_kg: 3",
            f".mass_kg: unknown key 'mass_kg'; 'elements.X' has {ELEMENT_KEYS}."
            " Write 'mass': keys carry no unit, values do.",
        ),
        (
            "modes: {work: {powr: 1 W}}",
            ".modes.work.powr: unknown key 'powr'; 'modes' has power, data, sheds."
            " Did you mean 'power'?",
        ),
        (
            "mass: {value: 1 t, sorce: [A]}",
            f".mass.sorce: unknown key 'sorce'; {ORIGIN}. Did you mean 'source'?",
        ),
        (
            "figures: {status: fact, value: 3}",
            ".figures.value: unknown key 'value'; 'figures' has source, as_of, status, reason."
            " Use one of these, or remove it.",
        ),
        (
            "figures: assumption",
            ".figures: found 'assumption'; 'figures' is a mapping of source, as_of, status, reason."
            " Write it as lines of `key: value`.",
        ),
        (
            "mass: 3 t, figures: {status: asumption}",
            ".figures.status: found 'asumption'; 'status' is one of fact, agreed, estimate,"
            " assumption. Did you mean 'assumption'?",
        ),
        (
            "id: Y",
            ".id: the id written inside; the id is the key that an entity stands under."
            " Remove this line.",
        ),
        (
            "mass: 8.2",
            ".mass: found 8.2, a number without a unit; a mass is written with kg, t, g."
            " Write for instance '8.2 kg'.",
        ),
        (
            "mass: 8 kW",
            ".mass: found '8 kW', which is not a mass; a mass is written with kg, t, g."
            " Write for instance '8 kg'.",
        ),
        (
            "mass: 8 stone",
            ".mass: found '8 stone', where 'stone' is no known unit; a mass is written with kg, t,"
            " g. Write for instance '8 kg'.",
        ),
        (
            "modes: {work: {power: }}",
            ".modes.work.power: found nothing (null); a power is written with W, kW, MW, mW."
            " Write it, or remove the key.",
        ),
        (
            "as_of: 2026-13-01",
            ".as_of: '2026-13-01' is not a UTC date; ISO 8601 in UTC is read, such as 2035-01-01 or"
            " 2035-01-01T06:00:00Z. Write the date so, without another time zone.",
        ),
        (
            "name: 2028",
            ".name: found 2028; 'name' is a text. Put it in quotes: '2028'.",
        ),
        (
            "name: true",
            ".name: found true; 'name' is a text. Put it in quotes: 'true'.",
        ),
        (
            "name: [a]",
            ".name: found a list of 1; 'name' is a text. Write it so, or remove the key.",
        ),
        (
            "aka: [1]",
            ".aka[0]: found 1; 'aka' is a text. Put it in quotes: '1'.",
        ),
        (
            "source: SRC-1",
            ".source: found 'SRC-1'; 'source' is a list, each item a text."
            " Write it as a list: [SRC-1].",
        ),
        (
            "names: {en: {a: b}}",
            ".names.en: found a mapping with a; 'names' is a text. Write it so, or remove the key.",
        ),
        (
            "names: station",
            ".names: found 'station'; 'names' is a mapping of names, each a text."
            " Write it so, or remove the key.",
        ),
        (
            "array: 20 m2",
            f".array: found '20 m2'; 'array' is a mapping with {ARRAY_KEYS}."
            " Write it so, or remove the key.",
        ),
        (
            "links: [earth]",
            ".links[0]: found 'earth'; 'links' is a mapping with via, rate, rates, power,"
            " frame_loss, mask, frequency, return_frequency, bandwidth, eirp, g_t, required_eb_n0."
            " Write it so, or remove the key.",
        ),
        (
            "links: {via: earth}",
            ".links: found a mapping with via; 'links' is a list, each item a mapping with via,"
            " rate, rates, power, frame_loss, mask, frequency, return_frequency, bandwidth, eirp,"
            " g_t, required_eb_n0. Write it so, or remove the key.",
        ),
        (
            "links: [{via: earth}]",
            ".links[0].rate: the attribute 'rate' is missing; it is a data rate (bit/s, kbit/s,"
            " Mbit/s, Gbit/s). Add `rate: …`.",
        ),
        (
            "array: {area: 1 m2, efficiency: 0.3, mast_height: 2 m, tracking: azimut}",
            ".array.tracking: found 'azimut'; 'tracking' is one of azimuth, fixed."
            " Did you mean 'azimuth'?",
        ),
        (
            "priority: high",
            ".priority: found 'high'; 'priority' is a whole number from 0 to 9."
            " Write it so, or remove the key.",
        ),
        (
            "priority: 1.5",
            ".priority: found 1.5; 'priority' is a whole number from 0 to 9."
            " Write it so, or remove the key.",
        ),
        ("priority: 12", ".priority: found 12; 'priority' is at most 9. Correct the number."),
        ("priority: -1", ".priority: found -1; 'priority' is at least 0. Correct the number."),
    ],
)
def test_the_finding_names_what_was_found_what_is_possible_and_how_to_mend(
    write: Write, attributes: str, message: str
) -> None:
    assert element_messages(write, attributes) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "sites: {A: {kind: region, latitude: 95 deg}}",
            "sites.A.latitude: found 95 deg; 'latitude' is at most 90 deg. Correct the number.",
        ),
        (
            "sites: {A: {latitude: 5 deg}}",
            "sites.A.kind: the attribute 'kind' is missing; it is one of nominal, candidate,"
            " feature, illumination_point, flown, region. Add `kind: nominal`.",
        ),
        (
            "sites: [A]",
            "sites: found a list of 1; 'sites' is a mapping of ids, each with the attributes of a"
            " site. Write it as lines of `key: value`.",
        ),
        (
            "facilities: {F1: transport}",
            "facilities.F1: found 'transport'; 'facilities.F1' is a mapping of name, names, aka,"
            " source, as_of, note, functions. Write it as lines of `key: value`.",
        ),
        (
            "phases: {P: {baseline: B, partner_slots: maybe}}",
            "phases.P.partner_slots: found 'maybe'; 'partner_slots' is true or false."
            " Write it so, or remove the key.",
        ),
        (
            "phases: {P: {baseline: B, partner_slots: [1]}}",
            "phases.P.partner_slots: found a list of 1; 'partner_slots' is true or false."
            " Write it so, or remove the key.",
        ),
        (
            "scenarios: {S: {site: A, start: 2036, end: 2037-01-01}}",
            "scenarios.S.start: '2036' is not a UTC date; ISO 8601 in UTC is read, such as"
            " 2035-01-01 or 2035-01-01T06:00:00Z. Write the date so, without another time zone.",
        ),
        (
            "scenarios: {S: {site: A, start: 2036-01-01, end: 2037-01-01, seed: [1]}}",
            "scenarios.S.seed: found a list of 1; 'seed' is a whole number."
            " Write it so, or remove the key.",
        ),
    ],
)
def test_the_finding_is_as_clear_in_the_programmes_own_files(
    write: Write, text: str, message: str
) -> None:
    folder = write({"programme.yaml": f"name: T\n{text}"})
    assert messages_of_load(folder) == [f"programme.yaml:2: {message}"]


def test_a_file_that_is_no_mapping_is_refused(write: Write) -> None:
    folder = write({"programme.yaml": "name: T", "partners/CN/a.yaml": "- partner\n"})
    assert messages_of_load(folder) == [
        "partners/CN/a.yaml:1: found a list of 1; a programme file is a mapping of partner,"
        " contributions, elements, experiments, missions, milestones, launchers, landers,"
        " pads, supplies, developments, interface_documents, size_options, surveys,"
        " joint_observations."
        " Write it as lines of `key: value`."
    ]
