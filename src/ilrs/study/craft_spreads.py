"""How well the places of a programme's craft are known, from what their orbits declare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import Finding, IlrsError
from ilrs.foundation.time import DAY_S
from ilrs.orbits.covariance import Covariances, Spread, StateSpread
from ilrs.orbits.oem import read_oem
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import Mission, OrbitElements, Programme
from ilrs.programme.load import Loaded, find_file
from ilrs.programme.orbit_rules import uncertainties_of
from ilrs.study.craft_ways import announced_arrival_s, craft_stages, elements_epoch_s

__all__ = ["covariance_findings", "craft_radii_m", "craft_spreads"]

_AXES = ("radial", "along", "cross")


@dataclass(frozen=True, slots=True)
class _Stages:
    """The spreads of orbits that a craft flies one after the other, by where each one ends."""

    spreads: tuple[tuple[float, Spread | None], ...]

    def at(self, tdb_s: float, trajectory: Trajectory) -> npt.NDArray[np.float64] | None:
        last = self.spreads[-1][1]
        spread = next((one for end_s, one in self.spreads if tdb_s < end_s), last)
        return None if spread is None else spread.at(tdb_s, trajectory)


def craft_spreads(
    programme: Programme, missions: Iterable[Mission], span_s: tuple[float, float]
) -> dict[str, Spread]:
    """How well each craft's place is known over a span (TDB past J2000), of those that declare it.

    Figures hold at the elements' epoch. Raises IlrsError for a file of covariances that cannot be
    read, or tells of no covariance.
    """
    found: dict[str, Spread] = {}
    for mission in missions:
        stages = list(
            craft_stages(mission, span_s, arrival_s=announced_arrival_s(programme, mission.id))
        )
        spreads = tuple(
            (part[1], _spread_of(programme, mission.id, declared, part))
            for declared, part in stages
        )
        if any(spread is not None for _, spread in spreads):
            found[mission.id] = _Stages(spreads)
    return found


def craft_radii_m(missions: Iterable[Mission]) -> Mapping[str, float]:
    """The radii of the spheres around the craft that declare one, by id. [m]"""
    return {one.id: one.radius_m for one in missions if one.radius_m is not None}


def covariance_findings(loaded: Loaded) -> list[Finding]:
    """Errors for files of covariances that cannot be read, or hold none of their craft."""
    found = []
    for id_, mission in loaded.programme.missions.items():
        for key, one in uncertainties_of(mission):
            if one.oem is None or find_file(loaded.programme, one.oem) is None:
                continue
            try:
                _covariances(loaded.programme, id_, one.oem)
            except IlrsError as error:
                finding = Finding(
                    file="", line=0, entity=f"missions.{id_}.{key}.oem",
                    found=error.asked, possible=error.possible, mend=error.mend,
                )  # fmt: skip
                found.append(loaded.places.place(finding))
    return found


def _spread_of(
    programme: Programme, id_: str, declared: OrbitElements, part: tuple[float, float]
) -> Spread | None:
    one = declared.uncertainty
    if one is None:
        return None
    if one.oem is not None:
        return _covariances(programme, id_, one.oem)
    radial, along, cross = (getattr(one, f"{axis}_growth_m_d") / DAY_S for axis in _AXES)
    return StateSpread(
        epoch_tdb_s=elements_epoch_s(declared, part),
        sigma_m=(float(one.radial_m or 0.0), float(one.along_m or 0.0), float(one.cross_m or 0.0)),
        growth_m_s=(radial, along, cross),
    )


def _covariances(programme: Programme, id_: str, name: str) -> Covariances:
    """All covariances of a craft in an OEM of the programme's folders, in the order of time."""
    path = find_file(programme, name)
    if path is None:
        raise IlrsError(
            f"the covariances of {id_} in {name!r}",
            "the file lies inside the programme's folder, named relative to it",
            "Put the file there, or correct the name.",
        )
    message = read_oem(path)
    craft = id_ if id_ in message.objects or len(message.objects) > 1 else message.objects[0]
    parts = [
        segment.covariances
        for segment in message.segments
        if segment.object_name == craft and segment.covariances is not None
    ]
    if not parts:
        raise IlrsError(
            f"no covariance of {craft} in {path.name}",
            f"it tells of {', '.join(message.objects)}; covariances stand behind the states",
            "Take a file with covariances, or declare radial, along and cross.",
        )
    epochs = np.concatenate([part.tdb_s for part in parts])
    order = np.argsort(epochs, kind="stable")
    matrices = np.concatenate([part.matrices for part in parts])
    return Covariances(tdb_s=epochs[order], matrices=matrices[order])
