"""Orbit parameter messages (CCSDS 502.0-B, OPM): one state, and what goes with it.

The state is brought to the Moon's centre and the ICRF. Elements are checked against it and kept in
the file's own frame; mass, areas, covariance and manoeuvres are kept as data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.time import epoch_from_tdb
from ilrs.orbits.covariance import (
    COVARIANCE_KEYS,
    LOCAL_FRAMES,
    covariance_icrf,
    covariance_units,
    lower_triangle,
)
from ilrs.orbits.kepler import MOON_GM_M3_S2, Orbit, mean_anomaly_deg, state
from ilrs.orbits.ndm import (
    Entry,
    Fields,
    Message,
    check_states,
    kvn_entry,
    leaf_entries,
    placed,
    read_message,
)
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
from ilrs.orbits.reference import REFERENCE_FRAMES, from_moon_icrf, to_moon_icrf
from ilrs.sky.kernels import Ephemeris
from ilrs.sky.orientation import Orientation

__all__ = ["Manoeuvre", "Opm", "opm_text", "read_opm", "write_opm"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_VERSION = "2.0"
_NEEDED = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "EPOCH")
_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_STATE_UNITS = ("km", "km", "km", "km/s", "km/s", "km/s")
_ELEMENTS = ("SEMI_MAJOR_AXIS", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE",
             "ARG_OF_PERICENTER", "GM")  # fmt: skip
_MANOEUVRE = ("MAN_EPOCH_IGNITION", "MAN_DURATION", "MAN_DELTA_MASS", "MAN_REF_FRAME", "MAN_DV_1",
              "MAN_DV_2", "MAN_DV_3")  # fmt: skip
# By attribute: keyword and unit.
_CRAFT = {
    "mass_kg": ("MASS", "kg"), "solar_area_m2": ("SOLAR_RAD_AREA", "m**2"),
    "solar_coefficient": ("SOLAR_RAD_COEFF", ""), "drag_area_m2": ("DRAG_AREA", "m**2"),
    "drag_coefficient": ("DRAG_COEFF", ""),
}  # fmt: skip
# Fields of the Moon differ by 1e-6; another body's constant is off by more than half.
_MOST_GM_OFF = 1e-3
_MOST_ELEMENTS_OFF = 1e-3  # of the distance: what digits and GM leave between elements and state


@dataclass(frozen=True, slots=True, kw_only=True)
class Manoeuvre:
    """A burn as an OPM tells it."""

    ignition_tdb_s: float  # TDB past J2000
    duration_s: float  # 0 where it is an impulse
    mass_change_kg: float  # below 0: what is burnt
    frame: str
    velocity_change_m_s: tuple[float, float, float]  # along the axes of `frame`


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opm:
    """The state of a craft at an epoch, ICRF from the Moon's centre, and what goes with it."""

    object_name: str
    epoch_tdb_s: float  # TDB past J2000
    position_m: FloatArray  # (3,)
    velocity_m_s: FloatArray  # (3,)
    object_id: str = "UNKNOWN"
    originator: str = ORIGINATOR
    creation_date: str = ""
    comments: tuple[str, ...] = ()
    frame: str = "ICRF"  # of the elements, as the file named it
    orbit: Orbit | None = None
    gm_m3_s2: float | None = None
    mass_kg: float | None = None
    solar_area_m2: float | None = None
    solar_coefficient: float | None = None
    drag_area_m2: float | None = None
    drag_coefficient: float | None = None
    covariance: FloatArray | None = None  # (6, 6) in the ICRF, m and s
    manoeuvres: tuple[Manoeuvre, ...] = ()
    user: Mapping[str, str] = field(default_factory=dict)


