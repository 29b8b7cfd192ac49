"""State of the step loop: rows of elements and buses, each quantity for lives side by side.

A lane is one life of the station. The number of lanes is part of the layout, so that the compiler
knows how far quantities lie apart; a run may fill fewer of them.
"""

from typing import Any

import numpy as np

from ilrs.foundation.compiled import compiled_part

__all__ = [
    "BUS", "ELEMENT", "EXPERIMENT", "LANES", "LINK", "LOWER", "MADE", "PART", "SUMS", "UNIT",
    "UPPER", "WORK", "loop_part", "step_part",
]  # fmt: skip

#: Lives that are run side by side: enough for the compiler, few enough for the cache. No power of
#: two: quantities that lie so far apart would share places of the cache.
LANES = 68

#: What may ask for power once all are kept alive: work of an element, a link, an experiment.
WORK, LINK, EXPERIMENT = range(3)

#: Compiles a part of the step: a function that only compiled functions call.
step_part: Any = compiled_part(makes_arrays=False)

#: Writes a part of the step into the loop, which calls it once: what is a function of its own is
#: made fast by itself and again within whatever calls it.
loop_part: Any = compiled_part(makes_arrays=False, inline="always")


def _of_lanes(*names: str) -> list[tuple[Any, ...]]:
    return [(name, "f8", (LANES,)) for name in names]


#: An element. The first eight and those of its mode go on to the next step, as do `is_present` and
#: `is_alive` until rules have read them; the last two are kept for the run.
ELEMENT = np.dtype(
    [
        *_of_lanes(
            "energy_wh", "temperature_k", "held_bit", "health", "is_lost", "drawn_wh", "mode",
            "mode_s",
            "keep_w", "extra_w", "keep_bps", "work_bps", "is_on",
            "made_w", "free_k", "capacity_wh", "upper_w", "lower_w", "room_w", "radiated_w",
            "softness", "requested_w", "used_w", "heater_w", "made_bps", "sent_bit",
            "dropped_bit", "is_present", "is_alive", "is_able", "is_working",
            "lowest_margin_k",
        ),
        ("lost_step", "i8", (LANES,)),
    ]
)  # fmt: skip

#: Kinds of sources of a bus, in the order in which they serve. No Python integers: the compiler
#: makes a function anew for each of those that it is called with.
MADE, UPPER, LOWER = np.arange(3)
#: A bus: what its sources can still give, what is wanted and what arrived, in W.
BUS = np.dtype(
    [
        ("source_w", "f8", (3, LANES)),
        *_of_lanes(
            "upper_all_w", "lower_all_w", "room_w", "wanted_w", "arrived_w", "left_w",
            "energy_wh", "capacity_wh", "up_w", "down_w", "offer_w", "want_w", "given_part",
            "granted_part", "keep_w", "extra_w", "used_w", "served_steps",
            "shed_steps",
        ),
    ]
)  # fmt: skip

#: The whole station in a step.
SUMS = np.dtype(
    _of_lanes(
        "lost_wh", "spilled_w", "spared_w", "unserved_w", "made_w", "used_w", "held_wh",
        "before_wh", "worst", "rests_from",
    )
)  # fmt: skip

#: A steered generator: its power in the step, the least and most that it could have been, the most
#: if its ramp did not hold, and the steps since it was started.
UNIT = np.dtype(_of_lanes("output_w", "least_w", "most_w", "full_w", "ran_steps"))

#: The part of a step in which a link or an experiment was served.
PART = np.dtype(_of_lanes("part"))
