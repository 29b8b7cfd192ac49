"""The Sun's disc in detail: darkened towards its limb, cut by terrain, covered by the Earth.

Darkening is the linear law I(mu) / I(1) = 1 - u (1 - mu), mu the cosine of the angle between the
line of sight and the solar vertical. u = 0.6 is the grey atmosphere in Eddington's approximation,
for the whole spectrum (Milne 1921, doi:10.1093/mnras/81.5.361); visible light is darkened a little
more. Earth is a sphere without air: the red light that its air bends into the shadow (1e-4 of the
Sun and less) is not counted, nor the percent or two by which the air widens the shadow.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg as on_circle_deg
from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at
from ilrs.moon.light import solar_irradiance_w_m2

__all__ = [
    "LIMB_DARKENING",
    "darkened_disc_fraction",
    "earth_offset_deg",
    "sun_light",
    "sun_uncovered_fraction",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Coefficient u of the linear law for the Sun's whole spectrum.
LIMB_DARKENING = 0.6

_STRIPS = 31  # as in ilrs.moon.light


def sun_light(
    directions: xr.Dataset,
    *,
    profile: xr.Dataset,
    mast_height_m: float,
    limb_darkening: float = LIMB_DARKENING,
    earth_covers: bool = True,
) -> xr.Dataset:
    """Sunlight at a mast over time, on the dimension `time` of `directions`.

    `sun_visible_fraction`: part of the Sun's light that passes the terrain and the Earth [1];
    `sun_uncovered_fraction`: part that passes the Earth, were there no terrain [1];
    `sunlight_w_m2`: irradiance facing the Sun, at its true distance [W m-2]. `directions` are those
    of `ilrs.sky.directions.site_directions`; without `earth_covers` eclipses are left out. Parts
    hold to 0.002, to 0.03 (half of the broadest strip) while terrain and Earth cut the disc at
    once: upright strips do not follow Earth's limb where that stands upright. Raises IlrsError for
    a darkening off 0 to 1 and for a mast that the profile does not enclose.
    """
    offsets, halves, _ = _strips()
    azimuth = directions["sun_azimuth_deg"].values
    elevation = directions["sun_elevation_deg"].values
    radius = directions["sun_angular_radius_deg"].values
    # A degree of azimuth shrinks with elevation; near the zenith no horizon is left to meet.
    across_deg = radius / np.maximum(np.cos(np.radians(elevation)), 1e-3)
    cuts = np.array(
        [
            (horizon_at(profile, on_circle_deg(azimuth + offset * across_deg),
                        mast_height_m=mast_height_m) - elevation) / radius
            for offset in offsets
        ]
    )  # fmt: skip
    cover = _earth_cover(directions)
    if not earth_covers:
        cover[2] = 0.0
    seen = _light_of_strips(cuts, limb_darkening, cover=cover)
    uncovered = sun_uncovered_fraction(
        np.hypot(cover[0], cover[1]),
        sun_angular_radius_deg=1.0,
        earth_angular_radius_deg=cover[2],
        limb_darkening=limb_darkening,
    )
    seen = np.where((cuts <= -halves[:, None]).all(axis=0), uncovered, seen)
    flux = seen * solar_irradiance_w_m2(directions["sun_distance_m"].values)
    return xr.Dataset(
        {
            "sun_visible_fraction": (
                "time", seen,
                {"units": "1", "long_name": "part of the Sun's light past terrain and Earth"},
            ),
            "sun_uncovered_fraction": (
                "time", uncovered,
                {"units": "1", "long_name": "part of the Sun's light past the Earth alone"},
            ),
            "sunlight_w_m2": (
                "time", flux,
                {"units": "W m-2", "long_name": "direct sunlight on a surface facing the Sun"},
            ),
        },
        coords=directions.coords,
        attrs=directions.attrs | {"limb_darkening": limb_darkening},
    )  # fmt: skip


def darkened_disc_fraction(
    elevation_above_horizon_deg: npt.ArrayLike,
    angular_radius_deg: npt.ArrayLike,
    *,
    limb_darkening: float = LIMB_DARKENING,
) -> FloatArray:
    """Part of a limb-darkened disc's light above a straight horizon, 0 to 1. [1]

    Exact: the linear law is an even disc and one as bright as mu, whose light above a cut is the
    volume of a hemisphere beside a plane; the arguments broadcast. Raises IlrsError for a darkening
    off 0 to 1.
    """
    _check_darkening(limb_darkening)
    height = np.asarray(elevation_above_horizon_deg, dtype=np.float64)
    x = np.clip(height / np.asarray(angular_radius_deg, dtype=np.float64), -1.0, 1.0)
    even = 0.5 + (x * np.sqrt(1.0 - x * x) + np.arcsin(x)) / np.pi
    hemisphere = 0.5 + 0.25 * x * (3.0 - x * x)  # light of a disc as bright as mu
    share = (2.0 / 3.0) * limb_darkening / (1.0 - limb_darkening / 3.0)
    return np.asarray((1.0 - share) * even + share * hemisphere)


def sun_uncovered_fraction(
    separation_deg: npt.ArrayLike,
    *,
    sun_angular_radius_deg: npt.ArrayLike,
    earth_angular_radius_deg: npt.ArrayLike,
    limb_darkening: float = LIMB_DARKENING,
) -> FloatArray:
    """Part of the Sun's light that a disc in front of it leaves, by the centres' separation. [1]

    The arrays broadcast. Right to 0.002. Raises IlrsError for a darkening off 0 to 1.
    """
    separation, sun, earth = np.broadcast_arrays(
        *(
            np.asarray(value, dtype=np.float64)
            for value in (separation_deg, sun_angular_radius_deg, earth_angular_radius_deg)
        )
    )
    # Upright strips follow the cover's limb where the cover comes from above.
    cover = np.stack([np.zeros_like(sun), separation / sun, earth / sun])
    open_sky = np.full((_STRIPS, *sun.shape), -1.0)
    return _light_of_strips(open_sky, limb_darkening, cover=cover)


def earth_offset_deg(directions: xr.Dataset) -> tuple[FloatArray, FloatArray]:
    """Offset of Earth's centre from the Sun's, to the right and up, in the plane of the sky. [deg]

    Orthographic: right to 1e-4 of itself within a degree of the Sun; its length is 180 / pi where
    the Earth stands at right angles to the Sun and falls again beyond.
    """
    turn = np.radians(directions["earth_azimuth_deg"].values - directions["sun_azimuth_deg"].values)
    sun = np.radians(directions["sun_elevation_deg"].values)
    earth = np.radians(directions["earth_elevation_deg"].values)
    right = np.cos(earth) * np.sin(turn)
    up = np.sin(earth) * np.cos(sun) - np.cos(earth) * np.sin(sun) * np.cos(turn)
    return np.degrees(right), np.degrees(up)


def _earth_cover(directions: xr.Dataset) -> FloatArray:
    """Earth's centre and radius in radii of the Sun: (3, epochs); far away when behind."""
    right, up = earth_offset_deg(directions)
    sun = np.radians(directions["sun_elevation_deg"].values)
    earth = np.radians(directions["earth_elevation_deg"].values)
    turn = np.radians(directions["earth_azimuth_deg"].values - directions["sun_azimuth_deg"].values)
    ahead = np.sin(sun) * np.sin(earth) + np.cos(sun) * np.cos(earth) * np.cos(turn) > 0.0
    radius = directions["sun_angular_radius_deg"].values
    size = directions["earth_angular_radius_deg"].values
    return np.stack([np.where(ahead, right, 90.0) / radius, up / radius, size / radius])


