"""A site's horizon: read from the file it declares, or computed from terrain that is named."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from ilrs.datacentre.fetch import data_folder, official_files
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_file
from ilrs.moon.horizon import horizon_profile, read_profile
from ilrs.moon.terrain import read_terrain
from ilrs.programme.entities import Programme, Site
from ilrs.programme.load import find_file

__all__ = ["computed_horizon", "declared_file", "site_horizon", "terrain_path"]


def site_horizon(
    programme: Programme, site: Site, *, terrain: Sequence[Path], mast_heights_m: Sequence[float]
) -> tuple[xr.Dataset, dict[str, str]]:
    """The site's horizon profile, and the SHA-256 of each file that it came from.

    `terrain` (DEM files, finest first) takes the place of what the site declares; a computed
    horizon serves `mast_heights_m`. Raises IlrsError where there is neither horizon nor terrain,
    and as `ilrs.moon.horizon` does.
    """
    if not terrain and site.horizon:
        path = declared_file(programme, site.horizon, what=f"the horizon of {site.id}")
        return read_profile(path), {site.horizon: sha256_of_file(path)}
    paths = [*terrain] or [
        declared_file(programme, name, what=f"a terrain of {site.id}") for name in site.terrain
    ]
    if not paths:
        raise IlrsError(
            f"site {site.id} has neither a horizon nor a terrain",
            "one of them is needed to know when the Sun is in view",
            "Give it a `horizon:` file or `terrain:` DEM files, or name a DEM with --terrain.",
        )
    if site.latitude_deg is None or site.longitude_deg is None:
        raise IlrsError(
            f"site {site.id} has no coordinates",
            "a horizon is computed from a point",
            "Give the site `latitude:` and `longitude:`.",
        )
    return computed_horizon(
        paths,
        latitude_deg=site.latitude_deg,
        longitude_deg=site.longitude_deg,
        mast_heights_m=mast_heights_m,
    )


def computed_horizon(
    terrain: Sequence[Path],
    *,
    latitude_deg: float,
    longitude_deg: float,
    mast_heights_m: Sequence[float],
) -> tuple[xr.Dataset, dict[str, str]]:
    """The horizon of a point from DEM files, finest first, and the SHA-256 of each file."""
    paths = [terrain_path(path) for path in terrain]
    profile = horizon_profile(
        [read_terrain(path) for path in paths],
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        mast_heights_m=sorted(mast_heights_m),
    )
    return profile, {path.name: sha256_of_file(path) for path in paths}


def terrain_path(path: Path) -> Path:
    """The file itself where it is there, else the one of that name in the data folder.

    The name of an official product (`ilrs data get`) stands for the file to open.
    """
    if path.exists():
        return path
    opened = {file.product: file.file for file in reversed(official_files())}
    fetched = data_folder() / opened.get(str(path), path.name)
    return fetched if fetched.exists() else path


def declared_file(programme: Programme, name: str, *, what: str) -> Path:
    """The file that an entity names, in the programme's folders or the data folder.

    Raises IlrsError where it is not there; `what` says in it what the file is.
    """
    path = find_file(programme, name) or terrain_path(Path(name))
    if not path.exists():
        raise IlrsError(
            f"{what} is not there: {name}",
            "it is looked for beside programme.yaml, in each folder that was named, and in the "
            "data folder",
            "Put the file there or correct its name.",
        )
    return path
