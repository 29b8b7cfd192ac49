"""The panorama: the site's skyline all round, with the ways of Sun and Earth over the year.

Drawn once, as SVG; the page's script only moves the two discs and reads the skyline out. Heights
are drawn larger than widths (the picture says by how much), so discs become upright ellipses.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.study.book_data import packed, sampled_index
from ilrs.study.book_html import Html, join, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["LEFT", "RIGHT", "WIDTH", "exaggeration", "panorama", "sky_payload", "x_of_azimuth"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

WIDTH, LEFT, RIGHT = 1120.0, 84.0, 60.0
_TOP, _SKY, _FOOT = 8.0, 290.0, 30.0
_LOWEST_DEG = -5.0
_NORTH_EVERY_DEG = 30
_NEAR_M, _FAR_M = 300.0, 100_000.0
_SHADES = 24
_CORNERS = {0: "sky.north", 90: "sky.east", 180: "sky.south", 270: "sky.west", 360: "sky.north"}


def x_of_azimuth(azimuth_deg: npt.ArrayLike) -> FloatArray:
    """Where an azimuth stands in the drawing, in its own units."""
    return np.asarray(LEFT + np.asarray(azimuth_deg) / 360.0 * (WIDTH - LEFT - RIGHT))


def _highest_deg(run: Run) -> float:
    """Top of the picture: 10 degrees at a pole, more where Sun, Earth or skyline go higher."""
    env = run.environment
    peak = max(
        float(env["sun_elevation_deg"].max()),
        float(env["earth_elevation_deg"].max()),
        float(run.horizon["horizon_deg"].max()),
    )
    return float(min(90.0, max(10.0, 5.0 * np.ceil((peak + 1.0) / 5.0))))


def panorama(run: Run, words: Words) -> Html:
    """The picture, with what it shows written out for those who cannot see it."""
    high = _highest_deg(run)

    def y(elevation_deg: npt.ArrayLike) -> FloatArray:
        part = (high - np.asarray(elevation_deg)) / (high - _LOWEST_DEG)
        return np.asarray(_TOP + part * _SKY)

    layers = (
        _sky(),
        _sun_band(run, y),
        _earth_way(run, y),
        _terrain(run.horizon, y),
        _hidden_band(run, y),
        _axes(words, y, high),
        _notes(run, words, y),
        tag("g", cls="discs", id="sky-discs"),
    )
    return tag(
        "svg",
        *layers,
        viewBox=f"0 0 {WIDTH:g} {_TOP + _SKY + _FOOT:g}",
        cls="panorama",
        id="panorama",
        role="img",
        aria_labelledby="panorama-text",
        data_low=_LOWEST_DEG,
        data_high=high,
        data_top=_TOP,
        data_sky=_SKY,
        data_left=LEFT,
        data_right=RIGHT,
        data_width=WIDTH,
    )


def exaggeration(run: Run) -> float:
    """How much larger a degree is drawn upwards than sideways."""
    return (_SKY / (_highest_deg(run) - _LOWEST_DEG)) / ((WIDTH - LEFT - RIGHT) / 360.0)


def _sky() -> Html:
    stops = [
        tag("stop", offset=offset, stop_color=colour)
        for offset, colour in (("0", "#04060b"), ("0.62", "#0b1220"), ("1", "#16202f"))
    ]
    night = tag("linearGradient", *stops, id="night", x1=0, y1=0, x2=0, y2=1)
    # The foreground sinks into shadow, so that the eye stays at the skyline.
    shadow = tag(
        "linearGradient",
        tag("stop", offset="0.7", stop_color="#080b12", stop_opacity=0),
        tag("stop", offset="1", stop_color="#080b12", stop_opacity=0.7),
        id="shadow", x1=0, y1=0, x2=0, y2=1,
    )  # fmt: skip
    clip = tag("clipPath", _frame("rect"), id="sky-clip")
    return join([tag("defs", night, shadow, clip), _frame("rect", fill="url(#night)")])


def _frame(name: str, **attributes: Any) -> Html:
    return tag(
        name, x=LEFT, y=_TOP, width=WIDTH - LEFT - RIGHT, height=_SKY, **attributes
    )  # fmt: skip


def _points(x: npt.ArrayLike, y: npt.ArrayLike) -> str:
    pairs = zip(np.asarray(x).tolist(), np.asarray(y).tolist(), strict=True)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in pairs)


def _envelope(run: Run) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Azimuths with the lowest and highest the Sun stands there in the span (gaps left out)."""
    azimuth = run.environment["sun_azimuth_deg"].values
    elevation = run.environment["sun_elevation_deg"].values
    bins = np.floor(azimuth / 2.0).astype(int) % 180
    low, high = np.full(180, np.inf), np.full(180, -np.inf)
    np.minimum.at(low, bins, elevation)
    np.maximum.at(high, bins, elevation)
    known = np.isfinite(low)
    return np.arange(180)[known] * 2.0 + 1.0, low[known], high[known]


