"""Orientation of the Moon: rotations from the ICRF to a named lunar body frame.

Two kinds are read: numerically integrated librations (binary PCK kernels of the DE series, accurate
to about a metre on the surface) and the IAU series of 2015 (about 150 m off, but without an end and
without a file). Which one a result rests on stands in its attributes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S
from ilrs.sky.daf import read_daf
from ilrs.sky.kernels import package_file
from ilrs.sky.segments import (
    Segment,
    evaluate,
    read_segment,
    require_covered,
    span_text,
)

__all__ = ["MOON_SPIN_RAD_S", "ORIENTATIONS", "Orientation", "open_orientation"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Mean rotation of the Moon [rad/s]: 13.17635815 deg/d, Archinal et al. 2018, Table 2.
MOON_SPIN_RAD_S = float(np.radians(13.17635815)) / DAY_S
_ARCSECOND = np.pi / (180.0 * 3600.0)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A lunar frame fixed to integrated principal axes."""

    kernel_frame: int  # the number of the principal axes in the binary PCK
    turn_arcsec: tuple[float, float, float]  # from the named frame about z, y, x to those axes
    kernel: str  # the file that NAIF publishes for it


# DE421: Williams, Boggs & Folkner 2008 (JPL IOM 335-JW,DB,WF-20080314-001), as in NAIF's frames
# kernel moon_080317.tf. DE440 aligned to the ME frame of DE421: Park et al. 2021
# (doi:10.3847/1538-3881/abd414), as in moon_de440_220930.tf.
_DE421, _DE440 = "moon_pa_de421_1900-2050.bpc", "moon_pa_de440_200625.bpc"
_FRAMES = {
    "MOON_ME_DE421": _Frame(31006, (67.92, 78.56, 0.30), _DE421),
    "MOON_PA_DE421": _Frame(31006, (0.0, 0.0, 0.0), _DE421),
    "MOON_ME_DE440_ME421": _Frame(31008, (67.8526, 78.6944, 0.2785), _DE440),
    "MOON_PA_DE440": _Frame(31008, (0.0, 0.0, 0.0), _DE440),
}
_SERIES = "IAU_2015"

#: The names that `open_orientation` knows.
ORIENTATIONS = (*_FRAMES, _SERIES)

# Archinal et al. 2018, doi:10.1007/s10569-017-9805-5, Table 2: the arguments E1 to E13 (degrees,
# degrees per day) and their factors in right ascension (sin), declination (cos), meridian (sin).
_ARGUMENTS = np.array([
    (125.045, -0.0529921, -3.8787, 1.5419, 3.5610),
    (250.089, -0.1059842, -0.1204, 0.0239, 0.1208),
    (260.008, 13.0120009, 0.0700, -0.0278, -0.0642),
    (176.625, 13.3407154, -0.0172, 0.0068, 0.0158),
    (357.529, 0.9856003, 0.0, 0.0, 0.0252),
    (311.589, 26.4057084, 0.0072, -0.0029, -0.0066),
    (134.963, 13.0649930, 0.0, 0.0009, -0.0047),
    (276.617, 0.3287146, 0.0, 0.0, -0.0046),
    (34.226, 1.7484877, 0.0, 0.0, 0.0028),
    (15.134, -0.1589763, -0.0052, 0.0008, 0.0052),
    (119.743, 0.0036096, 0.0, 0.0, 0.0040),
    (239.961, 0.1643573, 0.0, 0.0, 0.0019),
    (25.053, 12.9590088, 0.0043, -0.0009, -0.0044),
])  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Orientation:
    """A named body frame of the Moon, as rotations from the ICRF."""

    name: str
    euler_rad: Callable[[FloatArray], FloatArray]  # epochs (n,) to angles about z, x, z: (3, n)
    to_frame: FloatArray  # (3, 3), from the axes of those angles to the named frame
    span_utc: str  # "no end" for a series

    def matrices(self, tdb_s: npt.ArrayLike) -> FloatArray:
        """Rotations from the ICRF to this frame, shape of `tdb_s` + (3, 3).

        Raises EphemerisRangeError outside the kernel's span.
        """
        epochs = np.asarray(tdb_s, dtype=np.float64)
        turned = self.component_matrices(np.ravel(epochs))
        return np.ascontiguousarray(np.moveaxis(turned, 2, 0)).reshape(*epochs.shape, 3, 3)

    def component_matrices(self, tdb_s: FloatArray) -> FloatArray:
        """The same rotations as arrays over time, (3, 3, n): row, column, epoch."""
        matrices = np.empty((3, 3, tdb_s.size))
        _rotations(self.euler_rad(tdb_s), self.to_frame, matrices)
        return matrices