def read_opm(
    path: Path | str,
    *,
    frame: str | None = None,
    ephemeris: Ephemeris | None = None,
    orientation: Orientation | None = None,
) -> Opm:
    """The orbit parameter message in a file, KVN or XML.

    `frame`, `ephemeris` and `orientation` as for an OEM. Raises IlrsError, with the line, for what
    cannot be read, such as elements of another body.
    """
    message = read_message(Path(path), "OPM")
    fields = Fields("the message", message.path, 1, tuple(_entries(message)))
    fields.require("CREATION_DATE", "ORIGINATOR", *_NEEDED, *_STATE)
    centre, axes, time_system = fields.centre(), fields.frame(frame), fields.time_system()
    epoch_s = np.array([fields.epoch_tdb_s("EPOCH", time_system)])
    units = zip(_STATE, _STATE_UNITS, strict=True)
    told = 1e3 * np.array([[fields.needed(key).number(unit) for key, unit in units]])
    with placed(fields.needed("REF_FRAME")):
        states = to_moon_icrf(
            told[:, :3], told[:, 3:], tdb_s=epoch_s, centre=centre, frame=axes,
            ephemeris=ephemeris, orientation=orientation,
        )  # fmt: skip
    check_states(*states, place=lambda _: fields.needed("X"))
    orbit, gm_m3_s2 = _elements(fields, centre, told[0, :3])
    covariance = None
    if fields.get("CX_X"):
        with placed(fields.needed("CX_X")):
            covariance = covariance_icrf(
                fields, frame=axes, states=states, tdb_s=float(epoch_s[0]), orientation=orientation
            )
    craft = {name: fields.number(key, unit) for name, (key, unit) in _CRAFT.items()}
    return Opm(
        object_name=fields.text("OBJECT_NAME"), epoch_tdb_s=float(epoch_s[0]),
        position_m=states[0][0], velocity_m_s=states[1][0], object_id=fields.text("OBJECT_ID"),
        originator=fields.text("ORIGINATOR"), creation_date=fields.text("CREATION_DATE"),
        comments=fields.comments(), frame=axes, orbit=orbit, gm_m3_s2=gm_m3_s2,
        covariance=covariance, manoeuvres=tuple(_manoeuvres(fields, time_system)),
        user={
            entry.key.removeprefix("USER_DEFINED_"): entry.value
            for entry in fields.entries if entry.key.startswith("USER_DEFINED_")
        },
        **craft,
    )  # fmt: skip


def _entries(message: Message) -> Iterator[Entry]:
    """The entries of both forms, in the order of the file."""
    if message.element is not None:
        yield from leaf_entries(message.path, message.element)
        return
    for line, raw in enumerate(message.lines, 1):
        text = raw.strip()
        if text and text not in ("META_START", "META_STOP"):
            yield kvn_entry(message.path, line, text)


def _elements(
    fields: Fields, centre: str, position_m: FloatArray
) -> tuple[Orbit | None, float | None]:
    """The elements and the constant they go with; None for both where there are none."""
    first = fields.get("SEMI_MAJOR_AXIS")
    if first is None:
        return None, None
    fields.require(*_ELEMENTS)
    gm = fields.needed("GM")
    gm_m3_s2 = 1e9 * gm.number("km**3/s**2")
    if centre == "MOON" and abs(gm_m3_s2 / MOON_GM_M3_S2 - 1.0) > _MOST_GM_OFF:
        raise gm.fault(
            f"elements with GM = {gm.value} km**3/s**2",
            f"the Moon's is {MOON_GM_M3_S2 / 1e9:.6g} km**3/s**2",
            "Give the elements of an orbit about the Moon, with its constant.",
        )
    eccentricity = fields.needed("ECCENTRICITY").number()
    with placed(fields.needed("ECCENTRICITY")):
        orbit = Orbit(
            semi_major_axis_m=1e3 * first.number("km"), eccentricity=eccentricity,
            inclination_deg=fields.needed("INCLINATION").number("deg"),
            ascending_node_deg=fields.needed("RA_OF_ASC_NODE").number("deg"),
            argument_of_periapsis_deg=fields.needed("ARG_OF_PERICENTER").number("deg"),
            mean_anomaly_deg=_mean_anomaly_deg(fields, eccentricity),
        )  # fmt: skip
        off_m = float(np.linalg.norm(state(orbit, gm_m3_s2=gm_m3_s2)[0] - position_m))
    if off_m > _MOST_ELEMENTS_OFF * np.linalg.norm(position_m):
        raise first.fault(
            f"elements whose position is {off_m / 1e3:.4g} km away from X, Y and Z",
            "elements and state of a message are those of one orbit at one epoch",
            "Correct one of the two, or leave the elements out.",
        )
    return orbit, gm_m3_s2


