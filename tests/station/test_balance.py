import pytest

from ilrs.station.balance import (
    Balance,
    DataBalanceError,
    EnergyBalanceError,
    data_balance,
    energy_balance,
)


def test_a_balance_passes_when_it_closes() -> None:
    closed = Balance(made=10.0, used=6.0, stored=-1.0, lost=2.0, spilled=3.0)
    assert energy_balance(closed) is closed
    assert closed.residual == 0.0
    assert Balance(made=0.0, used=0.0, stored=0.0, lost=0.0).residual == 0.0


def test_energy_from_nothing_stops_the_run() -> None:
    with pytest.raises(EnergyBalanceError) as caught:
        energy_balance(Balance(made=10.0, used=6.0, stored=0.0, lost=2.0, spilled=3.0))
    assert str(caught.value) == (
        "energy does not close: made 10 Wh, used 6, stored 0, lost 2, spilled 3; residual 0.1"
    )


def test_data_from_nothing_stops_the_run() -> None:
    with pytest.raises(DataBalanceError) as caught:
        data_balance(Balance(made=8.0, used=8.0, stored=0.0, lost=1e-3))
    assert str(caught.value) == (
        "data does not close: made 8 bit, used 8, stored 0, lost 0.001, spilled 0;"
        " residual 0.000125"
    )


def test_a_balance_that_is_no_number_stops_the_run() -> None:
    with pytest.raises(EnergyBalanceError):
        energy_balance(Balance(made=float("nan"), used=1.0, stored=0.0, lost=0.0))
