"""The site tools' answers as tables for a terminal."""

from collections.abc import Sequence
from typing import TextIO

import xarray as xr

from ilrs.foundation.calendar import ZONES, Zone
from ilrs.foundation.windows import Windows
from ilrs.moon.light_windows import Coincidence
from ilrs.study.report import print_table
from ilrs.study.site_almanac import Almanac, Month, months
from ilrs.study.site_calendar import event_rows
from ilrs.study.site_criteria import Criterion
from ilrs.study.site_ranking import Ranking
from ilrs.study.site_sets import PUBLISHED_PAIR, LitSet

__all__ = ["print_almanac", "print_masts", "print_ranking"]

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
        print(_joint(found.coincidence(mast), zones[0]), file=stream)
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


def _joint(found: Coincidence, zone: Zone) -> str:
    sun, earth, neither = (
        f"{100.0 * share:.1f} %"
        for share in (found.share["sun"], found.share["earth"], found.none_share)
    )
    if not found.none_share:
        return f"the Sun in view {sun} of the time, Earth's centre {earth}, always one of them"
    start, hours = zone.text(found.worst_start_s), found.worst_outage_s / 3600.0
    return (
        f"the Sun in view {sun} of the time, Earth's centre {earth}, neither {neither}, "
        f"the longest {hours:.1f} h from {start}"
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


def print_ranking(found: Ranking, stream: TextIO) -> None:
    """Prints the best sites with the figures that decide, sets lit together, and the criteria."""
    attrs, layers = found.layers.attrs, found.criteria.layers
    print(
        f"{attrs['start_utc'][:10]} to {attrs['end_utc'][:10]}, "
        f"{attrs['observer_height_m']:g} m above ground, {attrs['terrain']}",
        file=stream,
    )
    shown = [name for name, row in layers.items() if row.decides]
    titles = (layers[name].title for name in shown)
    columns = ("", "latitude", "longitude", "score", *titles)
    rows = [
        (
            str(site.rank), f"{site.latitude_deg:.4f}", f"{site.longitude_deg:.3f}",
            f"{site.score:.3f}",
            *(_figure(site.figures[name], layers[name]) for name in shown),
        )
        for site in found.sites
    ]  # fmt: skip
    print_table(columns, rows, stream)
    if found.sets:
        print(f"lit together, within {found.reach_m / 1e3:g} km of each other:", file=stream)
        columns = ("points", "latitude, longitude", "apart", "lit", "alone", "longest dark")
        print_table(columns, [_set_cells(one) for one in found.sets], stream)
        print(f"published: {100.0 * PUBLISHED_PAIR[0]:g} %, {PUBLISHED_PAIR[1]}", file=stream)
    else:
        print(f"no two points within {found.reach_m / 1e3:g} km of each other", file=stream)
    print(f"\njudged by ({found.criteria.source}):", file=stream)
    columns = ("layer", "weight", "scores 0 at", "scores 1 at", "limit")
    print_table(columns, [_criterion_cells(row) for row in layers.values()], stream)
    landing = found.criteria.landing
    print(
        f"landing ellipse {landing.length_m:g} x {landing.width_m:g} m, length at grid azimuth "
        f"{landing.grid_azimuth_deg:g} deg, slope up to {landing.slope_deg:g} deg; slopes over "
        f"{2.0 * float(attrs['pixel_m']):g} m",
        file=stream,
    )
    _print_note(str(attrs["note"]), stream)
    _print_note(str(attrs.get("heat_note", "")), stream)


def _figure(value: float, layer: Criterion) -> str:
    if layer.unit == "1":
        return f"{100.0 * value:.1f} %"
    if layer.unit == "s":
        return f"{value / 3600.0:.0f} h"
    if layer.unit == "m":
        return f"{value / 1e3:.2f} km" if value < float("inf") else "none"
    return f"{value:.1f} {layer.unit}"


def _criterion_cells(layer: Criterion) -> tuple[str, ...]:
    limit = "–" if layer.limit is None else _figure(layer.limit, layer)
    sign = "" if layer.limit is None else "at least " if layer.best > layer.worst else "at most "
    return (
        layer.title, f"{layer.weight:g}", _figure(layer.worst, layer), _figure(layer.best, layer),
        sign + limit,
    )  # fmt: skip


def _set_cells(one: LitSet) -> tuple[str, ...]:
    return (
        str(len(one.points_deg)),
        "; ".join(f"{latitude:.4f}, {longitude:.3f}" for latitude, longitude in one.points_deg),
        f"{one.span_m / 1e3:.1f} km",
        f"{100.0 * one.lit_fraction:.1f} %",
        ", ".join(f"{100.0 * share:.1f}" for share in one.alone_fractions) + " %",
        f"{one.longest_darkness_s / 3600.0:.0f} h",
    )
