"""Files of orbits whatever their kind: OEM, OPM or SPK, told apart by how they begin."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.kepler import MOON_RADIUS_M, altitudes_m, orbit_from_state, period_s
from ilrs.orbits.oem import read_oem
from ilrs.orbits.opm import Opm, read_opm
from ilrs.orbits.spk import read_spk, spk_craft
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.segments import utc_label

__all__ = ["Facts", "altitude_range_m", "file_facts", "file_kind", "read_orbits"]

Kind: TypeAlias = Literal["OEM", "OPM", "SPK"]
Facts: TypeAlias = tuple[str, list[tuple[str, str]]]  # a craft's name; what is told of it

_HEAD_BYTES = 4096
_KVN = re.compile(rb"^\s*CCSDS_(OEM|OPM)_VERS", re.MULTILINE)
_XML = re.compile(rb"<(?:\w+:)?(oem|opm)\b")
_PER_PIECE = 8  # instants at which a piece's altitude is looked at


def file_kind(path: Path | str) -> Kind:
    """What a file of orbits is.

    Raises IlrsError for one that does not open and one that is none of the three.
    """
    try:
        with Path(path).open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        raise IlrsError(
            f"{path} cannot be read: {error.strerror or error}",
            "a file of orbits is an OEM, an OPM or an SPK kernel",
            "Name such a file.",
        ) from None
    if head.startswith(b"DAF/"):
        return "SPK"
    match = _KVN.search(head) or _XML.search(head)
    if match is None:
        raise IlrsError(
            f"{path} is no file of orbits",
            "an OEM or OPM of CCSDS (KVN or XML) or an SPK kernel is read",
            "Name another file, or have this one converted.",
        )
    return "OPM" if match.group(1).lower() == b"opm" else "OEM"


def read_orbits(path: Path | str, *, frame: str | None = None) -> list[Trajectory]:
    """The ways of all craft in an OEM or SPK file.

    `frame` overrules the axes that an OEM names. Raises IlrsError for a file that is not read, an
    OPM among them, which holds one state and no way.
    """
    kind = file_kind(path)
    if kind == "OPM":
        raise IlrsError(
            f"the way of a craft from {path}, an OPM",
            "an OPM holds one state; ways are read from an OEM or an SPK kernel",
            "Propagate its state with ilrs.orbits.propagation.propagate_state.",
        )
    if kind == "SPK":
        _refuse_frame(path, frame)
        return [read_spk(path, body=body) for body in spk_craft(path)]
    message = read_oem(path, frame=frame)
    return [message.trajectory(name) for name in message.objects]


def altitude_range_m(trajectory: Trajectory) -> tuple[float, float]:
    """Lowest and highest altitude above the 1737.4 km sphere, at eight instants a piece. [m]"""
    is_known = ~np.isnan(trajectory.coefficients[:, 0, 0])
    start, end = trajectory.edges_s[:-1][is_known], trajectory.edges_s[1:][is_known]
    parts = np.linspace(0.0, 1.0, _PER_PIECE)
    tdb_s = np.clip(start[:, None] + (end - start)[:, None] * parts, start[:, None], end[:, None])
    altitude_m = np.linalg.norm(trajectory.position_m(tdb_s), axis=-1) - MOON_RADIUS_M
    return float(altitude_m.min()), float(altitude_m.max())


def file_facts(path: Path | str, *, frame: str | None = None) -> list[Facts]:
    """What a file of orbits holds, craft by craft, as text for people.

    Raises IlrsError for a file that is not read.
    """
    kind = file_kind(path)
    if kind == "OPM":
        return [_state_facts(read_opm(path, frame=frame))]
    if kind == "OEM":
        return list(_oem_facts(path, frame))
    _refuse_frame(path, frame)
    ways = [read_spk(path, body=body) for body in spk_craft(path)]
    return [(way.name, [("file", "SPK kernel"), *_way_facts(way)]) for way in ways]


def _oem_facts(path: Path | str, frame: str | None) -> Iterator[Facts]:
    message = read_oem(path, frame=frame)
    for name in message.objects:
        parts = [part for part in message.segments if part.object_name == name]
        told = [
            ("file", f"OEM {message.version} of {message.originator}, {message.creation_date}"),
            ("object id", parts[0].object_id),
            ("told from", _several(part.centre for part in parts)),
            ("frame", _several(part.frame for part in parts)),
            ("time system", _several(part.time_system for part in parts)),
            ("interpolation", _several(part.interpolation for part in parts)),
            ("states", str(sum(part.state_tdb_s.size for part in parts))),
        ]
        known = sum(part.covariances.tdb_s.size for part in parts if part.covariances)
        if known:
            told.append(("covariances", str(known)))
        yield name, told + _way_facts(message.trajectory(name))


def _way_facts(way: Trajectory) -> list[tuple[str, str]]:
    low_m, high_m = altitude_range_m(way)
    spans = list(way.known)
    gaps = [(a, b) for (_, a), (b, _) in zip(spans, spans[1:], strict=False)]
    start, end = (utc_label(edge) for edge in way.span_tdb_s)
    told = [("from", start), ("to", end)]
    told += [("gap", f"{utc_label(a)} to {utc_label(b)}") for a, b in gaps]
    return [*told, ("lowest altitude", f"{low_m / 1e3:.1f} km"),
            ("highest altitude", f"{high_m / 1e3:.1f} km")]  # fmt: skip


def _state_facts(opm: Opm) -> Facts:
    told = [
        ("file", f"OPM of {opm.originator}, {opm.creation_date}"),
        ("object id", opm.object_id),
        ("frame", opm.frame),
        ("epoch", utc_label(opm.epoch_tdb_s)),
    ]
    try:
        orbit = orbit_from_state(opm.position_m, opm.velocity_m_s)
    except IlrsError:
        told.append(("orbit", "not bound to the Moon"))
    else:
        low_m, high_m = (float(altitude) for altitude in altitudes_m(orbit))
        told += [
            (
                "lowest altitude",
                f"{low_m / 1e3:.1f} km" + (", meets the Moon" if low_m < 0 else ""),
            ),
            ("highest altitude", f"{high_m / 1e3:.1f} km"),
            ("period", f"{float(period_s(orbit.semi_major_axis_m)) / 3600:.2f} h"),
        ]
    if opm.mass_kg is not None:
        told.append(("mass", f"{opm.mass_kg:g} kg"))
    if opm.manoeuvres:
        told.append(("manoeuvres", str(len(opm.manoeuvres))))
    return opm.object_name, told


def _several(texts: Iterator[str]) -> str:
    return ", ".join(dict.fromkeys(texts))


def _refuse_frame(path: Path | str, frame: str | None) -> None:
    if frame is not None:
        raise IlrsError(
            f"{path} in the frame {frame!r}",
            "an SPK kernel says its axes by number, and those in the ICRF are read",
            "Leave the frame out.",
        )
