import numpy as np
import pytest

from ilrs.sky.daf import read_daf
from ilrs.sky.segments import Segment, evaluate, read_segment, utc_label
from tests.sky.kernel_writing import write_spk


@pytest.mark.parametrize("step_s", [37.0, 800.0, 20_000.0, 200_000.0])
def test_values_do_not_depend_on_how_many_epochs_are_asked_at_once(tmp_path, step_s):
    daf = read_daf(write_spk(tmp_path / "moon.bsp", data_type=2))
    segment = read_segment(daf, daf.arrays[0], data_type=2)
    epochs = np.arange(0.0, 864e3, step_s)
    together = evaluate([segment], epochs)
    singly = [evaluate([segment], epochs[k : k + 1]) for k in range(epochs.size)]
    np.testing.assert_array_equal(together[0], np.hstack([values for values, _ in singly]))
    np.testing.assert_array_equal(together[1], np.hstack([rates for _, rates in singly]))


@pytest.mark.parametrize("count", [1, 2, 3, 8, 13])
def test_sum_of_polynomials_when_the_degree_varies(count):
    rng = np.random.default_rng(count)
    table = rng.normal(size=(2, 3, count))
    records = np.hstack([[[50.0, 50.0], [150.0, 50.0]], table.reshape(2, -1)])
    segment = _segment(records)
    epochs = np.linspace(0.0, 199.0, 41)
    values, rates = segment.states(epochs)
    for index, epoch in enumerate(epochs):
        row = int(epoch // 100)
        x = (epoch - records[row, 0]) / 50.0
        for component in range(3):
            series = np.polynomial.Chebyshev(table[row, component])
            assert values[component, index] == pytest.approx(series(x), abs=1e-12)
            assert rates[component, index] == pytest.approx(series.deriv()(x) / 50.0, abs=1e-11)


def _segment(records):
    records.setflags(write=False)
    return Segment(2, 0.0, 200.0, 0.0, 100.0, records)


@pytest.mark.parametrize(
    ("tdb_s", "label"),
    [
        (0.0, "2000-01-01T11:58:56Z"),  # 64.184 s before, rounded
        (883569669.184, "2028-01-01T00:00:00Z"),  # 37 + 32.184 s
        (-14200747200.0, "1549-12-30T23:59:18Z"),
        (np.inf, "an epoch that is not a number"),
    ],
)
def test_label_of_an_epoch(tdb_s, label):
    assert utc_label(tdb_s) == label
