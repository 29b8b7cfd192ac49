import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import DIMENSIONS, format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("8.2 t", "kg", 8200.0),
        ("40 kW", "W", 40e3),
        ("3.6 MJ", "Wh", 1000.0),
        ("2 Mbit/s", "bit/s", 2e6),
        ("1 kB", "bit", 8000.0),
        ("354 h", "s", 1_274_400.0),
        ("1 y", "s", 31_557_600.0),
        ("-190 degC", "K", 83.15),
        ("20 °C", "K", 293.15),
        ("30 °", "deg", 30.0),
        ("1.5707963267948966 radian", "deg", 90.0),
        ("10 m2", "m**2", 10.0),
        ("20 mW/K", "W/K", 0.02),
        ("0.5 %/y", "1/y", 0.005),
        ("3 1/y", "1/y", 3.0),
        ("1 200 1/y", "1/y", 1200.0),
        ("3 kg/h", "kg/d", 72.0),
        ("29 %", "1", 0.29),
        (0.29, "1", 0.29),
        ("1 000 kg", "kg", 1000.0),
        ("1\u202f000 kg", "kg", 1000.0),
        ("−5 m", "m", -5.0),
        (".5 km", "m", 500.0),
        ("8.47 GHz", "Hz", 8.47e9),
        ("40 dBW", "dBW", 40.0),
        ("30 dBm", "dBW", 0.0),
        ("-12.5 dB/K", "dB/K", -12.5),
        ("4.5 dB", "dB", 4.5),
        ("1e3 W", "W", 1000.0),
    ],
)
def test_text_becomes_the_wanted_unit(text, unit, value):
    quantity = parse_quantity(text, unit)
    assert quantity.value == pytest.approx(value, rel=1e-14)
    assert (quantity.unit, quantity.tolerance) == (unit, None)


@pytest.mark.parametrize(
    ("text", "unit", "tolerance"),
    [
        ("600 kg ± 20 %", "kg", 120.0),
        ("600 kg +/- 50 kg", "kg", 50.0),
        ("600 kg ± 0.1 t", "kg", 100.0),
        ("600 kg ± 1 0 %", "kg", 60.0),
        ("600 kg ± −5 %", "kg", 30.0),
        ("20 degC ± 5 degC", "K", 5.0),
        ("29 % ± 2 %", "1", 0.02),
        ("40 dBW ± 1 dBm", "dBW", 1.0),
        ("40 dBW ± 1 dBW", "dBW", 1.0),
    ],
)
def test_tolerance_follows_in_the_same_unit(text, unit, tolerance):
    assert parse_quantity(text, unit).tolerance == pytest.approx(tolerance, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        (
            "40",
            "W",
            "found '40', a number without a unit; a power is written with W, kW, MW, mW."
            " Write for instance '40 W'.",
        ),
        (
            40,
            "W",
            "found 40, a number without a unit; a power is written with W, kW, MW, mW."
            " Write for instance '40 W'.",
        ),
        (
            "40 kg",
            "W",
            "found '40 kg', which is not a power; a power is written with W, kW, MW, mW."
            " Write for instance '40 W'.",
        ),
        (
            "40 zz",
            "kg",
            "found '40 zz', where 'zz' is no known unit; a mass is written with kg, t, g."
            " Write for instance '40 kg'.",
        ),
        (
            "2 MHz",
            "bit/s",
            "found '2 MHz', which is not a data rate; a data rate is written with bit/s, kbit/s,"
            " Mbit/s, Gbit/s. Write for instance '2 bit/s'.",
        ),
        (
            "5 %",
            "deg",
            "found '5 %', which is not an angle; an angle is written with deg, radian."
            " Write for instance '5 deg'.",
        ),
        (
            "plenty",
            "Wh",
            "found 'plenty', which is not a number with a unit;"
            " an energy is written with Wh, kWh, MWh, J, MJ. Write for instance '10 Wh'.",
        ),
        (
            None,
            "m",
            "found None, which is not a number with a unit;"
            " a length is written with m, km, cm, mm. Write for instance '10 m'.",
        ),
        (
            True,
            "1",
            "found True, which is not a number with a unit; a fraction is written with %."
            " Write for instance '10 %'.",
        ),
        (
            "600 kg ± 50",
            "kg",
            "found '600 kg ± 50', which is not a mass; a mass is written with kg, t, g."
            " Write for instance '600 kg'.",
        ),
        (
            "1e400 kg",
            "kg",
            "found '1e400 kg', which is not a finite number; a mass is written with kg, t, g."
            " Write for instance '10 kg'.",
        ),
        (
            float("nan"),
            "1",
            "found nan, which is not a finite number; a fraction is written with %."
            " Write for instance '10 %'.",
        ),
    ],
)
def test_message_when_the_text_is_no_such_quantity(text, unit, message):
    with pytest.raises(IlrsError) as caught:
        parse_quantity(text, unit)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("wanted", "unit"),
    [(wanted, unit) for wanted, (_, units) in DIMENSIONS.items() for unit in units],
)
def test_every_unit_that_a_message_offers_is_read(wanted, unit):
    assert parse_quantity(f"12.5 {unit}", wanted).unit == wanted


@given(st.text(max_size=12), st.sampled_from(sorted(DIMENSIONS)))
def test_any_text_is_a_quantity_or_a_message(text, unit):
    try:
        assert parse_quantity(text, unit).unit == unit
    except IlrsError as error:
        assert error.mend.startswith("Write for instance")


@given(st.text(alphabet="0123456789.eE+-−±%/* kgWhdegC°_()", max_size=14))
def test_any_line_of_numbers_and_units_is_a_quantity_or_a_message(text):
    for unit in ("kg", "K", "1"):
        try:
            assert parse_quantity(text, unit).unit == unit
        except IlrsError as error:
            assert error.mend.startswith("Write for instance")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12_500.0, "W", "12.5 kW"),
        (0.0, "W", "0 W"),
        (-2e6, "Wh", "-2 MWh"),
        (1_274_400.0, "s", "354 h"),
        (3e9, "bit/s", "3 Gbit/s"),
        (83.15, "K", "83.15 K"),
        (0.29, "1", "0.29"),
        (1737.4e3, "m", "1737 km"),
    ],
)
def test_text_for_people_has_a_fitting_prefix(value, unit, text):
    assert format_quantity(value, unit) == text
