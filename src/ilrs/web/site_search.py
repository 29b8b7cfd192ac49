"""The questions of the catalogue site: parameters of an address as a question, and back."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from ilrs.datacentre.conditions import All, Compare, Condition, During, Meets, Words
from ilrs.datacentre.place import KM_PER_DEG, Circle, parse_bbox
from ilrs.datacentre.question import Question
from ilrs.web.answers import WebError, number_list, refuse_unknown, whole

__all__ = ["CHOICES", "FACETS", "PARAMETERS", "ask"]

#: Choice of an address -> the catalogue's field.
CHOICES: Mapping[str, str] = {
    "partner": "partner", "mission": "mission", "instrument": "instrument",
    "science_field": "science_fields", "processing_level": "processing_level", "target": "target",
    "site": "site", "collection": "collection",
}  # fmt: skip
FACETS = ("partner", "mission", "instrument", "science_field", "processing_level", "target")
PARAMETERS = (
    "text", "text_language", "longitude_deg", "latitude_deg", "radius_km", "bbox", "from", "to",
    "sun_above_deg", "sun_below_deg", *CHOICES, "versions", "sort", "limit", "after", "lang",
)  # fmt: skip
_USUAL, _MOST_AT_ONCE = 20, 1000
_SORTS = ("start_utc", "-start_utc", "title", "-received_utc", "lidvid")


def ask(request: Request, *, more: tuple[str, ...] = ()) -> Question:
    """The question of an address. Raises WebError where a parameter is none of ours or wrong."""
    refuse_unknown(request, (*PARAMETERS, *more))
    given = {name: value.strip() for name, value in request.query_params.items() if value.strip()}
    parts: list[Condition] = []
    if "text" in given:
        parts.append(Words(given["text"], given.get("text_language", "")))
    parts += _places(given)
    if "from" in given or "to" in given:
        parts.append(During(given.get("from", ""), given.get("to", "")))
    for name, operator in (("sun_above_deg", ">="), ("sun_below_deg", "<=")):
        if name in given:
            (limit,) = number_list(given[name], name, (1,))
            parts.append(Compare("sun_elevation_deg", operator, limit))
    parts += [Compare(field, "=", given[n]) for n, field in CHOICES.items() if n in given]
    sort = given.get("sort", "-received_utc" if not parts else "start_utc")
    if sort not in _SORTS:
        raise WebError(400, f"sort is {sort[:40]!r}", "possible are " + ", ".join(_SORTS),
                       "Correct sort.")  # fmt: skip
    way = "descending" if sort.startswith("-") else "ascending"
    # Many are received at one instant, and each is harvested at its own, in the same order.
    field = {"received_utc": "harvested_utc"}.get(sort.lstrip("-"), sort.lstrip("-"))
    return Question(
        where=All(tuple(parts)),
        versions=given.get("versions", "newest"),
        sort=((field, way),),
        limit=whole(given.get("limit"), "limit", default=_USUAL, most=_MOST_AT_ONCE),
        after=given.get("after", ""),
        counted=True,
    )


def _places(given: Mapping[str, Any]) -> list[Condition]:
    found: list[Condition] = []
    if "bbox" in given:
        found.append(Meets(parse_bbox(number_list(given["bbox"], "bbox", (4, 6)))))
    named = [n for n in ("longitude_deg", "latitude_deg", "radius_km") if n in given]
    if not {"latitude_deg", "longitude_deg"} & set(named):
        return found  # a radius alone is what the form sends without a place
    if len(named) < 3 and not _is_pole(given):
        raise WebError(400, f"a place is given by {', '.join(named)} alone",
                       "a place has longitude_deg, latitude_deg and radius_km",
                       "Give all three.")  # fmt: skip
    latitude, radius = (number_list(given.get(n, "100"), n, (1,))[0]
                        for n in ("latitude_deg", "radius_km"))  # fmt: skip
    (longitude,) = number_list(given.get("longitude_deg", "0"), "longitude_deg", (1,))
    found.append(Meets(Circle(longitude, latitude, radius / KM_PER_DEG)))
    return found


def _is_pole(given: Mapping[str, Any]) -> bool:
    """A pole needs no longitude."""
    return given.get("latitude_deg") in ("-90", "90", "-90.0", "90.0") and "radius_km" in given
