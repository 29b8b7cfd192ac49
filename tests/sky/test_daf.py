from pathlib import Path

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.sky.daf import read_daf
from tests.sky.kernel_writing import write_big_endian, write_spk

POSSIBLE = "binary SPK and PCK kernels (DAF files, either byte order) are read"
MEND = "Name another file, or fetch this one again."


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    return write_spk(tmp_path / "little.bsp", data_type=2, spans=((0.0, 10), (10.0, 5)))


def test_summaries_say_what_the_file_holds(kernel):
    daf = read_daf(kernel)
    assert daf.kind == "SPK"
    assert [array.name for array in daf.arrays] == ["segment 0", "segment 1"]
    assert [array.doubles for array in daf.arrays] == [(0.0, 864e3), (864e3, 1296e3)]
    assert [array.integers for array in daf.arrays] == [(301, 3, 1, 2)] * 2


def test_words_agree_when_the_byte_order_is_the_other(kernel, tmp_path):
    little = read_daf(kernel)
    big = read_daf(write_big_endian(kernel, tmp_path / "big.bsp"))
    assert big.arrays == little.arrays
    for array in little.arrays:
        np.testing.assert_array_equal(big.words(array), little.words(array))
        assert big.words(array).dtype.isnative


def test_words_never_change(kernel):
    words = read_daf(kernel).words(read_daf(kernel).arrays[0])
    with pytest.raises(ValueError, match="read-only"):
        words[0] = 1.0


def test_many_segments_when_the_summaries_fill_more_than_one_record(tmp_path):
    spans = tuple((float(day), 1) for day in range(30))  # 25 summaries fit into one record
    daf = read_daf(write_spk(tmp_path / "many.bsp", data_type=2, spans=spans))
    assert [array.doubles[0] for array in daf.arrays] == [day * 86400.0 for day in range(30)]


def test_message_when_the_file_is_no_kernel(tmp_path):
    path = tmp_path / "text.bsp"
    path.write_text("not a kernel " * 200)
    with pytest.raises(IlrsError) as caught:
        read_daf(path)
    assert str(caught.value) == (
        f"{path} cannot be read as a kernel: it does not begin as a kernel does; {POSSIBLE}. {MEND}"
    )


def test_message_when_the_file_is_missing(tmp_path):
    path = tmp_path / "none.bsp"
    with pytest.raises(IlrsError) as caught:
        read_daf(path)
    assert str(caught.value) == (
        f"{path} cannot be read as a kernel: No such file or directory; {POSSIBLE}. {MEND}"
    )


@pytest.mark.parametrize("kept", [1024, 2048, 4096])
def test_message_when_the_file_is_cut_short(kernel, kept):
    kernel.write_bytes(kernel.read_bytes()[:kept])
    with pytest.raises(IlrsError) as caught:
        read_daf(kernel)
    assert str(caught.value) == (
        f"{kernel} cannot be read as a kernel: it is cut short; {POSSIBLE}. {MEND}"
    )


# The file record gives the lengths of a summary at bytes 8 and 12; the first summary record, the
# second of the file, begins with the number of the next one and, two words on, its own count.
@pytest.mark.parametrize(
    ("at", "kind", "value"),
    [(8, "<i4", 10**6), (12, "<i4", -3), (1024, "<f8", 2), (1040, "<f8", 99)],
)
def test_message_when_the_list_of_contents_is_damaged(kernel, at, kind, value):
    data = bytearray(kernel.read_bytes())
    number = np.array(value, dtype=kind).tobytes()
    data[at : at + len(number)] = number
    kernel.write_bytes(bytes(data))
    with pytest.raises(IlrsError) as caught:
        read_daf(kernel)
    assert str(caught.value) == (
        f"{kernel} cannot be read as a kernel: its list of contents is damaged; {POSSIBLE}. {MEND}"
    )
