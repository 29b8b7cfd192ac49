"""Data of an element: when Earth is reached, and a store that fills, empties and overflows.

Not here yet: rates that follow the distance, contacts shared between users of one relay, a relay's
own store and downlink.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["earth_link_open", "store_after", "useful_rate_bps"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def earth_link_open(
    earth_visible_fraction: Values, earth_elevation_deg: Values, *, mask_deg: float
) -> BoolArray:
    """Whether a direct link to Earth can work: over half of its disc in view, above the mask."""
    visible = np.asarray(earth_visible_fraction, dtype=np.float64) > 0.5
    return np.asarray(visible & (np.asarray(earth_elevation_deg) > mask_deg))


def useful_rate_bps(rate_bps: Values, *, frame_loss: Values) -> FloatArray:
    """Rate at which bits arrive once, where lost frames are sent again. [bit/s] Any shape.

    Selective repeat sends each frame 1 / (1 - p) times on average: Bertsekas and Gallager, Data
    Networks, section 2.4. The sender draws its power for all of them.
    """
    return np.asarray(np.asarray(rate_bps, dtype=np.float64) * (1.0 - np.asarray(frame_loss)))


def store_after(
    stored_bit: Values,
    made_bit: Values,
    *,
    most_sent_bit: Values,
    data_store_bit: Values,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Bits held after a step, sent in it, and dropped because the store was full. [bit]

    Bits made in a step can be sent in the same step; what then exceeds the store is dropped. Any
    shape.
    """
    there = np.asarray(stored_bit, dtype=np.float64) + made_bit
    sent = np.minimum(there, most_sent_bit)
    held = np.minimum(there - sent, data_store_bit)
    return np.asarray(held), np.asarray(sent), np.asarray(there - sent - held)
