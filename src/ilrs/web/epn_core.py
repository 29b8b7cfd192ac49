"""The table epn_core of EPN-TAP 2.0: what each column holds of a record, and how it is asked.

Coordinates are planetocentric longitude and latitude on the Moon in degrees, longitudes from -180
to 180 (where a product crosses 180 deg, c1min is greater than c1max). A comparison with an edge is
a question of place, so that it is answered by the catalogue's exact search: `c2max >= -80` is to
meet what lies north of 80 S. Times are Julian dates, UTC. What no record says is NULL.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any as Anything

from ilrs.datacentre.conditions import (
    All,
    Any,
    Compare,
    Condition,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
)
from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.place import Box, Polygon
from ilrs.datacentre.place_bounds import bounds_deg
from ilrs.datacentre.record import FileEntry, Record
from ilrs.foundation.errors import IlrsError
from ilrs.web.addresses import file_href
from ilrs.web.adql import ColumnOfTable
from ilrs.web.votable import TableColumn

__all__ = ["COLUMNS", "EpnColumn"]

_US_PER_DAY, _JD_1970 = 86_400_000_000, 2_440_587.5
_JD_YEAR_1 = 1_721_425.5  # before which no product's time lies
#: PDS4's word for a level -> CODMAC's number, as EPN-TAP wants it.
_LEVELS: Mapping[str, int] = {
    "Telemetry": 1, "Raw": 2, "Partially Processed": 3, "Calibrated": 3, "Derived": 5,
}  # fmt: skip
_CLASSES: Mapping[str, str] = {"Moon": "satellite", "Earth": "planet", "Sun": "star"}

Read = Callable[[Record, str], Anything]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpnColumn:
    """A column: what is said of it, its value of a record, how it is asked and ordered by."""

    told: TableColumn
    read: Read  # of a record and the address that files have
    asked: ColumnOfTable
    sort: str = ""  # the catalogue's field; "" where rows cannot be ordered by it


@dataclass(frozen=True, slots=True)
class _Field:
    """A column that is a field of the catalogue."""

    field: str

    def compare(self, operator: str, value: str | float) -> Condition | None:
        return Compare(self.field, operator, value)

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        return Like(self.field, pattern, any_case=any_case)

    def is_null(self) -> Condition:
        return IsNull(self.field)


@dataclass(frozen=True, slots=True)
class _Number:
    """A column that is a number of the catalogue, turned by a function that falls or rises."""

    field: str
    inverse: Callable[[float], float | str]
    falls: bool = False

    def compare(self, operator: str, value: str | float) -> Condition | None:
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="} if self.falls else {}
        known = self.inverse(_number(value))
        return Compare(self.field, turned.get(operator, operator), known)

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        raise _error(f"a pattern {pattern[:40]!r} is asked of a number")

    def is_null(self) -> Condition:
        return IsNull(self.field)


@dataclass(frozen=True, slots=True)
class _Constant:
    """A column with one value for every row; None is unknown."""

    value: str | None

    def compare(self, operator: str, value: str | float) -> Condition | None:
        if self.value is None:
            return None
        text = str(value)
        order = (self.value > text) - (self.value < text)
        holds = {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0,
                 ">": order > 0, ">=": order >= 0}[operator]  # fmt: skip
        return All() if holds else Any()

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        if self.value is None:
            return None
        plain = pattern.strip("%").lower()
        return All() if plain in self.value.lower() else Any()

    def is_null(self) -> Condition:
        return All() if self.value is None else Any()


@dataclass(frozen=True, slots=True)
class _Words:
    """A column whose values are other words for those of a field."""

    field: str
    words: Mapping[str, str | int]

    def compare(self, operator: str, value: str | float) -> Condition | None:
        if operator not in ("=", "<>") and isinstance(value, str):
            raise _error(f"an order is asked of {self.field}")
        fits = [own for own, word in self.words.items() if _holds(operator, word, value)]
        return OneOf(self.field, tuple(fits))

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        plain = pattern.strip("%").lower()
        return OneOf(self.field, tuple(o for o, w in self.words.items() if plain in str(w).lower()))

    def is_null(self) -> Condition:
        return Not(OneOf(self.field, tuple(self.words)))


@dataclass(frozen=True, slots=True)
class _Edge:
    """One edge of the product's place: a comparison is a question about a part of the Moon."""

    side: str  # west, east, south or north

    def compare(self, operator: str, value: str | float) -> Condition | None:
        number = _number(value)
        if operator in ("=", "<>"):
            both = All((self._at(">=", number), self._at("<=", number)))
            return both if operator == "=" else Not(both)
        return self._at(operator, number)

    def _at(self, operator: str, number: float) -> Condition:
        above = operator in (">", ">=")
        is_low_edge = self.side in ("west", "south")
        if self.side in ("south", "north"):
            low, high = (number, 90.0) if above else (-90.0, number)
            return self._asked(
                above,
                is_low_edge,
                low,
                high,
                Box(-180.0, max(low, -90.0), 180.0, min(high, 90.0))
                if low <= 90.0 and high >= -90.0
                else None,
            )
        low, high = (number, 180.0) if above else (-180.0, number)
        fits = low <= 180.0 and high >= -180.0
        box = Box(max(low, -180.0), -90.0, min(high, 180.0), 90.0) if fits else None
        return self._asked(above, is_low_edge, low, high, box)

    def _asked(
        self, above: bool, is_low_edge: bool, low: float, high: float, box: Box | None
    ) -> Condition:
        """A low edge above a limit: all of it lies there; a high edge: some of it does."""
        whole = 180.0 if self.side in ("west", "east") else 90.0
        is_known = Not(IsNull("place"))
        if box is None:
            return Any()
        if low <= -whole and high >= whole:
            return is_known
        return Inside(box) if above == is_low_edge else Meets(box)

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        raise _error(f"a pattern {pattern[:40]!r} is asked of a number")

    def is_null(self) -> Condition:
        return IsNull("place")


