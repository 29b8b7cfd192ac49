"""The site tools' answers as tables for a terminal."""

from collections.abc import Sequence
from typing import TextIO

import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.study.report import print_table
from ilrs.study.site_almanac import Almanac, Month, months
from ilrs.study.site_calendar import event_rows
from ilrs.study.site_zones import ZONES, Zone

__all__ = ["print_almanac", "print_masts"]

_UTC = ZONES["UTC"]
_MONTH_COLUMNS = (
    "month", "Sun in view", "whole disc", "longest dark", "longest light", "Earth in view",
    "longest without Earth",
)  # fmt: skip


def print_almanac(found: Almanac, *, zones: Sequence[Zone], stream: TextIO) -> None:
    """Prints months, longest darknesses and every rise and set, mast by mast."""
    place, (start_s, end_s) = found.place, found.span_s
    print(f"{place.name}: latitude {place.latitude_deg:.4f}, longitude {place.longitude_deg:.4f}",
          file=stream)  # fmt: skip
    print(f"{_UTC.text(start_s)} to {_UTC.text(end_s)}", file=stream)
    rows = months(found)
    for mast in found.mast_heights_m:
        print(f"\nfrom {mast:g} m: {_darkest(found.dark(mast), zones)}", file=stream)
        cells = [_month_cells(row) for row in rows if row.mast_height_m == mast]
        print_table(_MONTH_COLUMNS, cells, stream)
    columns, events = event_rows(found, zones)
    print_table(columns, events, stream)
    for eclipse in found.eclipses:
        masts = ", ".join(f"{mast:g} m" for mast in eclipse.seen_from_m) or "no mast"
        print(
            f"eclipse {_UTC.text(eclipse.greatest_tdb_s)}: the Sun is over the skyline "
            f"from {masts}",
            file=stream,
        )
    _print_note(str(place.profile.attrs.get("note", "")), stream)


def _darkest(dark: Windows, zones: Sequence[Zone]) -> str:
    if not len(dark):
        return "never without the Sun"
    k = int(dark.duration_s.argmax())
    zone = zones[0]
    start, end = (zone.text(float(edge[k])) for edge in (dark.start_s, dark.end_s))
    return (
        f"{len(dark)} times without the Sun, the longest {dark.longest_s / 3600.0:.1f} h, "
        f"{start} to {end}"
    )


def _month_cells(row: Month) -> tuple[str, ...]:
    def share(seconds: float) -> str:
        return f"{100.0 * seconds / row.counted_s:.1f} %"

    def hours(seconds: float) -> str:
        return f"{seconds / 3600.0:.1f} h"

    return (
        row.month, share(row.lit_s), share(row.whole_sun_s), hours(row.longest_dark_s),
        hours(row.longest_light_s), share(row.earth_in_view_s), hours(row.longest_outage_s),
    )  # fmt: skip


def _print_note(note: str, stream: TextIO) -> None:
    if note:
        print(f"note: {note}", file=stream)


def print_masts(found: xr.Dataset, stream: TextIO) -> None:
    """Prints a mast study, one height a line."""
    attrs = found.attrs
    print(f"{attrs['site']}, {attrs['start_utc']} to {attrs['end_utc']}", file=stream)
    columns = (
        "mast", "mean light", "time with Sun", "longest dark", "from", "times dark",
        "Earth in view", "longest without Earth",
    )  # fmt: skip
    rows = []
    for mast in found["mast_height_m"].values:
        row = {str(name): float(values) for name, values in found.sel(mast_height_m=mast).items()}
        start_s = row["longest_darkness_start_tdb_s"]
        rows.append((
            f"{mast:g} m",
            f"{100.0 * row['illumination_fraction']:.2f} %",
            f"{100.0 * row['lit_fraction']:.2f} %",
            f"{row['longest_darkness_s'] / 3600.0:.1f} h",
            _UTC.text(start_s)[:10] if start_s == start_s else "–",
            f"{row['dark_spells']:.0f}",
            f"{100.0 * row['earth_in_view_fraction']:.1f} %",
            f"{row['longest_outage_s'] / 3600.0:.0f} h",
        ))  # fmt: skip
    print_table(columns, rows, stream)
    _print_note(str(attrs["note"]), stream)
