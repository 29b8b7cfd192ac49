import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows, certain_windows, find_windows

CELLS = 40
MASKS = st.lists(st.booleans(), min_size=CELLS, max_size=CELLS).map(np.array)
EDGES = np.arange(CELLS + 1.0)
MIDDLES = EDGES[:-1] + 0.5
SPANS = st.lists(
    st.tuples(st.integers(-5, CELLS + 5), st.integers(-5, CELLS + 5)).map(
        lambda pair: (float(pair[0]), float(pair[1]))
    )
)


def windows_of(mask):
    return Windows.from_mask(EDGES, mask)


@given(MASKS)
def test_mask_comes_back_from_its_windows(mask):
    np.testing.assert_array_equal(windows_of(mask).mask(MIDDLES), mask)
    assert windows_of(mask).total_s == mask.sum()


@given(MASKS, MASKS)
def test_algebra_agrees_with_masks(one, other):
    a, b = windows_of(one), windows_of(other)
    assert a | b == windows_of(one | other)
    assert a & b == windows_of(one & other)
    assert a - b == windows_of(one & ~other)
    assert a.within(0.0, CELLS) == windows_of(~one)


@given(SPANS)
def test_any_spans_become_ordered_and_apart(spans):
    windows = Windows(spans)
    assert (windows.duration_s > 0.0).all()
    assert (windows.start_s[1:] > windows.end_s[:-1]).all()
    t = np.arange(-6.0, CELLS + 6.0, 0.5)
    expected = np.zeros(t.size, dtype=bool)
    for start, end in spans:
        expected |= (start <= t) & (t < end)
    np.testing.assert_array_equal(windows.mask(t), expected)
    assert Windows(windows) == windows
    assert windows.longest_s == windows.duration_s.max(initial=0.0)


@given(MASKS, MASKS, MASKS)
def test_algebra_keeps_its_laws(one, other, third):
    a, b, c = windows_of(one), windows_of(other), windows_of(third)
    assert a - (b | c) == (a - b) - c
    assert a & (b | c) == (a & b) | (a & c)
    assert (a - b).total_s + (a & b).total_s == a.total_s


@given(SPANS, st.lists(st.integers(-7, CELLS + 7), min_size=2, unique=True).map(sorted))
def test_overlap_is_the_part_of_each_cell_that_is_covered(spans, edges):
    windows = Windows(spans)
    edge_s = np.array(edges, dtype=float)
    middles = np.arange(-7.0, CELLS + 7.0) + 0.5  # spans and edges are whole numbers
    inside = windows.mask(middles).astype(float)
    expected = [
        inside[(middles > a) & (middles < b)].mean()
        for a, b in zip(edge_s, edge_s[1:], strict=False)
    ]
    np.testing.assert_allclose(windows.overlap_fraction(edge_s), expected, rtol=1e-15)


def test_overlap_of_edges_between_and_past_the_cells():
    windows = Windows([(-9.0, 0.25), (0.5, 0.75), (1.0, 3.0), (3.5, 9.0)])
    np.testing.assert_array_equal(
        windows.overlap_fraction([0.0, 1.0, 2.0, 3.0, 4.0]), [0.5, 1.0, 1.0, 0.5]
    )
    np.testing.assert_array_equal(Windows().overlap_fraction([0.0, 1.0, 2.0]), [0.0, 0.0])
    # Far from zero, where an instant has 1e-7 s, a covered cell still gives 1.
    late = Windows([(1.1e9 + 0.1, 1.1e9 + 7300.3)])
    np.testing.assert_array_equal(
        late.overlap_fraction(1.1e9 + 0.1 + 3600.0 * np.arange(3)), [1.0, 1.0]
    )


@pytest.mark.parametrize("edge_s", [[0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 1.0], [0.0, np.nan]])
def test_overlap_is_refused_when_the_edges_do_not_rise(edge_s):
    with pytest.raises(IlrsError) as caught:
        Windows([(0.0, 1.0)]).overlap_fraction(edge_s)
    assert str(caught.value) == (
        f"time cells with {len(edge_s)} edges that do not all rise;"
        " n cells have n + 1 edges, each later than the one before."
        " Pass the edges of the cells in order of time."
    )


