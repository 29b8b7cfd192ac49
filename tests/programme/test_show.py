"""One entity laid out for reading."""

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.load import load
from ilrs.programme.show import describe
from tests.programme.folders import SOUND, Write

MORE = {
    **SOUND,
    "sources.yaml": "sources: {DOC: {url: x}}",
    "partners/RU/more.yaml": """\
        partner: {kind: state, status: founder}
        launchers: {M1: {status: plan}}
        elements:
          HEAP:
            name: Heap
            names: {ru: Куча}
            facility: F2
            site: RIDGE
            figures: {status: assumption, reason: scaled}
            mass: {value: 12 t ± 20 %, source: [DOC], as_of: 2026, status: estimate}
            modes: {work: {power: 2 kW}}
            array: {value: {area: 20 m2, efficiency: 29 %, mast_height: 10 m}, status: agreed}
            links: [{via: earth, rate: 1 Mbit/s}]
            interfaces: [{kind: data, role: offers, with: LAB}]
        contributions:
          C: {stage: design, level: system, form: material, status: offered, gives: [HEAP]}
        """,
}


def test_an_element_shows_its_values_their_origin_and_who_names_it(write: Write) -> None:
    assert describe(load(write(MORE)), "HEAP") == [
        ("id", "HEAP"),
        ("kind", "an element"),
        ("declared in", "partners/RU/more.yaml:4"),
        ("name", "Heap"),
        ("names", "ru: Куча"),
        ("facility", "F2"),
        ("owner", "RU"),
        ("site", "RIDGE"),
        ("mass", "12 t ± 20 % (estimate; DOC; as of 2026)"),
        ("life", "unknown"),
        ("modes.work.power", "2 kW (assumption; scaled)"),
        ("array", "(agreed)"),
        ("array.area", "20 m2"),
        ("array.efficiency", "0.29"),
        ("array.mast_height", "10 m"),
        ("array.azimuth", "unknown"),
        ("links[0].via", "earth"),
        ("links[0].rate", "1 Mbit/s (assumption; scaled)"),
        ("links[0].frequency", "unknown"),
        ("links[0].return_frequency", "unknown"),
        ("links[0].bandwidth", "unknown"),
        ("links[0].eirp", "unknown"),
        ("links[0].g_t", "unknown"),
        ("links[0].required_eb_n0", "unknown"),
        ("interfaces[0].kind", "data"),
        ("interfaces[0].role", "offers"),
        ("interfaces[0].with", "LAB"),
        ("interfaces[0].voltage", "unknown"),
        ("interfaces[0].power", "unknown"),
        ("interfaces[0].length", "unknown"),
        ("interfaces[0].section", "unknown"),
        ("interfaces[0].loss", "unknown"),
        ("interfaces[0].rate", "unknown"),
        ("named by", "contributions.C.gives[0] (partners/RU/more.yaml:16)"),
    ]


def test_a_source_shows_every_value_that_rests_on_it(write: Write) -> None:
    assert ("named by", "elements.HEAP.mass.source (partners/RU/more.yaml:10)") in describe(
        load(write(MORE)), "DOC"
    )


def test_a_path_tells_apart_what_shares_an_id(write: Write) -> None:
    loaded = load(write(MORE))
    with pytest.raises(IlrsError) as caught:
        describe(loaded, "M1")
    assert str(caught.value) == (
        "'M1' is the id of 2 things; they are missions.M1 and launchers.M1."
        " Name one of them so, with its kind."
    )
    assert describe(loaded, "launchers.M1")[1] == ("kind", "a launcher")


def test_an_unknown_id_is_answered_with_the_nearest_and_the_counts(write: Write) -> None:
    with pytest.raises(IlrsError) as caught:
        describe(load(write(MORE)), "HEEP")
    assert str(caught.value) == (
        "nothing has the id 'HEEP'; the programme declares 1 sources, 2 partners, 1 contributions,"
        " 3 elements, 1 missions, 2 launchers, 1 sites, 1 science fields, 1 scenarios."
        " Did you mean 'HEAP'?"
    )