def _mean_anomaly_deg(fields: Fields, eccentricity: float) -> float:
    told = fields.get("TRUE_ANOMALY")
    if told is None:
        fields.require("MEAN_ANOMALY")
        return fields.needed("MEAN_ANOMALY").number("deg")
    true = np.radians(told.number("deg"))
    part = np.sqrt(max(1.0 - eccentricity, 0.0) / (1.0 + eccentricity))
    eccentric = 2.0 * np.arctan2(part * np.sin(0.5 * true), np.cos(0.5 * true))
    return float(mean_anomaly_deg(np.degrees(eccentric), eccentricity))


def _manoeuvres(fields: Fields, time_system: str) -> Iterator[Manoeuvre]:
    starts = [k for k, entry in enumerate(fields.entries) if entry.key == _MANOEUVRE[0]]
    ends = [*starts[1:], len(fields.entries)]
    for start, end in zip(starts, ends, strict=False):
        entries = fields.entries[start:end]
        part = Fields("a manoeuvre", fields.path, entries[0].line, entries)
        part.require(*_MANOEUVRE)
        frame = part.needed("MAN_REF_FRAME")
        if frame.value.upper() not in (*LOCAL_FRAMES, *REFERENCE_FRAMES):
            raise frame.fault(
                f"a manoeuvre in the frame {frame.value!r}",
                f"the possible ones are {', '.join((*LOCAL_FRAMES, *REFERENCE_FRAMES))}",
                "Convert the manoeuvre to one of these.",
            )
        x, y, z = (1e3 * part.needed(key).number("km/s") for key in _MANOEUVRE[4:])
        yield Manoeuvre(
            ignition_tdb_s=part.epoch_tdb_s(_MANOEUVRE[0], time_system),
            duration_s=part.needed("MAN_DURATION").number("s"),
            mass_change_kg=part.needed("MAN_DELTA_MASS").number("kg"),
            frame=frame.value.upper(), velocity_change_m_s=(x, y, z),
        )  # fmt: skip


def write_opm(path: Path | str, opm: Opm, **options: Any) -> None:
    """Writes the message of `opm_text`, in XML where the file's name ends in .xml.

    The options are those of `opm_text`. Raises IlrsError as it does, and where the place cannot be
    written.
    """
    options.setdefault("form", form_of(Path(path)))
    write_message(opm_text(opm, **options), Path(path))


