"""Double precision array files (DAF): the container of JPL's SPK and binary PCK kernels.

The layout is that of NAIF's "DAF Required Reading": 1024-byte records of 128 words, a linked list
of summary records that starts at the file record's FWARD, word addresses counted from 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from struct import error as StructError  # noqa: N812 - the library's own class is in lower case
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["Daf", "DafArray", "read_daf"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_RECORD_BYTES = 1024
_MOST_NUMBERS = 250  # of a summary, which fits a record
_ORDERS = {b"LTL-IEEE": "<", b"BIG-IEEE": ">"}


@dataclass(frozen=True, slots=True)
class DafArray:
    """One array of the file: its name, its summary and its first and last word address."""

    name: str
    doubles: tuple[float, ...]
    integers: tuple[int, ...]  # without the two addresses
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Daf:
    """An open file: what it holds, and its words where the operating system maps them."""

    path: Path
    kind: str  # "SPK" or "PCK"
    arrays: tuple[DafArray, ...]
    file_words: npt.NDArray[np.float64]  # in the file's byte order

    def words(self, array: DafArray) -> FloatArray:
        """The words of one array, read-only and in this machine's byte order."""
        found = self.file_words[array.first - 1 : array.last].astype(np.float64, copy=False)
        found.setflags(write=False)
        return found


def read_daf(path: Path) -> Daf:
    """The kernel file at `path`, mapped and not loaded; either byte order.

    Raises IlrsError for a file that is missing, cut short or no DAF kernel.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_RECORD_BYTES)
        size = path.stat().st_size
    except OSError as fault:
        raise _unreadable(path, fault.strerror or "it does not open") from None
    identity, order = head[:8], _ORDERS.get(head[88:96])
    if len(head) < _RECORD_BYTES or identity[:4] != b"DAF/" or order is None:
        raise _unreadable(path, "it does not begin as a kernel does")
    words = np.asarray(np.memmap(path, dtype=f"{order}f8", mode="r", shape=(size // 8,)))
    doubles, integers, forward = (
        Struct(f"{order}i").unpack_from(head, at)[0] for at in (8, 12, 76)
    )
    if not (0 <= doubles <= _MOST_NUMBERS and 2 <= integers <= _MOST_NUMBERS):
        raise _unreadable(path, "its list of contents is damaged")
    summary = Struct(f"{order}{doubles}d{integers}i")
    try:
        arrays = tuple(_arrays(words, forward, summary=summary, doubles=doubles))
    except (StructError, ValueError):
        raise _unreadable(path, "its list of contents is damaged") from None
    if not arrays or max(array.last for array in arrays) > words.size:
        raise _unreadable(path, "it is cut short")
    if min(array.first for array in arrays) < 1:
        raise _unreadable(path, "its list of contents is damaged")
    return Daf(path, identity[4:].decode("ascii", "replace").strip(), arrays, words)


def _arrays(words: FloatArray, record: int, *, summary: Struct, doubles: int) -> Iterator[DafArray]:
    per_record = _RECORD_BYTES // 8
    step = -(-summary.size // 8)  # integers are packed two to a word
    left = words.size // per_record  # a list that is longer than the file goes in a circle
    while record > 0 and (record + 1) * per_record <= words.size:
        left -= 1
        if left < 0:
            raise ValueError("the list of contents goes in a circle")
        block = words[(record - 1) * per_record : record * per_record]
        names = words[record * per_record : (record + 1) * per_record].tobytes()
        for index in range(int(block[2])):
            first = 3 + index * step
            fields = summary.unpack_from(block[first : first + step].tobytes())
            name = names[index * step * 8 : (index + 1) * step * 8].decode("ascii", "replace")
            numbers = fields[doubles:]
            yield DafArray(name.strip(), fields[:doubles], numbers[:-2], *numbers[-2:])
        record = int(block[0])


def _unreadable(path: Path, found: str) -> IlrsError:
    return IlrsError(
        f"{path} cannot be read as a kernel: {found}",
        "binary SPK and PCK kernels (DAF files, either byte order) are read",
        "Name another file, or fetch this one again.",
    )
