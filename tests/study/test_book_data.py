import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.study.book_data import MOST_SAMPLES, data_png, packed, sampled_index, thinned

FINITE = st.floats(-1e9, 1e9, allow_nan=False)


def unpacked(series):
    """What the page's script does, said in Python."""
    codes = np.frombuffer(base64.b64decode(series["codes"]), dtype="<u2").astype(float)
    values = series["lo"] + codes / 65534.0 * (series["hi"] - series["lo"])
    values[codes == 65534] = series["hi"]
    return np.where(codes == 65535, np.nan, values)


@given(st.lists(FINITE, min_size=1, max_size=50))
def test_packed_series_comes_back_within_half_a_step(values):
    series = packed(values)
    half_step = (max(values) - min(values)) / 65534.0 / 2.0
    rounding = 1e-12 * max(abs(value) for value in values)
    assert np.abs(unpacked(series) - values).max() <= half_step + rounding
    assert (unpacked(series).min(), unpacked(series).max()) == (min(values), max(values))


def test_gaps_stay_gaps_when_packed():
    values = [1.0, np.nan, 3.0]
    np.testing.assert_array_equal(unpacked(packed(values)), values)


def test_series_of_gaps_packs_to_gaps():
    np.testing.assert_array_equal(unpacked(packed([np.nan, np.nan])), [np.nan, np.nan])


def test_short_series_is_not_thinned():
    values = np.arange(float(MOST_SAMPLES))
    np.testing.assert_array_equal(thinned(values), values)


@pytest.mark.parametrize("size", [MOST_SAMPLES + 1, 52_704, 87_660])
def test_single_spike_survives_when_thinned(size):
    values = np.zeros(size)
    values[size // 3], values[-1] = 7.0, -2.0
    few = thinned(values)
    assert few.size <= MOST_SAMPLES
    assert (few.max(), few.min()) == (7.0, -2.0)
    # The spike stays at its time, to a bucket's width.
    assert np.argmax(few) / few.size == pytest.approx(
        1 / 3, abs=2.0 / few.size + 1.0 / MOST_SAMPLES
    )


@pytest.mark.parametrize("size", [1, 8784, MOST_SAMPLES + 1, 87_840])
def test_sampled_index_keeps_the_bound(size):
    index = sampled_index(size)
    assert (index[0], index[-1] < size, index.size <= MOST_SAMPLES) == (0, True, True)


def test_png_holds_its_cells_and_colours():
    cells = np.array([[0, 1, 2], [2, 1, 0]], dtype=np.uint8)
    raw = base64.b64decode(data_png(cells, [(1, 2, 3, 255), (4, 5, 6, 255), (0, 0, 0, 0)])[22:])
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        kind, data = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]
        assert int.from_bytes(raw[at + 8 + size : at + 12 + size], "big") == zlib.crc32(kind + data)
        chunks[kind], at = data, at + 12 + size
    assert chunks[b"IHDR"][:8] == (3).to_bytes(4, "big") + (2).to_bytes(4, "big")
    assert chunks[b"PLTE"] == bytes(range(1, 7)) + bytes(3)
    assert zlib.decompress(chunks[b"IDAT"]) == b"\0\0\1\2\0\2\1\0"