def test_windows_are_half_open():
    windows = Windows([(0.0, 10.0), (20.0, 30.0)])
    assert windows.mask([0.0, 10.0, 15.0, 20.0, 29.9, 30.0, -1.0]).tolist() == [
        True,
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert not Windows().mask(5.0)


def test_equal_windows_have_equal_hashes_also_at_minus_zero():
    assert Windows([(-0.0, 1.0)]) == Windows([(0.0, 1.0)])
    assert hash(Windows([(-0.0, 1.0)])) == hash(Windows([(0.0, 1.0)]))
    assert Windows([(0.0, 1.0)]) != "no windows"


def test_windows_never_change():
    windows = Windows([(0.0, 1.0)])
    with pytest.raises(AttributeError) as caught:
        windows.start_s = np.zeros(1)
    assert str(caught.value) == ("Windows never change; combine them with |, & and - into new ones")
    with pytest.raises(ValueError, match="read-only"):
        windows.start_s[0] = 5.0


def test_text_is_short_when_there_are_many():
    assert repr(Windows([(0.0, 1.5)])) == "Windows([0, 1.5))"
    many = Windows((10.0 * k, 10.0 * k + 5.0) for k in range(6))
    assert repr(many) == "Windows([0, 5), [10, 15), [20, 25), [30, 35), … 2 more)"


def test_message_when_edges_do_not_fit_the_cells():
    with pytest.raises(IlrsError) as caught:
        Windows.from_mask([0.0, 1.0], [True, False])
    assert str(caught.value) == (
        "2 edges for 2 cells; n cells have n + 1 edges."
        " Pass the edges of the cells, not their middles."
    )


@pytest.mark.parametrize("tolerance_s", [1.0, 1e-3, 1e-6])
def test_search_finds_the_edges_to_its_tolerance(tolerance_s):
    found = find_windows(
        lambda t: np.sin(t / 100.0) > 0.0, (-50.0, 1000.0), step_s=60.0, tolerance_s=tolerance_s
    )
    expected = [(0.0, 100 * np.pi), (200 * np.pi, 300 * np.pi)]
    np.testing.assert_allclose(list(found), expected, rtol=0, atol=tolerance_s)


def test_search_keeps_a_window_open_at_either_end():
    early = find_windows(lambda t: t < 3.0, (0.0, 5.0), step_s=1.0, tolerance_s=1e-6)
    assert early.start_s.tolist() == [0.0]
    assert early.end_s == pytest.approx([3.0], abs=1e-6)
    assert find_windows(lambda t: t > -1.0, (0.0, 5.0), step_s=1.0) == Windows([(0.0, 5.0)])
    assert find_windows(lambda t: t > 9.0, (0.0, 5.0), step_s=1.0) == Windows()


def bounds_of(value, slope):
    """Bounds of a function by the most that its slope can be."""

    def bounds(t_s, half_s):
        middle, most = value(t_s), slope * half_s
        return middle - most, middle + most

    return bounds


def test_certain_search_finds_windows_and_gaps_far_shorter_than_its_cells():
    rng = np.random.default_rng(7)
    at, width = np.sort(rng.uniform(100.0, 1e5 - 100.0, 40)), rng.uniform(1.05, 30.0, 40)

    def value(t_s):  # roofs of slope 1: above 0 over `width`
        return (width / 2 - np.abs(np.subtract.outer(t_s, at))).max(axis=-1)

    expected = Windows(zip(at - width / 2, at + width / 2, strict=True))
    cells = np.array([(0.0, 4e4), (4e4, 1e5)])
    found = certain_windows(bounds_of(value, 1.0), cells, span_s=(0.0, 1e5))
    np.testing.assert_allclose(list(found), list(expected), rtol=0, atol=0.01)
    gaps = certain_windows(
        bounds_of(lambda t: -value(t), 1.0), cells, span_s=(0.0, 1e5), tolerance_s=1e-6
    )
    np.testing.assert_allclose(list(gaps), list(expected.within(0.0, 1e5)), rtol=0, atol=1e-6)


def test_certain_search_takes_what_lies_outside_its_cells_as_without():
    bounds = bounds_of(np.ones_like, 0.0)
    cells = [(10.0, 20.0), (20.0, 25.0), (40.0, 50.0)]
    found = certain_windows(bounds, cells, span_s=(0.0, 50.0))
    assert found == Windows([(10.0, 25.0), (40.0, 50.0)])
    assert certain_windows(bounds, np.empty((0, 2)), span_s=(0.0, 50.0)) == Windows()
    below = bounds_of(lambda t: -np.ones_like(t), 0.0)
    assert certain_windows(below, cells, span_s=(0.0, 50.0)) == Windows()


def test_certain_search_keeps_a_jump_between_cells():
    def bounds(t_s, half_s):
        value = np.where(t_s < 5.0, 1.0, -1.0)
        return value, value

    cells = [(0.0, 5.0), (5.0, 9.0)]
    assert certain_windows(bounds, cells, span_s=(0.0, 9.0)) == Windows([(0.0, 5.0)])