def _strips() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places, half heights (in radii) and shares of the strips: Gauss-Chebyshev, second kind."""
    angle = np.arange(1, _STRIPS + 1) * np.pi / (_STRIPS + 1)
    return np.cos(angle), np.sin(angle), 2.0 / (_STRIPS + 1) * np.sin(angle) ** 2


def _light_of_strips(cuts: FloatArray, limb_darkening: float, *, cover: FloatArray) -> FloatArray:
    """Part of the light above the cuts (strips, …; in radii from the centre) and off the cover."""
    _check_darkening(limb_darkening)
    light, whole = np.zeros(cuts.shape[1:]), 0.0
    for cut, offset, half, share in zip(cuts, *_strips(), strict=True):

        def below(height: FloatArray, half: float = half) -> FloatArray:
            return _light_below(np.clip(height / half, -1.0, 1.0), half, limb_darkening)

        top = below(np.array(1.0))
        seen = top - below(cut)
        beside = cover[0] - offset
        reach = np.sqrt(np.maximum(cover[2] ** 2 - beside**2, 0.0))
        low, high = cover[1] - reach, cover[1] + reach
        seen = seen - np.maximum(below(high) - below(np.maximum(low, cut)), 0.0)
        light += share * np.maximum(seen, 0.0)
        whole += share * float(top - below(np.array(-1.0)))
    return np.asarray(np.clip(light / whole, 0.0, 1.0))


def _light_below(t: FloatArray, half: float, limb_darkening: float) -> FloatArray:
    """Light of a strip from its middle up to t of its half height, but for a factor."""
    curved = 0.5 * half * (t * np.sqrt(1.0 - t * t) + np.arcsin(t))
    return np.asarray(0.5 * ((1.0 - limb_darkening) * t + limb_darkening * curved))


def _check_darkening(limb_darkening: float) -> None:
    if not 0.0 <= limb_darkening <= 1.0:
        raise IlrsError(
            f"a limb darkening of {limb_darkening:g}",
            "the linear law's coefficient lies between 0 (evenly bright) and 1 (dark limb)",
            f"Give {LIMB_DARKENING:g} for the Sun's whole spectrum, or 0.",
        )
