"""Partitions of a time series into blocks of steps, and where a block is best split."""

import heapq
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Blocks", "spread", "split_blocks"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """A partition of the steps: the first step of each block, and how many steps there are."""

    starts: IntArray
    steps: int

    @property
    def sizes(self) -> IntArray:
        """Number of steps in each block."""
        return np.diff(np.append(self.starts, self.steps))

    @property
    def count(self) -> int:
        """Number of blocks."""
        return int(self.starts.size)

    def of(self, values: FloatArray, *, is_worst: bool) -> FloatArray:
        """Of a series in each block: the mean, or the least."""
        if is_worst:
            return np.asarray(np.minimum.reduceat(values, self.starts))
        return np.asarray(np.add.reduceat(values, self.starts) / self.sizes)


def spread(blocks: Blocks, values: FloatArray, *, weights: FloatArray) -> float:
    """Sum over series and blocks of weight (series, block) x (mean - least)."""
    between = [blocks.of(row, is_worst=False) - blocks.of(row, is_worst=True) for row in values]
    return float((weights * np.array(between)).sum())


def split_blocks(
    blocks: Blocks, values: FloatArray, *, weights: FloatArray, most: int, left: float
) -> Blocks:
    """Blocks split where mean and least of values differ most, until so little is left of it.

    The difference is that of `spread`. It ends at `most` further blocks, or when `left` (0-1) of
    the difference remains.
    """
    ends = np.append(blocks.starts, blocks.steps).tolist()
    heap: list[tuple[float, int, int, int]] = []
    share = weights / blocks.sizes

    def push(begin: int, end: int, block: int) -> float:
        part = values[:, begin:end]
        spread = part.sum(axis=1) - (end - begin) * part.min(axis=1)
        loss = float(share[:, block] @ spread)
        if loss > 0.0 and end - begin > 1:
            heapq.heappush(heap, (-loss, begin, end, block))
            return loss
        return 0.0

    rest = total = sum(push(ends[b], ends[b + 1], b) for b in range(blocks.count))
    starts = blocks.starts.tolist()
    while heap and rest > left * total and len(starts) - blocks.count < most:
        loss, begin, end, block = heapq.heappop(heap)
        middle = begin + _split(values[:, begin:end], share[:, block])
        starts.append(middle)
        rest += loss + push(begin, middle, block) + push(middle, end, block)
    return Blocks(np.array(sorted(starts), dtype=np.int64), blocks.steps)


def _split(values: FloatArray, weights: FloatArray) -> int:
    """Where to cut so that least is left between the values and the least of their part."""
    steps = values.shape[1]
    first = np.arange(1, steps)
    before = np.minimum.accumulate(values, axis=1)[:, :-1]
    after = np.minimum.accumulate(values[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return int(np.argmax(weights @ (first * before + (steps - first) * after))) + 1