def _holds(operator: str, word: str | int, value: str | float) -> bool:
    if isinstance(word, str):
        return (word == value) == (operator == "=")
    number = _number(value)
    return {"=": word == number, "<>": word != number, "<": word < number, "<=": word <= number,
            ">": word > number, ">=": word >= number}[operator]  # fmt: skip


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        raise _error(f"a number is compared with {str(value)[:40]!r}") from None


def _julian(utc: str) -> float | None:
    return microseconds(utc) / _US_PER_DAY + _JD_1970 if utc else None


def _julian_of(field: str) -> Read:
    return lambda record, _: _julian(getattr(record, field))


def _of_julian(day: float) -> str:
    if not 0.0 <= day <= 5_000_000.0:
        raise _error(f"a time is compared with {day:g}")
    return instant_text(round((max(day, _JD_YEAR_1) - _JD_1970) * _US_PER_DAY))


def _edge(side: int) -> Read:
    return lambda record, _: None if record.place is None else bounds_deg(record.place)[side]


def _region(record: Record, _: str) -> str | None:
    """The place as a DALI polygon: its outer ring; of what has no ring, its box."""
    place = record.place
    if place is None:
        return None
    if isinstance(place, Polygon):
        ring = place.rings[0][:-1]
    else:
        west, south, east, north = bounds_deg(place)
        ring = ((west, south), (east, south), (east, north), (west, north))
    return " ".join(f"{number:.9g}" for corner in ring for number in corner)


def _data(record: Record) -> FileEntry | None:
    return next(iter([*record.files_with("data"), *record.files]), None)


def _of_data(read: Callable[[FileEntry], Anything]) -> Read:
    def _value(record: Record, _: str) -> Anything:
        file = _data(record)
        return None if file is None else read(file)

    return _value


def _access_url(record: Record, files_base: str) -> str | None:
    file = _data(record)
    return None if file is None else file_href(files_base, record.lidvid, file.name)


def _kind(record: Record, _: str) -> str:
    """EPN-TAP's two letters for the kind of data: image, time series or catalogue."""
    file = _data(record)
    if file is not None and (file.media_type.startswith("image/") or record.pixel_m is not None):
        return "im"
    return "ts" if record.start_utc and record.product_class == "Product_Observational" else "ca"


def _incidence(record: Record, _: str) -> float | None:
    return None if record.sun_elevation_deg is None else 90.0 - record.sun_elevation_deg


def _text(name: str) -> Read:
    return lambda record, _: getattr(record, name) or None


