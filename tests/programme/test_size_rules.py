"""Options of size that cannot be, each named with its mend."""

import pytest

from ilrs.programme.entities import Programme
from ilrs.programme.size_rules import radiators_that_share, sizes_that_cannot_be

ELEMENT = {"id": "E", "facility": "F2", "mass": "10 kg", "array": {
    "area": "1 m2", "efficiency": 0.3, "mast_height": "2 m"}}  # fmt: skip


def messages(option: dict, **element) -> list[str]:
    programme = Programme.model_validate({
        "name": "T",
        "elements": {"E": {**ELEMENT, **element}},
        "size_options": {"O": {"id": "O", "element": "E", "mass": "3 kg", **option}},
    })  # fmt: skip
    return [
        f"{f.entity}: {f.found}; {f.possible}. {f.mend}" for f in sizes_that_cannot_be(programme)
    ]


def test_an_option_that_fits_its_element_is_sound():
    assert messages({"area": "1 m2", "most": 4}) == []


@pytest.mark.parametrize(
    ("option", "element", "message"),
    [
        ({}, {}, "size_options.O: a unit gives nothing; it gives one or more of area, power, "
         "capacity, charge_power, discharge_power, radiator_area. Add what it gives."),
        ({"capacity": "1 kWh"}, {}, "size_options.O.capacity: E has no storage; an option gives "
         "sizes of parts that E declares. Declare its `storage`, whose other figures hold for "
         "every size."),
        ({"area": "1 m2", "mass": "0 kg"}, {}, "size_options.O.mass: a unit of 0 kg; what is "
         "landed weighs more. Correct it."),
        ({"area": "1 m2"}, {"mass": None}, "size_options.O.element: E declares no mass; what an "
         "element draws goes with its mass, as its size does. Add the `mass` of E as it is "
         "declared."),
        ({"area": "1 m2", "least": 3, "most": 2}, {}, "size_options.O.least: from 3 to 2 units; "
         "`most` is not below `least`, nor `least` below 0. Correct them."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(option, element, message):
    assert messages(option, **element) == [message]


@pytest.mark.parametrize(
    ("options", "beside"),
    [
        ({"R": {"radiator_area": "1 m2"}}, None),
        ({"R": {"radiator_area": "1 m2"}, "S": {"element": "OTHER", "area": "1 m2"}}, None),
        ({"R": {"radiator_area": "1 m2"}, "A": {"area": "1 m2"}}, "A"),
        ({"R": {"radiator_area": "1 m2", "area": "2 m2"}}, "area"),
        ({"R": {"radiator_area": "1 m2", "area": "2 m2"}, "A": {"area": "1 m2"}}, "area and A"),
    ],
)
def test_a_radiator_shares_its_element_with_no_other_size(options, beside):
    programme = Programme.model_validate({
        "name": "T",
        "elements": {"E": ELEMENT, "OTHER": {**ELEMENT, "id": "OTHER"}},
        "size_options": {
            key: {"id": key, "element": "E", "mass": "3 kg", **option}
            for key, option in options.items()
        },
    })  # fmt: skip
    found = [
        f"{f.entity}: {f.found}; {f.possible}. {f.mend}" for f in radiators_that_share(programme)
    ]
    assert found == ([] if beside is None else [
        f"size_options.R.radiator_area: a radiator of E beside {beside}; a radiator is sized for"
        " the heat that its element has as declared. Give the radiator to an element that is not"
        " sized in another way, or declare it."
    ])  # fmt: skip
