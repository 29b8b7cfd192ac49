"""Spans of every cell against Windows, cell by cell."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.spans import (
    Spans,
    bridged,
    delayed,
    either,
    mirrored,
    shared,
    spans_everywhere,
    ticks_of,
    windows_at,
)

LAST, CELLS = 400, 30


def random_spans(seed: int) -> Spans:
    rng = np.random.default_rng(seed)
    first, edges = [0], []
    for _ in range(CELLS):
        edges += np.sort(rng.choice(LAST, 2 * int(rng.integers(0, 6)), replace=False)).tolist()
        first.append(len(edges) // 2)
    start, end = np.array(edges, dtype=np.int32).reshape(-1, 2).T.copy()
    return Spans(np.array(first, dtype=np.int64), start, end)


def listed(spans: Spans) -> list[Windows]:
    return [windows_at(spans, cell) for cell in range(spans.cells)]


@pytest.mark.parametrize("seed", range(5))
def test_union_and_intersection_are_those_of_windows(seed: int) -> None:
    one, other = random_spans(seed), random_spans(seed + 100)
    pairs = list(zip(listed(one), listed(other), strict=True))
    assert listed(shared(one, other)) == [a & b for a, b in pairs]
    assert listed(either(one, other)) == [a | b for a, b in pairs]


@pytest.mark.parametrize("gap", [0, 7, 1000])
def test_bridged_spans_are_joined_over_short_gaps_and_both_ends(gap: int) -> None:
    spans = random_spans(3)
    for cell, joined in enumerate(listed(bridged(spans, gap=gap, last=LAST))):
        own = windows_at(spans, cell)
        if len(own):
            dark = own.within(0.0, 0.1 * LAST)
            short = Windows(night for night in dark if night[1] - night[0] <= 0.1 * gap + 1e-9)
            assert joined == own | short


def test_mirrored_twice_is_as_before() -> None:
    spans = random_spans(4)
    once = mirrored(spans, last=LAST)
    assert listed(mirrored(once, last=LAST)) == listed(spans)
    assert once.end.max() == LAST - spans.start.min()


def test_delayed_spans_begin_later_after_a_long_gap_only() -> None:
    spans = Spans(
        np.array([0, 3]), np.array([0, 50, 65], np.int32), np.array([10, 60, 90], np.int32)
    )
    late = delayed(spans, gap=20, delay=12)
    assert (late.start.tolist(), late.end.tolist()) == ([0, 65], [10, 90])  # one is gone whole
    assert delayed(spans, gap=20, delay=2).start.tolist() == [0, 52, 65]


def test_the_same_windows_at_every_cell() -> None:
    windows = Windows([(1.0, 2.0), (5.0, 9.5)])
    assert listed(spans_everywhere(windows, cells=3)) == [windows] * 3


def test_more_than_three_years_are_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        ticks_of([0.0, 2e8])
    assert str(caught.value) == (
        "a time 2315 d from the first instant; ways are searched over up to 1243 d. Shorten the"
        " span."
    )


def test_spans_of_two_maps_are_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        shared(random_spans(1), spans_everywhere(Windows(), cells=2))
    assert str(caught.value) == (
        "spans of 30 and of 2 cells; spans are combined cell by cell. Make both on one map."
    )
