"""Bars of survival: station-years a second by power alone and with heat and data, and memory."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.bar import Bar, bar
from benchmarks.station import polar_year, station
from ilrs.programme.entities import Element, Fault
from ilrs.station.lives import Design, design_of, live
from ilrs.station.tally import added, tally

CORES, LIVES, HOURS = 2, 1024, 8766
ELEMENTS = 30
POWER_ELEMENTS = 6  # as many of the reference station make, store and distribute power
FAULTS = [
    {"name": "dies", "rate": "2 %/y"},
    {"name": "part", "rate": "20 %/y", "repair": {"by": "spare", "time": "1 d"}},
    {"name": "upset", "rate": "50 %/y", "effect": "power_cycle", "outage": "6 h"},
]


def broken(elements: Sequence[Element]) -> list[Element]:
    """The elements with faults, the first three of them essential."""
    faults = tuple(Fault.model_validate(fault) for fault in FAULTS)
    return [
        element.model_copy(update={"faults": faults, "spares": 2, "essential": k < 3})
        for k, element in enumerate(elements)
    ]


def power_alone(elements: Sequence[Element]) -> list[Element]:
    """The same elements without nodes, links and data."""
    return [
        element.model_copy(
            update={
                "thermal": None, "links": (), "data_store_bit": 0.0,
                "modes": {
                    name: mode.model_copy(update={"data_bps": 0.0})
                    for name, mode in element.modes.items()
                },
            }
        )
        for element in elements
    ]  # fmt: skip


def designed(count: int, *, heat_and_data: bool) -> Design:
    elements = broken(station(count))
    chosen = elements if heat_and_data else power_alone(elements)
    return design_of(chosen, environment=polar_year(), seed=1, steps_per_year=HOURS)


def station_years_a_second(design: Design) -> float:
    """On two cores, as twice what one core does in its own time; warm."""
    live(design, first_lane=0, lanes=128)
    begin = time.process_time()
    live(design, first_lane=0, lanes=LIVES)
    return CORES * LIVES / (time.process_time() - begin)


@bar
def survive_power() -> Bar:
    rate, few = (
        station_years_a_second(designed(count, heat_and_data=False))
        for count in (ELEMENTS, POWER_ELEMENTS)
    )
    return Bar("survival, power alone", rate, 2000.0, "station-years/s", ">=",
               note=f"{ELEMENTS} elements with faults, hourly, 2 cores; "
               f"{few:.0f} of {POWER_ELEMENTS} elements")  # fmt: skip


@bar
def survive_heat_and_data() -> Bar:
    rate = station_years_a_second(designed(ELEMENTS, heat_and_data=True))
    return Bar("survival, with heat and data", rate, 300.0, "station-years/s", ">=",
               note=f"{ELEMENTS} elements with faults, hourly, 2 cores")  # fmt: skip


@bar
def survive_memory() -> Bar:
    """Peak memory for eight times as many lives over that for the fewer ones."""
    few, many = (_peak(lives) for lives in (512, 4096))
    return Bar("survival, memory for 8 times the lives", many / few, 1.05, "times", "<=",
               note=f"{many:.0f} MB for 4096 lives of a year")  # fmt: skip


def _peak(lives: int) -> float:
    """Peak memory of a process that counts so many lives in tasks. [MB]"""
    code = f"from benchmarks.bars_survival import count; print(count({lives}))"
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
    )  # fmt: skip
    return float(told.stdout)


def count(lives: int) -> float:
    """Counts so many lives and gives this process's peak memory. [MB]"""
    design = designed(POWER_ELEMENTS, heat_and_data=False)
    added(tally(design, live(design, first_lane=k, lanes=128)) for k in range(0, lives, 128))
    scale = 1e6 if sys.platform == "darwin" else 1e3  # macOS counts bytes, Linux kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
