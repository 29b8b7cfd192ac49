"""The best sites as CSV and GeoJSON."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ilrs.foundation.angles import longitude_deg as half_circle_deg
from ilrs.study.site_criteria import Criteria
from ilrs.study.site_rank import RankedSite
from ilrs.study.site_sets import LitSet

__all__ = ["sites_csv", "sites_geojson"]


def _record(site: RankedSite) -> dict[str, Any]:
    return {
        "rank": site.rank,
        "score": round(site.score, 4),
        "latitude_deg": round(site.latitude_deg, 5),
        "longitude_deg": round(site.longitude_deg, 4),
        "height_m": round(site.height_m, 1),
    }


def _figures(site: RankedSite, criteria: Criteria) -> dict[str, float | None]:
    """Each layer's figure under its name with the unit, None where there is none."""
    suffix = {"1": "_fraction", "s": "_s", "m": "_m", "deg": "_deg", "K": "_k"}
    return {
        f"{name}{suffix[criteria.layers[name].unit]}": round(value, 4)
        if np.isfinite(value)
        else None
        for name, value in site.figures.items()
    }


def sites_csv(sites: Sequence[RankedSite], criteria: Criteria) -> str:
    """The best sites as CSV, one a line, units in the column names."""
    out = io.StringIO()
    rows = [_record(site) | _figures(site, criteria) for site in sites]
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["rank"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def sites_geojson(
    sites: Sequence[RankedSite],
    *,
    criteria: Criteria,
    sets: Sequence[LitSet] = (),
    facts: dict[str, Any],
) -> str:
    """Sites as points and sets as multi-points, in lunar longitude and latitude (frame MOON_ME).

    RFC 7946 knows Earth alone: `frame` says which Moon-fixed frame the coordinates are in. `facts`
    (where the ranking came from) stand beside the features.
    """
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": _lon_lat(site.latitude_deg, site.longitude_deg),
            },
            "properties": _record(site) | _figures(site, criteria),
        }
        for site in sites
    ]
    features += [
        {
            "type": "Feature",
            "geometry": {
                "type": "MultiPoint",
                "coordinates": [_lon_lat(*point) for point in one.points_deg],
            },
            "properties": {
                "lit_together_fraction": round(one.lit_fraction, 4),
                "lit_alone_fractions": [round(share, 4) for share in one.alone_fractions],
                "longest_darkness_s": one.longest_darkness_s,
                "span_m": round(one.span_m, 1),
            },
        }
        for one in sets
    ]
    record = {"type": "FeatureCollection", "frame": "MOON_ME", **facts, "features": features}
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _lon_lat(latitude_deg: float, longitude_deg: float) -> list[float]:
    return [round(float(half_circle_deg(longitude_deg)), 4), round(latitude_deg, 5)]
