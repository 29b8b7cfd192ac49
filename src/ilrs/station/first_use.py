"""The step loop's first use on a machine: compiled in a process of its own, beside other work.

Numba compiles one function at a time in a process. The loop takes as long as all other kernels of a
run together, so a run that has a second core begins with it and comes to it when it is ready.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ilrs.station.batch import run_steps
from ilrs.station.kernel import run_lanes
from ilrs.station.rows import (
    ASKERS,
    BUSES,
    ELEMENTS,
    EXPERIMENTS,
    FEEDS,
    LINKS,
    MODES,
    RULES,
    SPANS,
    Forcing,
    StationArrays,
)  # fmt: skip

__all__ = ["compile_loop", "is_loop_kept", "loop_compiled_beside"]

# A compiler makes much cyclic garbage, and looking for it took a sixth of the time.
_COMMAND = f"import gc; gc.disable(); from {__name__} import compile_loop; compile_loop()"


def is_loop_kept() -> bool:
    """Whether a compiled loop lies on disk, be it of this version or of an older one."""
    folder = Path(str(run_lanes.stats.cache_path))
    return any(folder.glob(f"*.{run_lanes.py_func.__name__}-*.nbi"))


def compile_loop() -> None:
    """Compiles the loop, or loads it where it is kept: no step of a station that does nothing."""
    nothing = np.zeros(0, np.int64)
    arrays = StationArrays(
        elements=np.zeros(1, ELEMENTS), buses=np.zeros(1, BUSES), cables=("",),
        modes=np.zeros(1, MODES), rules=np.zeros(0, RULES), spans=np.zeros(1, SPANS),
        by_priority=np.zeros(1, np.int64), links=np.zeros(0, LINKS),
        experiments=np.zeros(0, EXPERIMENTS), askers=np.zeros(0, ASKERS),
    )  # fmt: skip
    forcing = Forcing(
        table=np.zeros((0, 1)), feeds=np.zeros(1, FEEDS), links=nothing, plan=nothing, rules=nothing
    )
    run_steps(
        arrays, forcing, start_k=np.zeros(1), step_s=3600.0,
        reserve_state_of_charge=0.5, heater_margin_k=5.0,
    )  # fmt: skip


@contextmanager
def loop_compiled_beside() -> Iterator[None]:
    """Within, another process compiles the loop where it never was; the end waits for it.

    Should that process fail, the loop compiles when it is called, as it would without.
    """
    if is_loop_kept() or (os.cpu_count() or 1) < 2:
        yield
        return
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMAND], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
        process.wait()
    finally:  # a fault or Ctrl-C within leaves no process behind
        process.kill()
        process.wait()