def opm_text(
    opm: Opm,
    *,
    form: Form = "kvn",
    frame: str = "",
    time_system: str = "UTC",
    comments: Sequence[str] = (),
    orientation: Orientation | None = None,
) -> str:
    """An OPM of a state, in its own frame unless another is named.

    The creation date is the state's epoch where the value has none. Elements are written in their
    own frame only. Raises IlrsError for a frame or scale that is not known.
    """
    axes = frame or opm.frame
    at = np.array([opm.epoch_tdb_s])
    told = from_moon_icrf(
        opm.position_m[None], opm.velocity_m_s[None], tdb_s=at, frame=axes, orientation=orientation
    )

    def _epoch(tdb_s: float, scale: str = time_system) -> str:
        return epoch_text(epoch_from_tdb(tdb_s, time_system=scale))

    said = [line for line in opm.comments if not line.startswith("written by ilrs ")]
    header: list[Row] = [
        *comment_rows((written_by(), *said, *comments)),
        ("CREATION_DATE", opm.creation_date or _epoch(opm.epoch_tdb_s, "UTC")),
        ("ORIGINATOR", opm.originator),
    ]
    meta: list[Row] = [
        ("OBJECT_NAME", opm.object_name), ("OBJECT_ID", opm.object_id), ("CENTER_NAME", "MOON"),
        ("REF_FRAME", axes), ("TIME_SYSTEM", time_system),
    ]  # fmt: skip
    numbers = np.concatenate([told[0][0], told[1][0]]) / 1e3
    where: list[Row] = [("EPOCH", _epoch(opm.epoch_tdb_s))]
    where += [
        (key, f"{x:.15g}", unit) for key, x, unit in zip(_STATE, numbers, _STATE_UNITS, strict=True)
    ]
    parts = {"stateVector": where, "keplerianElements": _element_rows(opm, axes)}
    craft = ((key, getattr(opm, name), unit) for name, (key, unit) in _CRAFT.items())
    parts["spacecraftParameters"] = [
        (key, f"{value:.15g}", unit) if unit else (key, f"{value:.15g}")
        for key, value, unit in craft
        if value is not None
    ]
    parts["covarianceMatrix"] = _covariance_rows(opm, axes)
    burns = [_burn_rows(burn, _epoch(burn.ignition_tdb_s)) for burn in opm.manoeuvres]
    user: list[Row] = [(f"USER_DEFINED_{key}", value) for key, value in opm.user.items()]
    if form == "kvn":
        rows = [*header, *meta, *(row for part in (*parts.values(), *burns, user) for row in part)]
        return f"CCSDS_OPM_VERS = {_VERSION}\n" + kvn_text(rows)
    data = "".join(element_text(name, xml_text(rows)) for name, rows in parts.items())
    data += "".join(element_text("maneuverParameters", xml_text(burn)) for burn in burns)
    data += element_text("userDefinedParameters", xml_text(user))
    segment = element_text("metadata", xml_text(meta)) + element_text("data", data)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opm id="CCSDS_OPM_VERS" version="{_VERSION}">\n'
        + element_text("header", xml_text(header))
        + element_text("body", element_text("segment", segment))
        + "</opm>\n"
    )


def _element_rows(opm: Opm, frame: str) -> list[Row]:
    if opm.orbit is None or frame != opm.frame:
        return []
    orbit = opm.orbit
    numbers = (
        ("SEMI_MAJOR_AXIS", np.asarray(orbit.semi_major_axis_m) / 1e3, "km"),
        ("ECCENTRICITY", orbit.eccentricity, ""),
        ("INCLINATION", orbit.inclination_deg, "deg"),
        ("RA_OF_ASC_NODE", orbit.ascending_node_deg, "deg"),
        ("ARG_OF_PERICENTER", orbit.argument_of_periapsis_deg, "deg"),
        ("MEAN_ANOMALY", orbit.mean_anomaly_deg, "deg"),
        ("GM", (opm.gm_m3_s2 or MOON_GM_M3_S2) / 1e9, "km**3/s**2"),
    )
    return [(key, f"{float(np.asarray(x)):.15g}", unit) for key, x, unit in numbers]


def _covariance_rows(opm: Opm, frame: str) -> list[Row]:
    """The covariance in the ICRF, which COV_REF_FRAME says where the message is in another."""
    if opm.covariance is None:
        return []
    rows: list[Row] = [] if frame == "ICRF" else [("COV_REF_FRAME", "ICRF")]
    lower = lower_triangle(opm.covariance) / 1e6
    return rows + [
        (key, f"{x:.15e}", unit)
        for key, x, unit in zip(COVARIANCE_KEYS, lower, covariance_units(), strict=True)
    ]


def _burn_rows(burn: Manoeuvre, ignition: str) -> list[Row]:
    rows: list[Row] = [
        ("MAN_EPOCH_IGNITION", ignition),
        ("MAN_DURATION", f"{burn.duration_s:.15g}", "s"),
        ("MAN_DELTA_MASS", f"{burn.mass_change_kg:.15g}", "kg"),
        ("MAN_REF_FRAME", burn.frame),
    ]
    return rows + [
        (f"MAN_DV_{k}", f"{x / 1e3:.15g}", "km/s")
        for k, x in enumerate(burn.velocity_change_m_s, 1)
    ]
