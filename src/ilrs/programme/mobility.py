"""What files say about moving over the Moon: vehicles, what they bear, and suits."""

from typing import Literal

from pydantic import Field

from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import Degrees, Metres, MetresPerSecond, Seconds, WattHours, Watts

__all__ = ["Mobility", "Suit"]

DriveCondition = Literal["sunlit", "earth_in_view", "relay_in_view", "in_contact"]


class Mobility(DeclaredModel):
    """How an element moves over ground, what that draws, and how long it bears the dark.

    Between level ground and the slope limit, speed and power change in proportion to the slope
    along the way; downhill it draws what it draws on level ground.
    """

    kind: Literal["rover", "hopper", "crewed_rover"]
    slope_limit_deg: Degrees  # of the ground it drives over or lands on
    speed_m_s: MetresPerSecond  # on level ground; of a hopper over the ground it flies across
    speed_at_limit_m_s: MetresPerSecond | None = None  # at the slope limit; as level when left out
    drive_power_w: Watts = 0.0  # on level ground, all that is drawn while driving
    drive_power_at_limit_w: Watts | None = None  # uphill at the limit; as level when left out
    wait_power_w: Watts = 0.0  # standing still, awake, heaters among it
    sleep_power_w: Watts = 0.0  # hibernating, heaters among it
    array_power_w: Watts = 0.0  # made while the Sun is in view
    battery_wh: WattHours | None = None  # usable; of the element's storage when left out
    drives_when: tuple[DriveCondition, ...] = ("sunlit",)  # all of them; in_contact: Earth or relay
    sleep_s: Seconds = 0.0  # longest darkness that it survives hibernating; 0: it cannot
    wake_s: Seconds = 0.0  # of light, after such a darkness, before it drives
    hop_range_m: Metres | None = None  # of one flight
    hops: int = Field(default=0, ge=0)  # that its fuel is good for


class Suit(DeclaredModel):
    """A suit for work outside, and how fast people walk in it."""

    consumables_s: Seconds  # that oxygen, cooling and power last for
    reserve_s: Seconds  # of it that is never planned with
    speed_m_s: MetresPerSecond  # walking on level ground
    speed_at_limit_m_s: MetresPerSecond | None = None  # at the slope limit; as level when left out
    slope_limit_deg: Degrees
