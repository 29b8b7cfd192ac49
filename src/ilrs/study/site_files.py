"""Files that the site tools write: whole, or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.map_names import PlaceName
from ilrs.moon.maps import write_cog, write_svg
from ilrs.moon.sheet_picture import write_sheet_png
from ilrs.study.site_ranking import Ranking
from ilrs.study.site_tables import sites_csv, sites_geojson

__all__ = ["write_ranking", "write_text"]

_TITLES = {
    "score": "best sites",
    "is_permanently_shadowed": "ground that never sees the Sun",
    "is_allowed": "ground within every limit",
    "warmest_temperature": "warmest ground",
}


def write_text(text: str, path: Path) -> None:
    """Writes a file in UTF-8 as it is, line ends included; a former one is replaced at the end.

    Raises IlrsError where the folder is absent or cannot be written.
    """
    staging = path.with_name(f".{path.name}.partial")
    try:
        staging.write_bytes(text.encode())
        os.replace(staging, path)
    except OSError as error:
        staging.unlink(missing_ok=True)
        raise _disk_error(error, path) from None


def _disk_error(error: OSError, path: Path) -> IlrsError:
    return IlrsError(
        f"{path} could not be written: {error.strerror or error}",
        "a place is needed that is there and can be written",
        "Make the folder, or name another place with --out.",
    )


def write_ranking(
    found: Ranking, folder: Path, *, facts: dict[str, Any], names: Sequence[PlaceName] = ()
) -> list[Path]:
    """Paths of the files of a ranking in a folder, which is made where it is absent.

    The sites as CSV and GeoJSON, the score and every layer as a map sheet (SVG and PNG) and a
    GeoTIFF. `facts` (where the ranking came from) go into the GeoJSON, `names` onto the sheets.
    Raises as `write_text` and `ilrs.moon.sheet_picture.write_sheet_png`.
    """
    csv, geojson = folder / "sites.csv", folder / "sites.geojson"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        maps = _write_maps(found, folder, names)
    except OSError as error:
        raise _disk_error(error, folder) from None
    write_text(sites_csv(found.sites, found.criteria), csv)
    record = sites_geojson(found.sites, criteria=found.criteria, sets=found.sets, facts=facts)
    write_text(record, geojson)
    return [csv, geojson, *maps]


def _write_maps(found: Ranking, folder: Path, names: Sequence[PlaceName]) -> list[Path]:
    shade = found.layers[["hillshade"]]
    marks = [
        PlaceName(
            name=str(site.rank), latitude_deg=site.latitude_deg, longitude_deg=site.longitude_deg
        )
        for site in found.sites
    ]
    layers = ["score", *found.criteria.layers, "is_permanently_shadowed", "is_allowed"]
    layers += ["warmest_temperature"] if "warmest_temperature" in found.layers else []
    written = []
    for name in layers:
        # A distance of infinity (no shadow on the map) is no value for a picture.
        drawn = found.layers.assign({name: _finite(found.layers[name])})
        sheet, raster = folder / f"{name}.svg", folder / f"{name}.tif"
        write_cog(drawn, name, raster)
        if np.isfinite(drawn[name].values).any():
            title = _TITLES.get(name) or found.criteria.layers[name].title
            write_svg(
                drawn, name, sheet, title=title[:1].upper() + title[1:], names=names, marks=marks,
                shade=shade,
            )  # fmt: skip
            picture = sheet.with_suffix(".png")
            write_sheet_png(sheet, picture)
            written += [sheet, picture]
        written.append(raster)
    return written


def _finite(values: xr.DataArray) -> xr.DataArray:
    return values if values.dtype == np.bool_ else values.where(np.isfinite(values))
