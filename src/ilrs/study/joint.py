"""Joint observations that a programme declares: when two missions' craft look at one place."""

from collections.abc import Mapping
from dataclasses import dataclass

from ilrs.foundation.windows import Windows
from ilrs.orbits.joint_observation import (
    JointLook,
    joint_pairs,
    joint_windows,
    lit_windows,
    look_windows,
)
from ilrs.orbits.skyline import SurfaceAntenna, antenna_on
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import JointObservation, Programme
from ilrs.sky.sky import Sky
from ilrs.study.environment import mast_heights_m
from ilrs.study.site_horizon import site_horizon

__all__ = ["JointAnswer", "joint_answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointAnswer:
    """What a declared joint observation comes to in the days looked at; TDB past J2000."""

    joint: str  # id
    name: str
    first: str
    second: str
    site: str
    first_looks: Windows  # of each craft alone, in the light that is wanted
    second_looks: Windows
    pairs: tuple[JointLook, ...]  # looks of both within the offset
    windows: Windows  # when the first looks and the second does within the offset

    @property
    def text(self) -> str:
        """The answer in words."""
        alone = f"{len(self.first_looks)} looks of {self.first}, {len(self.second_looks)} of"
        told = f"{self.name}: {alone} {self.second}"
        if not self.pairs:
            return f"{told}, none of them together"
        return f"{told}, {len(self.pairs)} pairs, {self.windows.total_s / 60.0:.0f} min together"


def joint_answer(
    programme: Programme,
    joint: JointObservation,
    ways: Mapping[str, Trajectory],
    *,
    span_s: tuple[float, float],
    sky: Sky,
) -> JointAnswer | None:
    """Looks of both craft and when they are joint; None where a way or the place is unknown.

    Terrain around the place counts where the site has a horizon; else the ground is level.
    """
    ground = _ground(programme, joint.site)
    if joint.first not in ways or joint.second not in ways or ground is None:
        return None
    limits_deg = joint.sun_elevation_minimum_deg, joint.sun_elevation_maximum_deg
    lit = lit_windows(ground, sun_elevation_limits_deg=limits_deg, span_s=span_s, sky=sky)
    first, second = (
        lit
        & look_windows(
            ways[key], ground, most_emission_deg=joint.most_emission_deg,
            most_range_m=joint.most_range_m, span_s=span_s, sky=sky,
        )
        for key in (joint.first, joint.second)
    )  # fmt: skip
    return JointAnswer(
        joint=joint.id, name=joint.name or joint.id, first=joint.first, second=joint.second,
        site=joint.site, first_looks=first, second_looks=second,
        pairs=joint_pairs(first, second, most_offset_s=joint.most_offset_s),
        windows=joint_windows(first, second, most_offset_s=joint.most_offset_s),
    )  # fmt: skip


def _ground(programme: Programme, site_id: str) -> SurfaceAntenna | None:
    """The place looked at, with the terrain around it where the site has a horizon."""
    site = programme.sites[site_id]
    if site.latitude_deg is None or site.longitude_deg is None:
        return None
    if site.horizon is None:
        return SurfaceAntenna(
            name=site.id, latitude_deg=site.latitude_deg, longitude_deg=site.longitude_deg,
            height_m=site.height_m or 0.0,
        )  # fmt: skip
    profile, _ = site_horizon(programme, site, terrain=(), mast_heights_m=())
    return antenna_on(profile, name=site.id, mast_height_m=float(mast_heights_m(profile).min()))
