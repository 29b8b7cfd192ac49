"""What is declared of orbits: elements, how well they are known, cameras, antennas on Earth."""

from typing import Annotated, Literal

from pydantic import Field

from ilrs.programme.keys import DeclaredModel as _Declared
from ilrs.programme.types import Degrees, Metres, MetresPerDay, Seconds, Utc

__all__ = ["Camera", "GroundAntenna", "LaterOrbit", "OrbitElements", "OrbitUncertainty"]


class OrbitUncertainty(_Declared):
    """How well a craft's place is known: one sigma away from the Moon, ahead, and across its way.

    The figures hold where the orbit's elements do, and grow before and after.
    """

    radial_m: Metres | None = None
    along_m: Metres | None = None
    cross_m: Metres | None = None
    radial_growth_m_d: MetresPerDay = 0.0
    along_growth_m_d: MetresPerDay = 0.0
    cross_growth_m_d: MetresPerDay = 0.0
    oem: str | None = None  # an ephemeris file with covariances, in place of the figures


class OrbitElements(_Declared):
    """A lunar orbit by altitudes above the 1737.4 km sphere and angles in a named frame."""

    periapsis_altitude_m: Metres
    apoapsis_altitude_m: Metres
    inclination_deg: Degrees
    ascending_node_deg: Degrees = 0.0
    argument_of_periapsis_deg: Degrees = 90.0
    mean_anomaly_deg: Degrees = 0.0
    frame: Literal["EARTH_ORBIT_PLANE", "MOON_EQUATOR"] = "EARTH_ORBIT_PLANE"
    epoch: Utc | None = None  # the scenario's start when left out
    is_held: bool = False  # manoeuvres keep the elements; else the orbit drifts as gravity wants
    uncertainty: OrbitUncertainty | None = None


class LaterOrbit(OrbitElements):
    """An orbit that a craft changes to, some time after it has reached its first one."""

    after_s: Seconds


class Camera(_Declared):
    """A line camera that looks down from orbit, and how far its craft may roll for it."""

    half_field_deg: Degrees  # half the field of view across the track
    pixel_deg: Degrees  # angle of one pixel
    most_roll_deg: Degrees = 0.0


class GroundAntenna(_Declared):
    """An antenna on Earth, by geodetic coordinates."""

    name: str = ""  # the element's id when left out
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Degrees, Field(ge=-360, le=360)]
    height_m: Metres = 0.0  # above the WGS84 ellipsoid
    diameter_m: Metres | None = None
    mask_deg: Degrees = 10.0  # lowest elevation that it uses
