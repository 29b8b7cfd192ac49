"""When a site is lit, dark, or in contact, by its environment: one place says what that means."""

from typing import TYPE_CHECKING

import numpy as np

from ilrs.foundation.windows import Windows

if TYPE_CHECKING:  # heavy to load, and `ilrs check` does without
    import xarray as xr

__all__ = ["site_windows"]


def site_windows(environment: "xr.Dataset") -> dict[str, Windows]:
    """When a site is `sunlit`, `dark`, has `earth_in_view` or `relay_in_view`. [s from the epoch]

    Light is judged at the lowest mast: half of the Sun's disc is light, none of it dark. Earth
    (half of its disc) and relays are seen from the highest: a cell counts as in view of a relay
    that stands above terrain and horizontal for more than half of it.
    """
    t_s = environment["t_s"].values
    edge_s = np.append(t_s, t_s[-1] + float(environment.attrs["step_s"]))
    lit = environment["sun_visible_fraction"].isel(mast_height_m=0).values
    earth = environment["earth_visible_fraction"].isel(mast_height_m=-1).values
    relay = (environment["relay_open_fraction"].sel(mask_deg=0.0).values > 0.5).any(axis=0)
    return {
        "sunlit": Windows.from_mask(edge_s, lit >= 0.5),
        "dark": Windows.from_mask(edge_s, lit <= 0.0),
        "earth_in_view": Windows.from_mask(edge_s, earth > 0.5),
        "relay_in_view": Windows.from_mask(edge_s, relay),
    }
