import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.study.judge import limit_in_unit
from ilrs.study.run import Verdict, figure


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("<= 72 h", "h", ("<=", 72.0)),
        ("<= 3 d", "h", ("<=", 72.0)),
        (">= 100 h", "d", (">=", 100 / 24)),
        (">= 95 %", "1", (">=", 0.95)),
        ("== 0", "count", ("==", 0.0)),
        (">= 1 Gbit", "Gbit", (">=", 1.0)),
        ("<= 8.2 t", "kg", ("<=", 8200.0)),
        (">= 0 K", "K", (">=", 0.0)),
    ],
)
def test_limit_comes_in_the_unit_of_its_metric(text, unit, expected):
    comparison, value = limit_in_unit(text, unit)
    assert (comparison, value) == (expected[0], pytest.approx(expected[1], rel=1e-12))


def test_limit_of_another_dimension_says_what_is_possible():
    with pytest.raises(IlrsError) as caught:
        limit_in_unit("<= 3 kg", "h")
    assert str(caught.value) == (
        "the limit '<= 3 kg' is not in h; a limit has the dimension of its metric. Write it with h."
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.973, "1", "97.3 %"),
        (3e-14, "1", "3.0e-14"),
        (5.0, "count", "5"),
        (118.25, "h", "118.2 h"),
        (12345.6, "kg", "12,346 kg"),
        (None, "h", "–"),
    ],
)
def test_figure_reads_as_people_write(value, unit, text):
    assert figure(value, unit) == text


def verdict(measured: float | None, comparison: str) -> Verdict:
    return Verdict(
        requirement="R", text="", metric="m", of="", measured=measured, limit=10.0,
        comparison=comparison, unit="h", level="must", owner="", holds=True,
    )  # fmt: skip


def test_margin_is_positive_on_the_good_side():
    assert verdict(12.0, ">=").margin == 2.0
    assert verdict(12.0, "<=").margin == -2.0
    assert verdict(12.0, "==").margin == -2.0
    assert verdict(None, ">=").margin is None
