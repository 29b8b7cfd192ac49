"""Made-up places with plain skylines, and the sky over them, for the tests of the site tools."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.sky.sky import Sky, open_sky
from ilrs.study.site_place import Place


def sky() -> Sky:
    return open_sky()


def profile(
    skyline_deg: npt.ArrayLike = 0.0,
    *,
    latitude_deg: float = -88.8,
    longitude_deg: float = 123.4,
    masts_m: tuple[float, ...] = (2.0, 10.0),
    drop_deg: float = 0.1,
) -> xr.Dataset:
    """A skyline on 720 azimuths, and `drop_deg` lower from each higher mast."""
    row = np.broadcast_to(np.asarray(skyline_deg, dtype=np.float64), (720,))
    rows = np.array([row - k * drop_deg for k in range(len(masts_m))])
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), rows)},
        coords={"mast_height_m": list(masts_m), "azimuth_deg": np.arange(720) * 0.5},
        attrs={
            "latitude_deg": latitude_deg,
            "longitude_deg": longitude_deg,
            "ground_height_m": 0.0,
            "note": "made up",
        },
    )


def place(skyline_deg: npt.ArrayLike = 0.0, **changes: object) -> Place:
    return Place(
        name="MADE-UP",
        profile=profile(skyline_deg, **changes),  # type: ignore[arg-type]
        programme="Test",
        programme_sha256="00",
        inputs_sha256={"made.csv": "11"},
    )
