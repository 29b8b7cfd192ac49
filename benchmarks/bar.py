"""What a bar is, and the register of all bars; each package's bars stand in `bars_<package>.py`."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["BARS", "Bar", "bar", "seconds"]


@dataclass(frozen=True)
class Bar:
    """One measured bar; `peer` names the peer and its figure from the same run."""

    name: str
    measured: float
    limit: float
    unit: str
    comparison: str  # "<=" or ">="
    peer: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the measured figure is on the good side of the limit."""
        if self.comparison == "<=":
            return self.measured <= self.limit
        return self.measured >= self.limit


BARS: dict[str, Callable[[], Bar]] = {}


def bar(function: Callable[[], Bar]) -> Callable[[], Bar]:
    """Registers a function that measures one bar, by its name with hyphens."""
    BARS[function.__name__.replace("_", "-")] = function
    return function


def seconds(command: list[str], *, runs: int = 3, **kwargs: object) -> float:
    """Median wall seconds of a command; its output is thrown away."""
    walls = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True, **kwargs)  # type: ignore[call-overload]
        walls.append(time.perf_counter() - begin)
    return sorted(walls)[len(walls) // 2]
