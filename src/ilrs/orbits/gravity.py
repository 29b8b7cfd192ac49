"""Gravity fields of the Moon: normalised spherical harmonics with the GM, radius and axes they
belong to, read from what publishers hand out.

Three layouts are known by their content: SHADR (comma separated, of the PDS), the RECOEF cards of
GSFC's orbit program GEODYN, and ICGEM's gfc. A field comes with its own GM and radius: a GM that is
not its own, 2e-7 off, moves a 30-day state by 1.3 km.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["HIGHEST_DEGREE", "GravityField", "default_gravity_field", "read_gravity_field"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Beyond it the recursion over degrees leaves the range of double precision near the poles.
HIGHEST_DEGREE = 1200

_DEFAULT = Path(__file__).with_name("grgm660prim_20.csv")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][-+]?\d+)?")
# What the Moon's radius and GM look like in each unit; published values lie well inside.
_RADIUS_KM, _GM_KM3_S2 = (1700.0, 1800.0), (4850.0, 4950.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GravityField:
    """The Moon's gravity outside it, as fully normalised (4 pi) coefficients."""

    name: str
    gm_m3_s2: float
    radius_m: float  # the reference radius that the coefficients belong to
    cosine: FloatArray  # (degree + 1, degree + 1): C by degree and order
    sine: FloatArray  # S likewise
    frame: str = "MOON_PA_DE421"  # the orientation whose axes it is fixed to
    source: str = ""

    @property
    def degree(self) -> int:
        """Highest degree and order."""
        return len(self.cosine) - 1

    @property
    def text(self) -> str:
        """Name, size and axes, for provenance."""
        return f"{self.name} {self.degree}x{self.degree} in {self.frame}"

    def cut(self, degree: int) -> "GravityField":
        """The same field to a lower degree and order.

        Raises IlrsError for a degree that it does not reach.
        """
        if not 0 <= degree <= self.degree:
            raise IlrsError(
                f"{self.name} to degree {degree}",
                f"this field reaches degree {self.degree}",
                "Ask for a lower degree, or read a larger field.",
            )
        size = degree + 1
        return replace(
            self, cosine=self.cosine[:size, :size].copy(), sine=self.sine[:size, :size].copy()
        )


def default_gravity_field(*, degree: int | None = None) -> GravityField:
    """The field that comes with the package: GRGM660PRIM to degree and order 20, or to `degree`."""
    return read_gravity_field(_DEFAULT, degree=degree, name="GRGM660PRIM")