def open_orientation(name: str = "MOON_ME_DE421", path: Path | str | None = None) -> Orientation:
    """The lunar frame called `name`, one of ORIENTATIONS.

    `path` names a binary PCK kernel that carries it; without one, DE421 comes from the installed
    package lunarsky. Raises IlrsError for an unknown name and for a kernel that is missing or
    carries other frames.
    """
    if name == _SERIES:
        if path is not None:
            raise IlrsError(
                f"{_SERIES} with the kernel {path}",
                f"{_SERIES} is a formula and reads no file",
                "Leave the path out, or name a frame of the kernel.",
            )
        return Orientation(name, iau_2015_euler_rad, np.eye(3), "no end")
    if name not in _FRAMES:
        raise IlrsError(
            f"no lunar orientation is called {name!r}",
            f"known are {', '.join(ORIENTATIONS)}",
            "Choose one of these.",
        )
    frame = _FRAMES[name]
    found = Path(path) if path is not None else _installed(name, frame)
    segments = _segments(found, name, frame)

    def euler_rad(tdb_s: FloatArray) -> FloatArray:
        require_covered(
            segments,
            tdb_s,
            subject=f"orientation {name}",
            kernel=found.name,
            mend=f"Shorten the span, or choose {_SERIES}, which has no end.",
        )
        return evaluate(segments, tdb_s)[0]

    return Orientation(name, euler_rad, _to_frame(frame), span_text(segments))


def _installed(name: str, frame: _Frame) -> Path:
    found = package_file("lunarsky", "data", "pck", frame.kernel)
    if found is None:
        carrier = "the package lunarsky" if frame.kernel == _DE421 else "no package that is known"
        raise IlrsError(
            f"{name} was asked without a kernel, and {frame.kernel} is not installed",
            f"{carrier} carries it; NAIF publishes it; {_SERIES} needs no file",
            f"Name the path of that file, or choose {_SERIES}.",
        )
    return found


def _segments(path: Path, name: str, frame: _Frame) -> tuple[Segment, ...]:
    daf = read_daf(path)
    carried = sorted({array.integers[0] for array in daf.arrays}) if daf.kind == "PCK" else []
    if frame.kernel_frame not in carried:
        raise IlrsError(
            f"{path.name} does not carry the axes of {name} (frame {frame.kernel_frame})",
            f"it is a {daf.kind} kernel with the frames {', '.join(map(str, carried)) or '(none)'}",
            f"Name {frame.kernel}, or choose another orientation.",
        )
    return tuple(
        read_segment(daf, array, data_type=array.integers[2])
        for array in reversed(daf.arrays)
        if array.integers[0] == frame.kernel_frame
    )


def _to_frame(frame: _Frame) -> FloatArray:
    """The constant rotation from the principal axes to the named frame."""
    angles_rad = -_ARCSECOND * np.array(frame.turn_arcsec)
    (cz, cy, cx), (sz, sy, sx) = np.cos(angles_rad), np.sin(angles_rad)
    z = np.array([(cz, sz, 0.0), (-sz, cz, 0.0), (0.0, 0.0, 1.0)])
    y = np.array([(cy, 0.0, -sy), (0.0, 1.0, 0.0), (sy, 0.0, cy)])
    x = np.array([(1.0, 0.0, 0.0), (0.0, cx, sx), (0.0, -sx, cx)])
    return np.asarray(x @ y @ z)


def iau_2015_euler_rad(tdb_s: FloatArray) -> FloatArray:
    """Angles about z, x, z that bring the ICRF to the Moon's mean axes, (3, n). [rad]

    Archinal et al. 2018, doi:10.1007/s10569-017-9805-5, Table 2.
    """
    days = tdb_s / DAY_S
    centuries = days / 36525.0
    start, rate, *factors = _ARGUMENTS.T
    argument = np.radians(start[:, None] + rate[:, None] * days)
    sine, cosine = np.sin(argument), np.cos(argument)
    right_ascension = 269.9949 + 0.0031 * centuries + factors[0] @ sine
    declination = 66.5392 + 0.0130 * centuries + factors[1] @ cosine
    meridian = 38.3213 + 13.17635815 * days - 1.4e-12 * days**2 + factors[2] @ sine
    return np.radians([90.0 + right_ascension, 90.0 - declination, meridian])


@compiled(makes_arrays=False)
def _rotations(euler_rad: FloatArray, to_frame: FloatArray, matrices: FloatArray) -> None:
    for j in range(euler_rad.shape[1]):
        cp, sp = np.cos(euler_rad[0, j]), np.sin(euler_rad[0, j])
        ct, st = np.cos(euler_rad[1, j]), np.sin(euler_rad[1, j])
        cw, sw = np.cos(euler_rad[2, j]), np.sin(euler_rad[2, j])
        x0, x1, x2 = cw * cp - sw * ct * sp, cw * sp + sw * ct * cp, sw * st
        y0, y1, y2 = -sw * cp - cw * ct * sp, -sw * sp + cw * ct * cp, cw * st
        z0, z1, z2 = st * sp, -st * cp, ct
        for row in range(3):
            a, b, c = to_frame[row, 0], to_frame[row, 1], to_frame[row, 2]
            matrices[row, 0, j] = a * x0 + b * y0 + c * z0
            matrices[row, 1, j] = a * x1 + b * y1 + c * z1
            matrices[row, 2, j] = a * x2 + b * y2 + c * z2
