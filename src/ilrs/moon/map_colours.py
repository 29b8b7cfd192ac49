"""Maps as coloured pixels: ramps of even lightness, relief laid over them, and PNG files.

Each ramp rises or falls steadily in lightness, so that a map can be read in grey and by people who
see colours otherwise.
"""

import struct
import zlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError

__all__ = ["NO_DATA", "RAMPS", "coloured", "png_bytes", "ramp_colours", "ramp_for", "value_limits"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Pixels: TypeAlias = npt.NDArray[np.uint8]

#: Colours of each ramp from its lowest to its highest value, evenly spaced.
RAMPS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "light": (
        (13, 20, 38), (48, 61, 95), (112, 103, 104),
        (186, 145, 73), (245, 190, 70), (255, 244, 205),
    ),
    "height": (
        (38, 48, 74), (73, 89, 110), (119, 124, 124),
        (170, 155, 133), (216, 201, 172), (250, 245, 234),
    ),
    "heat": (
        (14, 12, 42), (66, 25, 94), (140, 40, 92),
        (207, 76, 62), (245, 150, 62), (254, 233, 168),
    ),
    "slope": (
        (250, 246, 236), (238, 212, 163), (219, 155, 98),
        (176, 88, 74), (104, 43, 70), (40, 19, 48),
    ),
    "amount": (
        (246, 249, 243), (184, 216, 203), (104, 168, 168),
        (47, 112, 136), (28, 61, 100), (16, 25, 58),
    ),
    "grey": ((16, 18, 22), (236, 235, 231)),
}  # fmt: skip
#: What stands for "no data" on a map.
NO_DATA = (208, 209, 212)

_RAMP_OF_UNIT = {"1": "light", "W m-2": "light", "K": "heat", "deg": "slope"}
_STEPS = 256
_FLAT_SHADE = 0.62  # brightness of level ground: slopes go both ways from it


def ramp_for(values: xr.DataArray) -> str:
    """The name of the ramp that suits a layer, by its name and unit."""
    if values.name in ("height_m", "hillshade"):
        return {"height_m": "height", "hillshade": "grey"}[values.name]
    return _RAMP_OF_UNIT.get(str(values.attrs.get("units", "")), "amount")


def ramp_colours(ramp: str) -> Pixels:
    """256 colours of a ramp, shape (256, 3); raises IlrsError for a name there is not."""
    if ramp not in RAMPS:
        raise IlrsError(
            f"no colour ramp is called {ramp!r}",
            f"known are {', '.join(RAMPS)}",
            "Choose one of these.",
        )
    anchors = np.array(RAMPS[ramp], dtype=np.float64)
    at = np.linspace(0.0, len(anchors) - 1.0, _STEPS)
    mixed = [np.interp(at, np.arange(len(anchors)), anchors[:, part]) for part in range(3)]
    return np.asarray(np.round(np.stack(mixed, axis=1)), dtype=np.uint8)


def value_limits(values: npt.ArrayLike) -> tuple[float, float]:
    """Least and greatest finite value; apart by at least a little, so that a ramp can span them."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def coloured(
    values: npt.ArrayLike,
    *,
    ramp: str,
    limits: tuple[float, float],
    shade: npt.ArrayLike | None = None,
) -> Pixels:
    """Red, green and blue of each pixel, (rows, columns, 3); what is not finite is NO_DATA.

    `shade` is a hillshade, 0 to 1: slopes that face its light are brightened, others darkened.
    """
    low, high = limits
    field = np.asarray(values, dtype=np.float64)
    known = np.isfinite(field)
    part = np.clip((np.where(known, field, low) - low) / (high - low), 0.0, 1.0)
    colours = ramp_colours(ramp)[np.round(part * (_STEPS - 1)).astype(np.intp)].astype(np.float64)
    if shade is not None:
        light = np.asarray(shade, dtype=np.float64)
        level = np.where(np.isfinite(light), light, _FLAT_SHADE)[..., None] / _FLAT_SHADE
        darker = colours * (0.3 + 0.7 * np.minimum(level, 1.0))
        colours = darker + (255.0 - darker) * 0.45 * np.maximum(level - 1.0, 0.0)
    colours[~known] = NO_DATA
    return np.asarray(np.round(np.clip(colours, 0.0, 255.0)), dtype=np.uint8)


def png_bytes(colours: Pixels) -> bytes:
    """A PNG file of pixels (rows, columns, 3); the same bytes for the same zlib library.

    PNG, third edition, sections 5, 9 and 11: each byte less the one a pixel to its left.
    """
    rows, columns, _ = colours.shape
    left = np.zeros_like(colours)
    left[:, 1:] = colours[:, :-1]
    scanlines = (colours - left).reshape(rows, -1)  # modulo 256, as bytes are
    raw = np.concatenate([np.ones((rows, 1), dtype=np.uint8), scanlines], axis=1).tobytes()
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw, 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
