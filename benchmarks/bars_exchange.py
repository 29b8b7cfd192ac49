"""Bars of exchanged orbits: states of an OEM read per core-second."""

import gc
import importlib.metadata
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.bar import Bar, bar
from ilrs.orbits.kepler import Orbit
from ilrs.orbits.oem import read_oem
from ilrs.orbits.oem_write import write_oem
from ilrs.orbits.trajectory import kepler_trajectory

COUNT, STEP_S, START_S = 10_000, 60.0, 8.0e8


def write_states(path: Path) -> None:
    """An OEM of 10,000 states of a polar orbit at 100 km."""
    orbit = Orbit(semi_major_axis_m=1.8374e6, eccentricity=0.01, inclination_deg=90.0)
    span = (START_S, START_S + STEP_S * (COUNT - 1))
    way = kepler_trajectory(orbit, span, name="A", epoch_tdb_s=START_S, to_icrf=np.eye(3))
    write_oem(path, way, step_s=STEP_S)


def states_per_second(read: Callable[[Path], object], path: Path) -> float:
    """States read per core-second, median of five after one that imports and compiles."""
    read(path)
    took = []
    for _ in range(5):
        gc.collect()
        begin = time.process_time()
        read(path)
        took.append(time.process_time() - begin)
    return COUNT / sorted(took)[2]


def peers(path: Path) -> str:
    """What others read per core-second, where they install."""
    told = []
    try:
        from oem import OrbitEphemerisMessage  # noqa: PLC0415 - a peer that need not be installed

        told.append(f"oem {states_per_second(OrbitEphemerisMessage.open, path):,.0f}")
    except ImportError:
        told.append("oem not installed")
    try:  # under the GPL: measured where somebody has installed it, and never a dependency
        from ccsds_ndm.ndm_io import NdmIo  # noqa: PLC0415 - as above

        version = importlib.metadata.version("ccsds-ndm")
        told.append(f"ccsds-ndm {version} {states_per_second(NdmIo().from_path, path):,.0f}")
    except ImportError:
        told.append("ccsds-ndm not installed")
    return ", ".join(told)


@bar
def oem_states() -> Bar:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states.oem"
        write_states(path)
        measured, beside = states_per_second(read_oem, path), peers(path)
    return Bar("OEM of 10,000 states read", measured, 60_000.0, "states/s", ">=", beside)
