"""The two kernels that say where Sun and Earth stand, as one value."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ilrs.sky.kernels import Ephemeris, open_ephemeris
from ilrs.sky.orientation import Orientation, open_orientation

__all__ = ["Sky", "open_sky"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """Where bodies are, and how the Moon is turned: what every result names as its source."""

    ephemeris: Ephemeris
    orientation: Orientation

    @property
    def kernels(self) -> dict[str, Any]:
        """Both by name, as the functions of `ilrs.sky.directions` take them."""
        return {"ephemeris": self.ephemeris, "orientation": self.orientation}


def open_sky(orientation: str = "MOON_ME_DE421", ephemeris: Path | str | None = None) -> Sky:
    """The Moon's orientation of that name, and an SPK file; DE440 where none is named.

    Raises as `ilrs.sky.kernels.open_ephemeris` and `ilrs.sky.orientation.open_orientation`.
    """
    return Sky(ephemeris=open_ephemeris(ephemeris), orientation=open_orientation(orientation))
