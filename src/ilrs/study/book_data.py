"""Series made small enough for a page: sixteen bits a sample, extremes kept exactly."""

import base64
import struct
import zlib
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_SAMPLES", "data_png", "packed", "sampled_index", "thinned"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: More samples than this are thinned; an hourly year stays whole.
MOST_SAMPLES = 10_000
_TOP = 65534
_GAP = 65535  # not a number


def packed(values: npt.ArrayLike) -> dict[str, Any]:
    """A series as {lo, hi, codes}: base64 of little-endian 16-bit steps between its extremes.

    The extremes come back exactly, anything between to (hi - lo) / 131068; gaps stay gaps.
    """
    series = np.asarray(values, dtype=np.float64)
    known = np.isfinite(series)
    low, high = (float(series[known].min()), float(series[known].max())) if known.any() else (0, 0)
    width = high - low
    scaled = np.zeros(series.shape) if width == 0 else (series - low) / width * _TOP
    codes = np.where(known, np.round(np.where(known, scaled, 0.0)), _GAP).astype("<u2")
    return {"lo": low, "hi": high, "codes": base64.b64encode(codes.tobytes()).decode("ascii")}


def thinned(values: npt.ArrayLike) -> FloatArray:
    """At most MOST_SAMPLES of a series: each bucket gives its least and greatest, in their order.

    A series that is short enough comes back whole, so peaks are never lost.
    """
    series = np.asarray(values, dtype=np.float64)
    if series.size <= MOST_SAMPLES:
        return series
    bucket = _bucket(series.size)
    padded = np.concatenate([series, np.full(-series.size % bucket, series[-1])])
    rows = padded.reshape(-1, bucket)
    finite = np.where(np.isfinite(rows), rows, np.nan)
    least = np.argmin(np.where(np.isnan(finite), np.inf, finite), axis=1)
    most = np.argmax(np.where(np.isnan(finite), -np.inf, finite), axis=1)
    pair = np.sort(np.stack([least, most], axis=1), axis=1)
    return np.asarray(np.take_along_axis(rows, pair, axis=1).ravel())


def _bucket(size: int) -> int:
    """Steps per bucket, so that two samples a bucket stay within MOST_SAMPLES."""
    return -(-size // (MOST_SAMPLES // 2))


def sampled_index(size: int) -> npt.NDArray[np.int64]:
    """Which samples to keep of a series that must not be mixed (directions): every k-th."""
    return np.arange(0, size, -(-size // MOST_SAMPLES))


def data_png(cells: npt.NDArray[np.uint8], palette: list[tuple[int, int, int, int]]) -> str:
    """A picture of palette indices, shape (rows, columns), as a data: address.

    Written without compression, so that its bytes do not depend on the zlib at hand (PNG, third
    edition, sections 5 and 11).
    """
    rows, columns = cells.shape
    raw = b"".join(b"\0" + cells[row].tobytes() for row in range(rows))
    colours = bytes(part for colour in palette for part in colour[:3])
    alphas = bytes(colour[3] for colour in palette)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", colours),
        (b"tRNS", alphas),
        (b"IDAT", zlib.compress(raw, 0)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode("ascii")
