"""The fewest flights for given pieces: against trying every way, and what cannot be said."""

from itertools import product

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.station.launches import Flight, fewest_launches, least_flights


def flights_tried(masses_kg: list[float], flights: list[Flight]) -> int | None:
    """The fewest further flights of all ways to load the pieces; None where they never fit."""
    best = None
    for way in product(range(len(flights)), repeat=len(masses_kg)):
        loads = [0.0] * len(flights)
        for mass_kg, k in zip(masses_kg, way, strict=True):
            loads[k] += mass_kg
        if all(load <= f.free_kg for load, f in zip(loads, flights, strict=True)):
            more = sum(load > 0.0 and not f.flies_anyway
                       for load, f in zip(loads, flights, strict=True))  # fmt: skip
            best = more if best is None else min(best, more)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_way_of_loading_needs_fewer_flights(seed: int) -> None:
    rng = np.random.default_rng(seed)
    flights = [
        Flight(id=f"F{k}", free_kg=float(rng.uniform(100.0, 900.0)), flies_anyway=k == 0)
        for k in range(4)
    ]
    masses_kg = {f"P{k}": float(rng.uniform(50.0, 500.0)) for k in range(5)}
    best = flights_tried(list(masses_kg.values()), flights)
    if best is None:
        with pytest.raises(IlrsError):
            fewest_launches(masses_kg, flights, rides={})
        return
    found = fewest_launches(masses_kg, flights, rides={}, bound_kg=sum(masses_kg.values()))
    assert len(found.more) == best
    assert found.bound <= best
    for flight in flights:
        aboard = [p for p, ride in found.rides.items() if ride == flight.id]
        assert sum(masses_kg[p] for p in aboard) <= flight.free_kg * (1.0 + 1e-9)
        assert not aboard or flight.flies_anyway or flight.id in found.more


def test_pieces_stay_where_they_are_declared_if_that_needs_no_flight_more() -> None:
    flights = [Flight(id=id_, free_kg=500.0, flies_anyway=True) for id_ in ("A", "B", "C")]
    rides = {"X": "B", "Y": "C"}
    found = fewest_launches({"X": 300.0, "Y": 400.0}, flights, rides=rides)
    assert (dict(found.rides), found.more, found.bound) == (rides, (), 0)


def test_a_fixed_piece_keeps_its_flight_even_if_that_flies_for_it_alone() -> None:
    flights = [
        Flight(id="A", free_kg=500.0, flies_anyway=True),
        Flight(id="B", free_kg=500.0, flies_anyway=False),
    ]
    free = fewest_launches({"X": 300.0}, flights, rides={"X": "B"})
    assert (dict(free.rides), free.more) == ({"X": "A"}, ())
    kept = fewest_launches({"X": 300.0}, flights, rides={"X": "B"}, fixed=["X"])
    assert (dict(kept.rides), kept.more) == ({"X": "B"}, ("B",))


def test_so_much_mass_needs_so_many_flights_however_it_is_divided() -> None:
    flights = [
        Flight(id="A", free_kg=100.0, flies_anyway=True),
        Flight(id="B", free_kg=200.0, flies_anyway=False),
        Flight(id="C", free_kg=300.0, flies_anyway=False),
        Flight(id="D", free_kg=-50.0, flies_anyway=False),
    ]
    assert [least_flights(kg, flights) for kg in (0.0, 100.0, 101.0, 400.0, 401.0)] == [
        0, 0, 1, 1, 2,
    ]  # fmt: skip


def test_pieces_that_fit_no_flight_are_named_with_what_is_free() -> None:
    flights = [
        Flight(id="A", free_kg=100.0, flies_anyway=True),
        Flight(id="B", free_kg=250.0, flies_anyway=False),
    ]
    with pytest.raises(IlrsError) as caught:
        fewest_launches({"X": 300.0}, flights, rides={})
    assert str(caught.value) == (
        "X of 300 kg do not fit the flights; free are A 100 kg, B 250 kg."
        " Raise the `landed_payload` of one, or divide an element."
    )
