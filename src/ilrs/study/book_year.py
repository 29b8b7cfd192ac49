"""The power year and the data year: series for the zoomable charts, and the months as a table."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.study.book_data import packed, thinned
from ilrs.study.book_html import Html, table, tag
from ilrs.study.book_numbers import moment, number, percent, step_h
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["coldest_margin_k", "element_table", "month_table", "year_payload"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def year_payload(run: Run) -> dict[str, Any]:
    """Everything the charts draw: one time axis, lanes of visibility, panels of series."""
    panels = [_power(run), _charge(run), _temperature(run), _rate(run), _store(run)]
    count = thinned(run.environment["t_s"].values).size
    whole_ms = float(run.environment.attrs["step_s"]) * 1000.0 * run.environment.sizes["time"]
    start = run.environment["time"].values[0].astype("datetime64[ms]").astype(np.int64)
    return {
        "start_ms": int(start),
        "step_ms": whole_ms / count,
        "count": int(count),
        "thinned": count < run.environment.sizes["time"],
        "lanes": _lanes(run),
        "panels": [panel for panel in panels if panel is not None],
    }


def _series(key: str, colour: str, values: npt.ArrayLike, **style: Any) -> dict[str, Any]:
    return {"key": key, "colour": colour, **style, **packed(thinned(values))}


def _lanes(run: Run) -> list[dict[str, Any]]:
    env = run.environment
    relay = env["relay_open_fraction"].sel(mask_deg=0.0).values.max(axis=0, initial=0.0)
    rows = (
        ("lane.sun", "amber", env["sun_visible_fraction"].values[-1]),
        ("lane.earth", "blue", env["earth_visible_fraction"].values[-1]),
        ("lane.relay", "teal", relay),
    )
    return [_series(key, colour, values) for key, colour, values in rows]


def _power(run: Run) -> dict[str, Any]:
    made = run.station["power_made_w"].sum("element").values / 1e3
    used = run.station["power_used_w"].sum("element").values / 1e3
    series = [
        _series("power.made", "amber", made, fill=True),
        _series("power.spilled", "grey", run.station["power_spilled_w"].values / 1e3),
        _series("power.used", "blue", used, width=1.6),
    ]
    unserved = run.station["power_unserved_w"].values / 1e3
    if (unserved > 0).any():
        series.append(_series("power.unserved", "red", unserved, fill=True))
    return {"key": "power.title", "unit": "kW", "height": 190, "series": series}


def _charge(run: Run) -> dict[str, Any] | None:
    charge = run.station["state_of_charge"].values * 100.0
    if not np.isfinite(charge).any():
        return None
    series = [_series("charge.level", "teal", charge, fill=True)]
    return {"key": "charge.title", "unit": "%", "height": 120, "top": 100, "series": series}


def coldest_margin_k(run: Run) -> FloatArray | None:
    """Least of temperature minus survival minimum over all elements, on `time`. [K]

    None where no element declares what it survives.
    """
    rows = [
        run.station["temperature_k"].sel(element=key).values - thermal.survival_minimum_k
        for key, thermal in _thermal(run).items()
    ]
    return np.asarray(np.min(rows, axis=0)) if rows else None


def _thermal(run: Run) -> dict[str, Any]:
    elements = run.programme.elements
    return {
        key: elements[key].thermal
        for key in run.station["element"].values.tolist()
        if key in elements and elements[key].thermal is not None
    }


def _temperature(run: Run) -> dict[str, Any] | None:
    margin = coldest_margin_k(run)
    if margin is None:
        return None
    series = [_series("temperature.margin", "blue", margin, fill=True)]
    return {"key": "temperature.title", "unit": "K", "height": 120, "series": series}


def _rate(run: Run) -> dict[str, Any]:
    sent = run.station["data_sent_bps"].sum("element").values / 1e6
    made = run.station["data_made_bps"].sum("element").values / 1e6
    series = [
        _series("data.sent", "blue", sent, fill=True),
        _series("data.made", "amber", made, width=1.6),
    ]
    return {"key": "data.title", "unit": "Mbit/s", "height": 130, "series": series}


def _store(run: Run) -> dict[str, Any]:
    stored = run.station["data_stored_bit"].sum("element").values / 1e9
    series = [_series("data.stored", "violet", stored, fill=True)]
    return {"key": "data.store", "unit": "Gbit", "height": 110, "series": series}


def month_table(run: Run, words: Words) -> Html:
    """The year by calendar month: light, energy, lowest charge, coldest margin, data."""
    months = run.environment["time"].values.astype("datetime64[M]")
    first = np.flatnonzero(np.diff(months, prepend=months[0] - np.timedelta64(1, "M")))
    bounds = np.append(first, months.size)
    columns = _month_columns(run)
    rows = []
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        cells = [tag("td", show(values[start:end]), cls="num") for _, values, show in columns]
        rows.append(tag("tr", tag("th", str(months[start]), scope="row"), *cells))
    head = [words.label("month.month"), *(words.label(key) for key, _, _ in columns)]
    return table(
        head,
        rows,
        caption=words.label("month.caption"),
        numeric=range(1, len(head)),
    )


def _month_columns(run: Run) -> list[tuple[str, FloatArray, Any]]:
    """Label, series, and how a month of it is told."""
    hours, station = step_h(run), run.station
    margin = coldest_margin_k(run)
    none = np.full(run.environment.sizes["time"], np.nan)

    def total(factor: float) -> Any:
        return lambda part: number(float(part.sum()) * factor, digits=3)

    def share(part: FloatArray) -> str:
        return percent(float(part.mean()))

    def least(part: FloatArray) -> str:
        return number(float(part.min()), digits=3, signed=True)

    def least_share(part: FloatArray) -> str:
        return percent(float(part.min())) if np.isfinite(part).all() else "–"

    mwh, gbit = hours / 1e6, hours * 3600.0 / 1e9
    return [
        ("month.light", run.environment["sun_visible_fraction"].values[-1], share),
        ("month.made", station["power_made_w"].sum("element").values, total(mwh)),
        ("month.used", station["power_used_w"].sum("element").values, total(mwh)),
        ("month.spilled", station["power_spilled_w"].values, total(mwh)),
        ("month.charge", station["state_of_charge"].values, least_share),
        ("month.cold", none if margin is None else margin, least),
        ("month.data_made", station["data_made_bps"].sum("element").values, total(gbit)),
        ("month.data_sent", station["data_sent_bps"].sum("element").values, total(gbit)),
    ]


def element_table(run: Run, words: Words) -> Html | None:
    """Each element's coldest and warmest hour against what it survives; None where none tells."""
    rows = []
    for key, thermal in _thermal(run).items():
        t_k = run.station["temperature_k"].sel(element=key).values
        cold, warm = int(np.argmin(t_k)), int(np.argmax(t_k))
        margins = (t_k[cold] - thermal.survival_minimum_k, thermal.survival_maximum_k - t_k[warm])
        cells = []
        for index, margin in zip((cold, warm), margins, strict=True):
            state = "num" if margin >= 0 else "num fail-text"
            when = moment(run, float(run.environment["t_s"].values[index]))
            cells += [
                tag("td", number(float(t_k[index])), cls="num"),
                tag("td", number(float(margin), signed=True, digits=3), cls=state),
                tag("td", when, cls="date"),
            ]
        name = words.name(run.programme.elements[key])
        rows.append(tag("tr", tag("th", name, scope="row"), *cells))
    if not rows:
        return None
    head = [
        words.label(f"bears.{key}")
        for key in ("element", "coldest", "margin", "when", "warmest", "margin", "when")
    ]
    return table(head, rows, caption=words.label("bears.caption"), numeric=(1, 2, 4, 5))
