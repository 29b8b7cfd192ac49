"""Limits of requirements read to SI."""

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.limits import Limit, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (">= 200 h", Limit(">=", 720000.0, "s")),
        ("<= 8.2 t", Limit("<=", 8200.0, "kg")),
        ("== 0", Limit("==", 0.0, "1")),
        (">= 1", Limit(">=", 1.0, "1")),
        (">=29 %", Limit(">=", 0.29, "1")),
        (">= 0 K", Limit(">=", 0.0, "K")),
        (">= -190 degC", Limit(">=", 83.15, "K")),
        ("≥ 5 Hz", Limit(">=", 5.0, "Hz")),
        ("≤ 3 d", Limit("<=", 259200.0, "s")),
        (">= 1e3 Gbit", Limit(">=", 1e12, "bit")),
        ("<= 2 Mbit/s", Limit("<=", 2e6, "bit/s")),
        (">= -12.5 kW", Limit(">=", -12500.0, "W")),
        (">= 3 kWh", Limit(">=", 3000.0, "Wh")),
    ],
)
def test_a_limit_is_read_to_its_dimension(text: str, limit: Limit) -> None:
    read = parse_limit(text)
    assert (read.comparison, read.unit) == (limit.comparison, limit.unit)
    assert read.value == pytest.approx(limit.value, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["", "200 h", "> 200 h", ">= h", ">= 3 apples", ">= 5 ± 1 h", ">= ."]
)
def test_the_message_lists_what_a_limit_is_when_it_cannot_be_read(text: str) -> None:
    with pytest.raises(IlrsError) as caught:
        parse_limit(text)
    assert str(caught.value) == (
        f"found the limit {text!r}; a limit is one of >=, <=, == and a number with its unit."
        " Write for instance '>= 200 h', '<= 8.2 t', '>= 95 %' or '== 0'."
    )
