"""Small messages for the tests: ten states of a circular orbit, one a minute."""

import numpy as np

from ilrs.orbits.kepler import Orbit
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory

T0 = 9.5e8


def circular(name: str = "A", *, hours: float = 3.0, start_s: float = T0, **elements) -> Trajectory:
    """A polar two-body orbit of 1,900 km radius."""
    orbit = Orbit(
        **{"semi_major_axis_m": 1.9e6, "eccentricity": 0.0, "inclination_deg": 90.0, **elements}
    )
    span = (start_s, start_s + 3600.0 * hours)
    return kepler_trajectory(orbit, span, name=name, epoch_tdb_s=T0, to_icrf=np.eye(3))


META = {
    "OBJECT_NAME": "A", "OBJECT_ID": "2030-001A", "CENTER_NAME": "MOON", "REF_FRAME": "ICRF",
    "TIME_SYSTEM": "UTC", "START_TIME": "2030-01-01T00:00:00", "STOP_TIME": "2030-01-01T00:09:00",
}  # fmt: skip
HEAD = ["CCSDS_OEM_VERS = 2.0", "CREATION_DATE = 2030-01-01T00:00:00", "ORIGINATOR = TEST"]


def state_lines(count: int = 10) -> list[str]:
    """Lines of states on a circle in the x-y plane."""
    angle = 9e-4 * 60.0 * np.arange(count)
    return [
        f"2030-01-01T00:{k:02d}:00 {1900 * np.cos(a):.9f} {1900 * np.sin(a):.9f} 0.0 "
        f"{-1.71 * np.sin(a):.12f} {1.71 * np.cos(a):.12f} 0.0"
        for k, a in enumerate(angle)
    ]


def oem_lines(meta: dict[str, str] | None = None, *, states: list[str] | None = None) -> list[str]:
    """The lines of an OEM of one segment; line 4 is META_START, line 13 the first state."""
    pairs = [f"{key} = {value}" for key, value in (META if meta is None else meta).items()]
    return [
        *HEAD,
        "META_START",
        *pairs,
        "META_STOP",
        *(state_lines() if states is None else states),
    ]