def read_gravity_field(
    path: Path | str, *, degree: int | None = None, frame: str = "MOON_PA_DE421", name: str = ""
) -> GravityField:
    """The gravity field in a SHADR, GEODYN (RECOEF) or ICGEM file, to `degree` where one is given.

    GM and radius are the file's, in metres or kilometres, told apart by their size. No layout names
    its axes as we do: `frame` says which they are (the label of a GRAIL product tells). Raises
    IlrsError for a layout or a unit that is not known, another body, coefficients that are not
    normalised or missing, and a degree that the file does not reach.
    """
    path = Path(path)
    if not path.is_file():
        raise IlrsError(
            f"the gravity field {path} is not there",
            "SHADR, GEODYN and ICGEM files are read, and a field to degree 20 comes with ilrs",
            "Correct the path, or leave the field out.",
        )
    lines = [
        line
        for line in path.read_text(encoding="latin-1").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    if any(line.startswith("end_of_head") for line in lines):
        found = _icgem(lines, path)
    elif any(line.startswith("RECOEF") for line in lines):
        found = _geodyn(lines, path)
    else:
        found = _shadr(lines, path)
    wanted = found.degree if degree is None else degree
    if not 0 <= wanted <= min(found.degree, HIGHEST_DEGREE):
        raise IlrsError(
            f"{path.name} to degree {wanted}",
            f"it reaches degree {found.degree}, and ilrs {HIGHEST_DEGREE}",
            "Ask for a degree up to that with `degree`, or read a larger field.",
        )
    cosine, sine = _tables(found, wanted, path.name)
    return GravityField(
        name=name or found.name, gm_m3_s2=_metric(found.gm, _GM_KM3_S2, 1e9, "GM", path.name),
        radius_m=_metric(found.radius, _RADIUS_KM, 1e3, "reference radius", path.name),
        cosine=cosine, sine=sine, frame=frame, source=path.name,
    )  # fmt: skip


class _Found(NamedTuple):
    """What a file says, in its own units."""

    name: str
    radius: float
    gm: float
    degree: int
    rows: list[tuple[int, int, float, float]]  # degree, order, C, S


def _shadr(lines: list[str], path: Path) -> _Found:
    """PDS: reference radius, GM, its error, degree, order, normalised or not, place; then rows."""
    header = _numbers(lines[0].split(",")) if lines and "," in lines[0] else []
    if len(header) < 6:
        raise _unknown(path)
    if header[5] != 1:
        raise _not_normalised(path, f"its normalisation state is {header[5]:g}")
    if any(header[6:8]):
        raise IlrsError(
            f"{path.name} counts from longitude {header[6]:g} deg",
            "fields whose reference longitude and latitude are 0 are read",
            "Rotate the coefficients, or choose another file.",
        )
    rows = (_numbers(line.split(",")[:4]) for line in lines[1:] if "," in line)
    return _Found(path.stem, header[0], header[1], int(header[3]), _rows(rows, path))


def _geodyn(lines: list[str], path: Path) -> _Found:
    """GSFC: a line with name, GM and radius; then cards of fixed columns, A6 2I3 2D24.16."""
    header = [line for line in lines if not line.lstrip().startswith(("(", "RECOEF"))]
    values = [_numbers([word]) for word in (header[0].split()[-2:] if header else [])]
    if len(values) != 2 or not all(values):
        raise _unknown(path)
    named = re.search(r"\(([^)]*)\)", header[0])
    cards = (line for line in lines if line.startswith("RECOEF"))
    rows = _rows((_numbers([c[6:9], c[9:12], c[12:36], c[36:60]]) for c in cards), path)
    highest = max(row[0] for row in rows)
    return _Found(named[1] if named else path.stem, values[1][0], values[0][0], highest, rows)


def _icgem(lines: list[str], path: Path) -> _Found:
    """ICGEM: keywords up to end_of_head, then lines `gfc degree order C S`."""
    end = next(k for k, line in enumerate(lines) if line.startswith("end_of_head"))
    said = {words[0]: words[1] for line in lines[:end] if len(words := line.split()) > 1}
    gm = said.get("earth_gravity_constant", said.get("gravity_constant", ""))
    numbers = _numbers([said.get("radius", ""), gm, said.get("max_degree", "")])
    if len(numbers) < 3:
        raise _unknown(path)
    if said.get("norm", "fully_normalized") != "fully_normalized":
        raise _not_normalised(path, f"its norm is {said['norm']}")
    kinds = {line.split()[0] for line in lines[end + 1 :]}
    if kinds != {"gfc"}:
        raise IlrsError(
            f"{path.name} has coefficients of the kinds {', '.join(sorted(kinds)) or '(none)'}",
            "constant coefficients (gfc) are read, no changing ones",
            "Choose a static field.",
        )
    rows = _rows((_numbers(line.split()[1:5]) for line in lines[end + 1 :]), path)
    return _Found(said.get("modelname", path.stem), numbers[0], numbers[1], int(numbers[2]), rows)


def _numbers(words: list[str]) -> list[float]:
    """The numbers that words hold, Fortran's exponents too, up to the first that holds none."""
    found = []
    for word in words:
        if not _NUMBER.fullmatch(word.strip()):
            break
        found.append(float(word.strip().upper().replace("D", "E")))
    return found


def _rows(read: Iterator[list[float]], path: Path) -> list[tuple[int, int, float, float]]:
    rows = []
    for count, values in enumerate(read, start=1):
        if len(values) < 4 or not 0 <= values[1] <= values[0]:
            raise IlrsError(
                f"coefficient {count} of {path.name} is no degree, order, C and S",
                "each line holds these four, the order from 0 to the degree",
                "Fetch the file again; it may be cut or damaged.",
            )
        rows.append((int(values[0]), int(values[1]), values[2], values[3]))
    if not rows:
        raise _unknown(path)
    return rows


def _tables(found: _Found, degree: int, name: str) -> tuple[FloatArray, FloatArray]:
    """C and S by degree and order; every one from degree 2 on must be there."""
    cosine, sine = np.full((2, degree + 1, degree + 1), np.nan)
    for n, m, c, s in found.rows:
        if n <= degree:
            cosine[n, m], sine[n, m] = c, s
    # The first degrees are often left out: the mass is GM, and its centre is the origin.
    first = cosine[:2], sine[:2]
    for table, central in zip(first, (1.0, 0.0), strict=True):
        table[np.isnan(table)] = 0.0
        table[0, 0] = table[0, 0] or central
    missing = int(np.isnan(cosine[np.tril_indices(degree + 1)]).sum())
    if missing:
        raise IlrsError(
            f"{name} lacks {missing} of the coefficients up to degree {degree}",
            f"its header promises degree {found.degree}",
            "Fetch the file again, or ask for a lower degree with `degree`.",
        )
    upper = np.triu_indices(degree + 1, 1)
    cosine[upper] = sine[upper] = 0.0
    return cosine, sine


def _metric(value: float, likely: tuple[float, float], unit: float, what: str, name: str) -> float:
    """A radius or GM in metres, whether the file gives it in metres or kilometres."""
    if likely[0] <= value <= likely[1]:
        return value * unit
    if likely[0] * unit <= value <= likely[1] * unit:
        return value
    raise IlrsError(
        f"{name} gives {value:g} as its {what}",
        f"the Moon's lies between {likely[0]:g} and {likely[1]:g} with kilometres,"
        f" {likely[0] * unit:g} and {likely[1] * unit:g} with metres",
        "Choose a field of the Moon in one of these units.",
    )


def _unknown(path: Path) -> IlrsError:
    return IlrsError(
        f"{path.name} is no gravity field that is known",
        "SHADR (comma separated), GEODYN (RECOEF) and ICGEM (gfc) files are read",
        "Choose such a file; a PDS label alone holds no coefficients.",
    )


def _not_normalised(path: Path, state: str) -> IlrsError:
    return IlrsError(
        f"the coefficients of {path.name} are not fully normalised: {state}",
        "fully (4 pi) normalised ones are read",
        "Divide each by sqrt((2 - [m = 0]) (2n + 1) (n - m)! / (n + m)!), and say so above them.",
    )
