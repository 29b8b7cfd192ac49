"""Conjunction data messages (CCSDS 508.0-B-1, CDM) of conjunctions, as KVN or XML.

The standard knows no ICRF; GCRF names the same axes, and ORBIT_CENTER says that they start from
the Moon. It asks for the covariances of both, each along its own way (RTN).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import epoch_from_tdb
from ilrs.orbits.conjunction import Conjunction, ConjunctionObject
from ilrs.orbits.covariance import local_turns, lower_triangle
from ilrs.orbits.ndm_write import (
    ORIGINATOR,
    Form,
    Row,
    comment_rows,
    element_text,
    epoch_text,
    form_of,
    kvn_text,
    write_message,
    written_by,
    xml_text,
)

__all__ = ["cdm_text", "write_cdm"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
_UNITS = ("m**2", "m**2/s", "m**2/s**2")
_LOWER = [(row, column) for row in range(6) for column in range(row + 1)]


def write_cdm(path: Path | str, conjunction: Conjunction, **options: Any) -> None:
    """Writes the message of `cdm_text`, in XML where the file's name ends in .xml.

    The options are those of `cdm_text`. Raises IlrsError as it does, and where the place cannot be
    written.
    """
    options.setdefault("form", form_of(Path(path)))
    write_message(cdm_text(conjunction, **options), Path(path))


def cdm_text(
    conjunction: Conjunction,
    *,
    form: Form = "kvn",
    originator: str = ORIGINATOR,
    message_id: str = "",
    creation_date: str = "",
    object_ids: Mapping[str, str] | None = None,
    comments: Sequence[str] = (),
) -> str:
    """A CDM of one conjunction.

    The creation date is the time of closest approach, and the message's id names it and both
    craft, unless they are given: nothing comes from a clock. Raises IlrsError where a covariance
    is not known.
    """
    tca = epoch_text(epoch_from_tdb(conjunction.tca_tdb_s, time_system="UTC"))
    pair = (conjunction.first, conjunction.second)
    header: list[Row] = comment_rows((written_by(), *comments))
    header += [
        ("CREATION_DATE", creation_date or tca),
        ("ORIGINATOR", originator),
        ("MESSAGE_ID", message_id or f"{pair[0].name} {pair[1].name} {tca}"),
    ]
    relative, state, chance = _relative(conjunction, tca)
    objects = [
        _object(one, f"OBJECT{k}", (object_ids or {}).get(one.name, "UNKNOWN"))
        for k, one in enumerate(pair, 1)
    ]
    if form == "kvn":
        rows = [
            *header,
            *relative,
            *state,
            *chance,
            *(row for one in objects for part in one for row in part),
        ]
        return "CCSDS_CDM_VERS = 1.0\n" + kvn_text(rows)
    segments = "".join(
        element_text(
            "segment",
            element_text("metadata", xml_text(meta))
            + element_text(
                "data",
                element_text("stateVector", xml_text(where))
                + element_text("covarianceMatrix", xml_text(spread)),
            ),
        )
        for meta, where, spread in objects
    )
    body = element_text(
        "relativeMetadataData",
        xml_text(relative)
        + element_text("relativeStateVector", xml_text(state))
        + xml_text(chance),
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<cdm id="CCSDS_CDM_VERS" version="1.0">\n'
        + element_text("header", xml_text(header))
        + element_text("body", body + segments)
        + "</cdm>\n"
    )


def _relative(conjunction: Conjunction, tca: str) -> tuple[list[Row], list[Row], list[Row]]:
    """What concerns both: instant and distance, the second seen from the first, the probability."""
    position_m, velocity_m_s = conjunction.relative_rtn()
    relative: list[Row] = [
        ("TCA", tca),
        ("MISS_DISTANCE", f"{conjunction.miss_distance_m:.6f}", "m"),
        ("RELATIVE_SPEED", f"{conjunction.relative_speed_m_s:.6f}", "m/s"),
    ]
    state: list[Row] = [
        (f"RELATIVE_POSITION_{axis}", f"{x:.6f}", "m")
        for axis, x in zip("RTN", position_m, strict=True)
    ]
    state += [
        (f"RELATIVE_VELOCITY_{axis}", f"{x:.6f}", "m/s")
        for axis, x in zip("RTN", velocity_m_s, strict=True)
    ]
    if conjunction.probability is None:
        return relative, state, []
    chance: list[Row] = [
        ("COLLISION_PROBABILITY", f"{conjunction.probability:.9e}"),
        ("COLLISION_PROBABILITY_METHOD", "FOSTER-1992"),
    ]
    return relative, state, chance


def _object(
    one: ConjunctionObject, title: str, object_id: str
) -> tuple[list[Row], list[Row], list[Row]]:
    """Metadata, state and covariance of one of the two."""
    if one.covariance is None:
        raise IlrsError(
            f"a CDM of {one.name} without covariance",
            "the standard asks for the covariances of both objects",
            "Give the covariance of its state, by its name, to the screening.",
        )
    (turn,) = local_turns(one.position_m[None], one.velocity_m_s[None])
    both = np.kron(np.eye(2), turn)
    meta: list[Row] = [
        ("OBJECT", title), ("OBJECT_DESIGNATOR", object_id), ("CATALOG_NAME", "NONE"),
        ("OBJECT_NAME", one.name), ("INTERNATIONAL_DESIGNATOR", object_id),
        ("EPHEMERIS_NAME", "NONE"), ("COVARIANCE_METHOD", "DEFAULT"), ("MANEUVERABLE", "N/A"),
        ("ORBIT_CENTER", "MOON"), ("REF_FRAME", "GCRF"),
    ]  # fmt: skip
    if one.radius_m:
        meta.insert(1, ("COMMENT", f"radius of the sphere around the body {one.radius_m:g} m"))
    where: list[Row] = [
        (axis, f"{x / 1e3:.9f}", "km") for axis, x in zip("XYZ", one.position_m, strict=True)
    ]
    where += [
        (f"{axis}_DOT", f"{x / 1e3:.12f}", "km/s")
        for axis, x in zip("XYZ", one.velocity_m_s, strict=True)
    ]
    lower = lower_triangle(both.T @ one.covariance @ both)
    spread: list[Row] = [
        (f"C{_AXES[row]}_{_AXES[column]}", f"{x:.12e}", _UNITS[(row > 2) + (column > 2)])
        for (row, column), x in zip(_LOWER, lower, strict=True)
    ]
    return meta, where, spread
