"""An array that is appended to; what was handed out of it stays as it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Growing"]


@dataclass(slots=True)
class Growing:
    """Values in a row; whole numbers too large for their kind get a larger one."""

    kept: npt.NDArray[Any]
    size: int = 0

    @classmethod
    def of(cls, dtype: Any) -> "Growing":
        """An empty one."""
        return cls(np.empty(1024, dtype=dtype))

    def extend(self, values: Sequence[Any] | npt.NDArray[Any]) -> None:
        """Appends values."""
        end = self.size + len(values)
        if self.kept.dtype.kind == "u":  # small numbers are counted faster
            most = int(np.max(values, initial=0))
            if most > np.iinfo(self.kept.dtype).max:
                self.kept = self.kept.astype(np.min_scalar_type(most))
        if end > len(self.kept):
            larger = np.empty(max(end, 2 * len(self.kept)), dtype=self.kept.dtype)
            larger[: self.size] = self.kept[: self.size]
            self.kept = larger
        self.kept[self.size : end] = values
        self.size = end

    @property
    def values(self) -> npt.NDArray[Any]:
        return self.kept[: self.size]