class _Kind:
    """dataproduct_type, derived from several fields."""

    def compare(self, operator: str, value: str | float) -> Condition | None:
        if operator not in ("=", "<>"):
            raise _error("an order is asked of dataproduct_type")
        is_image = Any((Like("media_types", "image/%"), Not(IsNull("pixel_m"))))
        is_series = All((Not(IsNull("start_utc")),
                         Compare("product_class", "=", "Product_Observational")))  # fmt: skip
        kinds: Mapping[str, Condition] = {
            "im": is_image,
            "ts": All((Not(is_image), is_series)),
            "ca": All((Not(is_image), Not(is_series))),
        }
        asked = kinds.get(str(value).lower(), Any())
        return asked if operator == "=" else Not(asked)

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        plain = pattern.strip("%").lower()
        kinds = [self.compare("=", k) for k in ("im", "ts", "ca") if plain in k]
        return Any(tuple(k for k in kinds if k is not None))

    def is_null(self) -> Condition:
        return Any()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column that is shown and not compared; whether it is there is another field's matter."""

    name: str
    known_by: str

    def compare(self, operator: str, value: str | float) -> Condition | None:
        raise _error(f"{self.name} is compared with a value")

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        raise _error(f"{self.name} is compared with a pattern")

    def is_null(self) -> Condition:
        return IsNull(self.known_by)


_KIND = _Kind()


def _column(
    name: str, datatype: str, ucd: str, description: str, read: Read, asked: ColumnOfTable,
    *, unit: str = "", sort: str = "",
) -> EpnColumn:  # fmt: skip
    told = TableColumn(name=name, datatype=datatype, ucd=ucd, description=description, unit=unit)
    return EpnColumn(told=told, read=read, asked=asked, sort=sort)


def _field_column(name: str, ucd: str, description: str, field: str) -> EpnColumn:
    """A column of text that is a field of the catalogue."""
    return _column(name, "char", ucd, description, _text(field), _Field(field), sort=field)


def _constant_column(name: str, ucd: str, description: str, value: str | None) -> EpnColumn:
    return _column(name, "char", ucd, description, lambda record, _: value, _Constant(value))


def _unknown(name: str, ucd: str, unit: str = "") -> EpnColumn:
    """A column that EPN-TAP wants and no record here fills."""
    return _column(name, "double", ucd, "Not said by records here", lambda record, _: None,
                   _Constant(None), unit=unit)  # fmt: skip


def _time_column(name: str, ucd: str, field: str) -> EpnColumn:
    return _column(name, "double", ucd, "Time, Julian date in UTC", _julian_of(field),
                   _Number(field, _of_julian), unit="d", sort=field)  # fmt: skip


def _edge_column(name: str, ucd: str, side: str, index: int) -> EpnColumn:
    return _column(name, "double", ucd, f"The place's {side} edge", _edge(index), _Edge(side),
                   unit="deg")  # fmt: skip


def _incidence_column(name: str, ucd: str) -> EpnColumn:
    description = "Incidence of sunlight on level ground at the middle of place and time"
    asked = _Number("sun_elevation_deg", lambda angle: 90.0 - angle, falls=True)
    return _column(name, "double", ucd, description, _incidence, asked, unit="deg")


def _date_column(name: str, ucd: str, field: str) -> EpnColumn:
    description = (
        "When this node entered it" if "harvest" in field else "When this node received it"
    )
    return _column(name, "timestamp", ucd, description, _text(field), _Field(field), sort=field)


def _what() -> tuple[EpnColumn, ...]:
    """What a granule is, and when."""
    return (
        _field_column("granule_uid", "meta.id", "Identifier with version (LIDVID)", "lidvid"),
        _column("granule_gid", "char", "meta.id", "Collection of the product",
                lambda r, _: LidVid.parse(r.lidvid).lid.collection, _Field("collection")),
        _column("obs_id", "char", "meta.id;obs", "Product without its version (LID)",
                lambda r, _: str(LidVid.parse(r.lidvid).lid), _Field("lid"), sort="lid"),
        _column("dataproduct_type", "char", "meta.code.class", "Kind of data", _kind, _KIND),
        _field_column("target_name", "meta.id;src", "Target", "target"),
        _column("target_class", "char", "meta.code.class;src", "Kind of target",
                lambda r, _: _CLASSES.get(r.target), _Words("target", _CLASSES)),
        _time_column("time_min", "time.start;obs", "start_utc"),
        _time_column("time_max", "time.end;obs", "stop_utc"),
        _unknown("time_sampling_step_min", "time.resolution;stat.min", "s"),
        _unknown("time_sampling_step_max", "time.resolution;stat.max", "s"),
        _unknown("time_exp_min", "time.duration;obs.exposure;stat.min", "s"),
        _unknown("time_exp_max", "time.duration;obs.exposure;stat.max", "s"),
        _unknown("spectral_range_min", "em.freq;stat.min", "Hz"),
        _unknown("spectral_range_max", "em.freq;stat.max", "Hz"),
        _unknown("spectral_sampling_step_min", "em.freq;spect.step;stat.min", "Hz"),
        _unknown("spectral_sampling_step_max", "em.freq;spect.step;stat.max", "Hz"),
        _unknown("spectral_resolution_min", "spect.resolution;stat.min"),
        _unknown("spectral_resolution_max", "spect.resolution;stat.max"),
    )  # fmt: skip


