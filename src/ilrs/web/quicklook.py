"""A first look at a table: its numeric columns as curves, drawn from the beginning of the file."""

import csv
import io
import math
from typing import BinaryIO

from ilrs.datacentre.record import FileEntry, Record
from ilrs.study.book_html import Html, tag

__all__ = ["MOST_ROWS", "browse_of", "table_curves", "table_of"]

MOST_ROWS, _MOST_BYTES, _MOST_CURVES = 2000, 1_000_000, 4
_WIDTH, _HEIGHT, _PAD = 640.0, 180.0, 6.0


def browse_of(record: Record) -> FileEntry | None:
    """The picture that came with a product; None where none did."""
    shown = ("image/png", "image/jpeg")
    return next((f for f in record.files_with("browse") if f.media_type in shown), None)


def table_of(record: Record) -> FileEntry | None:
    """The first table of comma-separated values of a product; None where there is none."""
    return next(
        (f for f in record.files_with("data") if f.media_type.partition(";")[0] == "text/csv"), None
    )


def table_curves(stream: BinaryIO) -> tuple[Html, int] | None:
    """Curves of the first numeric columns and how many rows they show; None without such a one."""
    head = stream.read(_MOST_BYTES)
    lines = head.decode("utf-8", "replace").splitlines()
    if len(head) == _MOST_BYTES:
        lines = lines[:-1]  # cut in its middle
    rows = [row for row in csv.reader(io.StringIO("\n".join(lines[: MOST_ROWS + 1]))) if row]
    if len(rows) < 3:
        return None
    names, body = rows[0], rows[1:]
    curves = []
    for index, name in enumerate(names):
        values = [_number(row[index]) if index < len(row) else math.nan for row in body]
        known = [v for v in values if math.isfinite(v)]
        if len(known) > len(values) / 2 and max(known) > min(known):
            curves.append((name, values, min(known), max(known)))
        if len(curves) == _MOST_CURVES:
            break
    if not curves:
        return None
    drawn = [_curve(values, low, high, k) for k, (_, values, low, high) in enumerate(curves)]
    svg = tag("svg", *drawn, viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", cls="curves",
              aria_label=", ".join(name for name, *_ in curves),
              preserveAspectRatio="none")  # fmt: skip
    told = [
        tag("li", tag("i", cls=f"curve{k}"), name, " ", tag("small", f"{low:.4g} … {high:.4g}"))
        for k, (name, _, low, high) in enumerate(curves)
    ]
    return tag("div", svg, tag("ul", *told, cls="legend")), len(body)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _curve(values: list[float], low: float, high: float, number: int) -> Html:
    """One curve, from its least value at the bottom to its greatest at the top."""
    step = (_WIDTH - 2 * _PAD) / max(len(values) - 1, 1)
    height = _HEIGHT - 2 * _PAD
    path, pen = [], "M"
    for k, value in enumerate(values):
        if not math.isfinite(value):
            pen = "M"
            continue
        y = _HEIGHT - _PAD - height * (value - low) / (high - low)
        path.append(f"{pen}{_PAD + k * step:.1f} {y:.1f}")
        pen = "L"
    return tag("path", d="".join(path), cls=f"curve{number}")