def _sun_band(run: Run, y: Any) -> Html:
    azimuth, low, high = _envelope(run)
    x = x_of_azimuth(azimuth)
    area = _points(np.concatenate([x, x[::-1]]), np.concatenate([y(high), y(low)[::-1]]))
    track = _track(run, "sun", y, every_h=4.0)
    return tag(
        "g",
        tag("polygon", points=area, fill="#f4b23c", fill_opacity=0.13),
        tag("path", d=track, stroke="#ffc75a", stroke_opacity=0.55, stroke_width=0.7, fill="none"),
        clip_path="url(#sky-clip)",
    )


def _earth_way(run: Run, y: Any) -> Html:
    track = _track(run, "earth", y, every_h=6.0)
    way = tag(
        "path", d=track, stroke="#7fc4ff", stroke_opacity=0.7, stroke_width=0.7, fill="none"
    )  # fmt: skip
    return tag("g", way, clip_path="url(#sky-clip)")


def _track(run: Run, body: str, y: Any, *, every_h: float) -> str:
    """A body's way as an SVG path, broken where it crosses north."""
    step_h = float(run.environment.attrs["step_s"]) / 3600.0
    stride = max(1, round(every_h / step_h))
    azimuth = run.environment[f"{body}_azimuth_deg"].values[::stride]
    x, height = x_of_azimuth(azimuth), y(run.environment[f"{body}_elevation_deg"].values[::stride])
    jump = np.abs(np.diff(azimuth, prepend=azimuth[0])) > 180.0
    return "".join(
        f"{'M' if k == 0 or jump[k] else 'L'}{a:.1f} {b:.1f}"
        for k, (a, b) in enumerate(zip(x.tolist(), height.tolist(), strict=True))
    )


def _shade(level: float) -> str:
    """Colour of terrain: near ground is warm and light, far ground cold and dark."""
    near, far = np.array([158.0, 151.0, 141.0]), np.array([56.0, 67.0, 88.0])
    red, green, blue = np.round(near + (far - near) * level).astype(int).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def _terrain(horizon: xr.Dataset, y: Any) -> Html:
    """Ground under the skyline of the highest mast, shaded by distance; lower masts as lines."""
    azimuth = horizon["azimuth_deg"].values
    top = horizon.isel(mast_height_m=int(np.argmax(horizon["mast_height_m"].values)))
    edge = np.append(azimuth, 360.0)
    skyline = np.append(top["horizon_deg"].values, top["horizon_deg"].values[0])
    distance = np.clip(top["horizon_distance_m"].values, _NEAR_M, _FAR_M)
    level = np.log(distance / _NEAR_M) / np.log(_FAR_M / _NEAR_M)
    shades = np.round(level * _SHADES).astype(int)
    starts = np.flatnonzero(np.diff(shades, prepend=shades[0] - 1))
    ends = np.append(starts[1:], shades.size)
    floor = _TOP + _SKY
    slices = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        x = x_of_azimuth(edge[start : end + 1])
        points = _points([x[0], *x, x[-1]], [floor, *y(skyline[start : end + 1]), floor])
        colour = _shade(float(shades[start]) / _SHADES)
        slices.append(tag("polygon", points=points, fill=colour, stroke=colour, stroke_width=0.6))
    lines = [_skyline(horizon, float(h), y) for h in horizon["mast_height_m"].values]
    shade = _frame("rect", fill="url(#shadow)")
    return tag("g", *slices, shade, *lines, clip_path="url(#sky-clip)")


def _skyline(horizon: xr.Dataset, mast_height_m: float, y: Any) -> Html:
    highest = mast_height_m == float(horizon["mast_height_m"].max())
    row = horizon["horizon_deg"].sel(mast_height_m=mast_height_m).values
    return tag(
        "polyline",
        points=_points(x_of_azimuth(horizon["azimuth_deg"].values), y(row)),
        fill="none",
        stroke="#f3f1ea" if highest else "#d9d4c7",
        stroke_width=1.3 if highest else 0.9,
        stroke_dasharray=None if highest else "3 3",
    )