def _where() -> tuple[EpnColumn, ...]:
    """Where it lies, and in what light."""
    return (
        _edge_column("c1min", "pos.bodyrc.lon;stat.min", "west", 0),
        _edge_column("c1max", "pos.bodyrc.lon;stat.max", "east", 2),
        _edge_column("c2min", "pos.bodyrc.lat;stat.min", "south", 1),
        _edge_column("c2max", "pos.bodyrc.lat;stat.max", "north", 3),
        _unknown("c3min", "pos.bodyrc.alt;stat.min", "m"),
        _unknown("c3max", "pos.bodyrc.alt;stat.max", "m"),
        _column("s_region", "polygon", "pos.outline;obs.field", "Outline of the place", _region,
                _Shown("s_region", "place")),
        _unknown("c1_resol_min", "pos.bodyrc.lon;pos.resolution;stat.min", "deg"),
        _unknown("c1_resol_max", "pos.bodyrc.lon;pos.resolution;stat.max", "deg"),
        _unknown("c2_resol_min", "pos.bodyrc.lat;pos.resolution;stat.min", "deg"),
        _unknown("c2_resol_max", "pos.bodyrc.lat;pos.resolution;stat.max", "deg"),
        _unknown("c3_resol_min", "pos.bodyrc.alt;pos.resolution;stat.min", "m"),
        _unknown("c3_resol_max", "pos.bodyrc.alt;pos.resolution;stat.max", "m"),
        _constant_column("spatial_frame_type", "meta.code.class;pos.frame", "Kind of coordinates",
                         "body"),
        _incidence_column("incidence_min", "pos.incidenceAng;stat.min"),
        _incidence_column("incidence_max", "pos.incidenceAng;stat.max"),
        _unknown("emergence_min", "pos.emergenceAng;stat.min", "deg"),
        _unknown("emergence_max", "pos.emergenceAng;stat.max", "deg"),
        _unknown("phase_min", "pos.phaseAng;stat.min", "deg"),
        _unknown("phase_max", "pos.phaseAng;stat.max", "deg"),
    )  # fmt: skip


def _whence() -> tuple[EpnColumn, ...]:
    """What made it, and how it is had."""
    return (
        _field_column("instrument_host_name", "meta.id;instr.obsty", "Mission", "mission"),
        _field_column("instrument_name", "meta.id;instr", "Instrument", "instrument"),
        _constant_column("measurement_type", "meta.ucd", "UCD of what is measured", None),
        _column("processing_level", "int", "meta.calibLevel", "CODMAC level",
                lambda r, _: _LEVELS.get(r.processing_level), _Words("processing_level", _LEVELS)),
        _date_column("creation_date", "time.creation", "received_utc"),
        _date_column("modification_date", "time.processing", "harvested_utc"),
        _date_column("release_date", "time.release", "received_utc"),
        _constant_column("service_title", "meta.title", "Name of the service", "ilrs"),
        _column("access_url", "char", "meta.ref.url;meta.file", "Address of the data file",
                _access_url, _Shown("access_url", "media_types")),
        _column("access_format", "char", "meta.code.mime", "Media type of the data file",
                _of_data(lambda f: f.media_type or None), _Field("media_types")),
        _column("access_estsize", "int", "phys.size;meta.file", "Size of the data file",
                _of_data(lambda f: -(-f.size // 1024)), _Number("size", lambda kb: kb * 1024.0),
                unit="kbyte"),
        _column("file_name", "char", "meta.id;meta.file", "Name of the data file",
                _of_data(lambda f: f.name), _Shown("file_name", "media_types")),
        _field_column("publisher", "meta.curation", "Partner whose product it is", "partner"),
        _constant_column("spatial_coordinate_description", "meta.code.class;pos.frame",
                         "Coordinate reference system", "IAU_2015:30100"),
        _constant_column("time_scale", "time.scale", "Scale of times", "UTC"),
    )  # fmt: skip


def _error(asked: str) -> IlrsError:
    return IlrsError(asked, "TAP_SCHEMA.columns says what each column is", "Correct the query.")


#: Column by name, in the order of EPN-TAP's own list.
COLUMNS: Mapping[str, EpnColumn] = {
    column.told.name: column for column in (*_what(), *_where(), *_whence())
}
