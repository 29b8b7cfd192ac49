"""What the step loop reads: the station as flat arrays, and what acts on it.

Nothing here knows of programmes: who compiles the loop beside a run need not load them.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "ASKERS", "BUSES", "ELEMENTS", "EVENTS", "EXPERIMENTS", "FEEDS", "LINKS", "MODES", "RULES",
    "SPANS", "Forcing", "StationArrays",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

#: One row per element. Absent parts stand as numbers that do nothing: no store has no capacity.
ELEMENTS = np.dtype(
    [
        ("bus", "i8"),
        ("has_work", "?"),
        ("has_source", "?"),  # an array or a generator
        ("is_steered", "?"),  # a generator that starts up, ramps or follows its load
        ("start_up_steps", "f8"),
        ("ramp_fraction", "f8"),  # of full power, that it changes by in a step
        ("least_fraction", "f8"),
        ("starts_cold", "?"),
        ("capacity_wh", "f8"),
        ("floor_fraction", "f8"),
        ("start_wh", "f8"),
        ("kept_fraction", "f8"),  # of stored energy over a step, by self-discharge
        ("aged_fraction", "f8"),  # of the capacity after a step, by time
        ("fade_per_wh", "f8"),  # of the capacity, by energy drawn
        ("charge_power_w", "f8"),
        ("discharge_power_w", "f8"),
        ("charge_efficiency", "f8"),
        ("taper_above", "f8"),  # state of charge; 1 for none
        ("discharge_efficiency", "f8"),
        ("has_node", "?"),
        ("left_fraction", "f8"),  # of a temperature difference after a step
        ("gain_k_w", "f8"),  # warming after a step per heat of the step
        ("per_gain_w_k", "f8"),
        ("radiator_area_m2", "f8"),
        ("radiator_emissivity", "f8"),
        ("louver_closed_k", "f8"),
        ("louver_open_k", "f8"),
        ("louver_closed_fraction", "f8"),
        ("heater_power_w", "f8"),
        ("warm_when_off", "f8"),  # 1 where the heater works while the element is off
        ("survival_minimum_k", "f8"),
        ("survival_maximum_k", "f8"),
        ("operating_minimum_k", "f8"),
        ("operating_maximum_k", "f8"),
        ("has_data", "?"),  # makes, keeps, sends or hands over data
        ("data_store_bit", "f8"),
        ("gateway", "i8"),  # the element that sends this one's data; -1 for none
        ("gateway_bps", "f8"),
    ],
    align=True,
)
LINKS = np.dtype([("element", "i8"), ("rate_bps", "f8"), ("power_w", "f8")])
EXPERIMENTS = np.dtype(
    [("element", "i8"), ("data_bps", "f8"), ("power_w", "f8"), ("rank", "f8")]  # as in MODES
)
#: What an element draws and makes in a mode; the first of an element is that of work as served.
MODES = np.dtype(
    [
        ("keep_w", "f8"),
        ("extra_w", "f8"),  # of work, beyond keep-alive
        ("keep_bps", "f8"),
        ("work_bps", "f8"),
        ("is_on", "f8"),  # 1 where it works and carries experiments
        ("rests_from", "f8"),  # rank of the station's research that rests meanwhile
    ]
)
#: When an element changes its mode; what is not declared holds always.
RULES = np.dtype(
    [
        ("from_modes", "i8"),  # bits
        ("to", "i8"),
        ("of", "i8"),  # the element whose charge, temperature and health are asked
        ("charge_above", "f8"),
        ("charge_below", "f8"),
        ("has_temperature", "?"),
        ("temperature_above_k", "f8"),
        ("temperature_below_k", "f8"),
        ("health_above", "f8"),
        ("health_below", "f8"),
        ("after_s", "f8"),  # in the mode it leaves
        ("is_starved", "?"),
    ],
    align=True,
)
#: Where an element's rules stand, up to the last but not with it, and the first of its modes.
SPANS = np.dtype([("first_rule", "i8"), ("last_rule", "i8"), ("first_mode", "i8")])
#: Who asks for power beyond keep-alive, in the order of service.
ASKERS = np.dtype([("kind", "i8"), ("index", "i8")])
#: A bus: the bus before it that its cable leads to, or -1, and what that cable carries either way.
BUSES = np.dtype([("parent", "i8"), ("limit_w", "f8"), ("loss_per_w", "f8")])
#: Which columns of a forcing's table act on an element.
FEEDS = np.dtype(
    [
        ("made_w", "i8"),  # power that could be made
        ("steered_w", "i8"),  # full power of a generator that starts up, ramps or follows its load
        ("generator_heat_w", "i8"),
        ("radioisotope_w", "i8"),  # heat of heater units
        ("absorbed_w", "i8"),  # sunlight on the body, and heat that is brought in besides
        ("load_w", "i8"),  # keep-alive power beyond that of the mode
        ("sink_k", "i8"),
    ]
)
#: From a step on, so much is left of an element's ability in a lane.
EVENTS = np.dtype([("step", "i8"), ("lane", "i8"), ("element", "i8"), ("health", "f8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class StationArrays:
    """Sizes of a station, frozen: one row per element, bus, link, experiment, asker and rule."""

    elements: Rows
    buses: Rows  # each after the one that its cable leads to
    cables: tuple[str, ...]  # of each bus, by the elements that its cable joins; "" for none
    modes: Rows  # element by element, the first as it begins
    rules: Rows  # element by element, the first that holds is followed
    spans: Rows  # element
    by_priority: IntArray  # elements, kept alive first to last
    links: Rows
    experiments: Rows
    askers: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Forcing:
    """Power that could be made, heat, open links and the plan: each series once, and for whom.

    Elements alike share their series. What reads as an array has the second axis time.
    """

    table: FloatArray  # time, series
    feeds: Rows  # element; of FEEDS
    links: IntArray  # link; the series of the part of the step in which it is open
    plan: IntArray  # experiment
    rules: IntArray  # rule; a series of 1 where its surroundings are as it says

    def _of_elements(self, name: str) -> FloatArray:
        return self.table[:, self.feeds[name]].T

    @property
    def made_w(self) -> FloatArray:
        """Power that each element could make, its generator at full power. [W]"""
        return self._of_elements("made_w") + self._of_elements("steered_w")

    @property
    def generator_heat_w(self) -> FloatArray:
        """Waste heat of each element's generator. [W]"""
        return self._of_elements("generator_heat_w")

    @property
    def radioisotope_w(self) -> FloatArray:
        """Heat of each element's heater units. [W]"""
        return self._of_elements("radioisotope_w")

    @property
    def absorbed_w(self) -> FloatArray:
        """Sunlight that each element's body takes in, and heat that is brought in. [W]"""
        return self._of_elements("absorbed_w")

    @property
    def sink_k(self) -> FloatArray:
        """What each element's node loses heat to. [K]"""
        return self._of_elements("sink_k")

    @property
    def link_open(self) -> FloatArray:
        """Part of each step in which each link can work. [1]"""
        return self.table[:, self.links].T

    @property
    def planned_fraction(self) -> FloatArray:
        """Part of each step in which each experiment is to run. [1]"""
        return self.table[:, self.plan].T
