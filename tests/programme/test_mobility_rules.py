"""The rules on vehicles and suits, each broken in an otherwise sound programme."""

import pytest

from tests.programme.folders import SOUND, Write, messages_of_check

MORE = "partners/CN/more.yaml"
ROVER = """\
elements:
  ROVER:
    facility: F3
    site: RIDGE
    arrives_on: M1
    mobility: {kind: rover, slope_limit: 20 deg, speed: 200 m/h}
    suit: {consumables: 8 h, reserve: 1 h, speed: 2 km/h, slope_limit: 25 deg}
"""


def found(write: Write, text: str) -> list[str]:
    return messages_of_check(write({**SOUND, MORE: text}))


def test_a_rover_and_a_suit_are_sound(write: Write) -> None:
    assert found(write, ROVER) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("speed: 200 m/h", "speed: 0 m/h", "6: elements.ROVER.mobility.speed: found 0 m/s; what"
         " moves is faster than 0. Correct it."),
        ("slope_limit: 20 deg", "slope_limit: 90 deg", "6: elements.ROVER.mobility.slope_limit:"
         " found 90 deg; a slope limit is above 0 and at most 60 deg. Correct it."),
        ("kind: rover", "kind: hopper, hops: 3", "6: elements.ROVER.mobility: a hopper without"
         " hop_range; a hopper has the range of one flight and fuel for some. Add `hop_range:`."),
        ("kind: rover", "kind: crewed_rover, hops: 3", "6: elements.ROVER.mobility: a crewed rover"
         " with hops; only a hopper hops. Remove hop_range and hops, or write kind: hopper."),
        ("kind: rover", "kind: rover, wake: 24 h", "6: elements.ROVER.mobility.wake: it wakes for"
         " 24 h and never sleeps; `wake` follows a darkness that it hibernates through, up to"
         " `sleep`. Add `sleep:`, or remove `wake:`."),
        ("reserve: 1 h", "reserve: 8 h", "7: elements.ROVER.suit.reserve: a reserve of 8 h of 8 h;"
         " the reserve is a part of what the suit holds. Lower the reserve."),
        ("speed: 2 km/h", "speed: 0 km/h", "7: elements.ROVER.suit.speed: found 0 m/s; what moves"
         " is faster than 0. Correct it."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(write: Write, old: str, new: str, message: str) -> None:
    assert found(write, ROVER.replace(old, new)) == [f"error {MORE}:{message}"]
