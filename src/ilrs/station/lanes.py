"""Places of quantities in the step loop's arrays: (element, field, lane), (bus, field, lane).

A lane is one life of the station; all arrays end with the axis of lanes.
"""

from numba import njit

#: Compiles a part of the step: called by compiled functions only, it needs no other way in.
step_part = njit(  # type: ignore[call-overload]
    cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)

#: Of an element in a lane. The first eight and those of its mode go on to the next step, as do
#: `is_present` and `is_alive` until rules have read them.
ELEMENT_FIELDS = (
    "energy_wh", "temperature_k", "held_bit", "health", "is_lost", "drawn_wh", "mode", "mode_s",
    "keep_w", "extra_w", "keep_bps", "work_bps", "is_on",
    "made_w", "free_k", "capacity_wh", "upper_w", "lower_w", "room_w", "radiated_w", "softness",
    "requested_w", "used_w", "heater_w", "made_bps", "sent_bit", "dropped_bit",
    "is_present", "is_alive", "is_able", "is_working",
)  # fmt: skip
(
    ENERGY, TEMPERATURE, HELD, HEALTH, LOST, DRAWN, MODE, MODE_S,
    KEEP, EXTRA, KEEP_BPS, WORK_BPS, ON,
    MADE, FREE, CAPACITY, UPPER, LOWER, ROOM, RADIATED, SOFTNESS,
    REQUESTED, USED, HEATER, BPS, SENT, DROPPED,
    PRESENT, ALIVE, ABLE, WORKING,
) = range(len(ELEMENT_FIELDS))  # fmt: skip

#: Of a bus in a lane: what its sources can still give, what is wanted and what arrived, in W.
BUS_FIELDS = (
    "made_w", "upper_w", "lower_w", "room_w", "wanted_w", "arrived_w", "left_w", "energy_wh",
    "capacity_wh", "up_w", "down_w", "offer_w", "want_w", "given_part", "granted_part",
)  # fmt: skip
(
    B_MADE, B_UPPER, B_LOWER, B_ROOM, B_WANTED, B_ARRIVED, B_LEFT, B_ENERGY,
    B_CAPACITY, B_UP, B_DOWN, B_OFFER, B_WANT, B_GIVEN, B_GRANTED,
) = range(len(BUS_FIELDS))  # fmt: skip

#: Of a lane in a step.
LANE_FIELDS = (
    "lost_wh", "spilled_w", "unserved_w", "made_w", "used_w", "held_wh", "before_wh", "worst",
)  # fmt: skip
L_LOST, L_SPILLED, L_UNSERVED, L_MADE, L_USED, L_HELD, L_BEFORE, L_WORST = range(len(LANE_FIELDS))