def _hidden_band(run: Run, y: Any) -> Html:
    """Edges of the Sun's band seen through the ground: where the mountains take the light."""
    azimuth, low, high = _envelope(run)
    gap = np.flatnonzero(np.diff(azimuth) > 2.5)
    lines = []
    for row in (low, high):
        for x, part in zip(
            np.split(x_of_azimuth(azimuth), gap + 1), np.split(y(row), gap + 1), strict=True
        ):
            lines.append(
                tag(
                    "polyline", points=_points(x, part), fill="none", stroke="#ffc75a",
                    stroke_opacity=0.8, stroke_width=0.8, stroke_dasharray="1 4",
                )
            )  # fmt: skip
    return tag("g", *lines, clip_path="url(#sky-clip)")


def _axes(words: Words, y: Any, high: float) -> Html:
    parts = []
    spacing = 5 if high <= 20 else 15
    for degree in range(-5, int(high) + 1, spacing):
        at = f"{float(y(degree)):.1f}"
        kind = "grid zero" if degree == 0 else "grid"
        text = f"{number(degree, signed=True)}°"
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, cls=kind))
        parts.append(tag("text", text, x=LEFT - 8, y=at, dy=4, text_anchor="end"))
    foot = _TOP + _SKY
    for degree in range(0, 361, _NORTH_EVERY_DEG):
        x = f"{float(x_of_azimuth(degree)):.1f}"
        corner = _CORNERS.get(degree)
        name = join([words.label(corner, within="tspan"), " "]) if corner else None
        parts.append(tag("line", x1=x, x2=x, y1=foot, y2=foot + 5, cls="tick"))
        parts.append(
            tag("text", name, f"{degree}°", x=x, y=foot + 20, text_anchor="middle",
                cls="corner" if corner else None)
        )  # fmt: skip
    return tag("g", *parts, cls="axes")


def _notes(run: Run, words: Words, y: Any) -> Html:
    """The highest and lowest Sun with their dates, and Earth's place."""
    env = run.environment
    notes = []
    for key, index in (
        ("sky.highest", int(np.argmax(env["sun_elevation_deg"].values))),
        ("sky.earth", int(np.argmax(env["earth_elevation_deg"].values))),
    ):
        body = "earth" if key == "sky.earth" else "sun"
        x = float(x_of_azimuth(env[f"{body}_azimuth_deg"].values[index]))
        height = float(env[f"{body}_elevation_deg"].values[index])
        x = min(max(x, LEFT + 165.0), WIDTH - RIGHT - 165.0)  # room for the longest words
        text = words.label(
            key,
            within="tspan",
            degrees=number(height, digits=3, signed=True),
            date=str(env["time"].values[index])[:10],
        )
        at = max(float(y(height)) - 9.0, _TOP + 16.0)
        notes.append(
            tag("text", text, x=f"{x:.1f}", y=f"{at:.1f}", text_anchor="middle", cls=f"note {body}")
        )
    return tag("g", *notes)


def sky_payload(run: Run) -> dict[str, Any]:
    """Directions of Sun and Earth and the skyline, for the page's script."""
    env = run.environment
    index = sampled_index(env.sizes["time"])
    heights = [float(h) for h in run.horizon["mast_height_m"].values]
    names = ("sun_azimuth_deg", "sun_elevation_deg", "earth_azimuth_deg", "earth_elevation_deg")
    stride = int(index[1] - index[0]) if index.size > 1 else 1
    return {
        "start_ms": int(env["time"].values[0].astype("datetime64[ms]").astype(np.int64)),
        "step_ms": float(env.attrs["step_s"]) * 1000.0 * stride,
        "count": int(index.size),
        "sun_radius_deg": float(env["sun_angular_radius_deg"].mean()),
        "earth_radius_deg": float(env["earth_angular_radius_deg"].mean()),
        "masts_m": heights,
        "light": packed(env["sun_visible_fraction"].values[-1][index]),
        "horizon": [packed(row) for row in run.horizon["horizon_deg"].values],
        "distance_m": packed(run.horizon["horizon_distance_m"].values[-1]),
        **{name: packed(env[name].values[index]) for name in names},
    }
