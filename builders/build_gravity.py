"""Writes the gravity field that comes with the package, from GSFC's file of GRGM660PRIM.

    python builders/build_gravity.py GGGRX_0020PM_SHA_TAB

The file is the degree-660 field of the primary mission of GRAIL cut to degree and order 20 (product
GGGRX_0660PM_SHA.TAB of the PDS Geosciences Node). What is written is the PDS' own comma separated
layout, in kilometres, under lines that say where it comes from.
"""

import argparse
from pathlib import Path

from ilrs.foundation.provenance import sha256_of_file
from ilrs.orbits.gravity import GravityField, read_gravity_field

HOME = Path(__file__).parents[1] / "src" / "ilrs" / "orbits" / "grgm660prim_20.csv"


def text(field: GravityField, source: Path) -> str:
    """The whole file."""
    degree = field.degree
    head = [
        f"# GRGM660PRIM to degree and order {degree}: the Moon's gravity, fully normalised",
        "# Lemoine et al. 2013, doi:10.1002/jgre.20118; NASA GSFC, PDS Geosciences; DE421 axes",
        f"# from {source.name}, sha256 {sha256_of_file(source)}",
        "# written by builders/build_gravity.py",
        f"{field.radius_m / 1e3:.16E}, {field.gm_m3_s2 / 1e9:.16E}, 0.0, {degree}, {degree}, 1,"
        " 0.0, 0.0",
    ]
    rows = [
        f"{n},{m},{float(field.cosine[n, m])!r},{float(field.sine[n, m])!r}"
        for n in range(2, degree + 1)
        for m in range(n + 1)
    ]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    path = parser.parse_args().source
    HOME.write_text(text(read_gravity_field(path), path), encoding="utf-8")
    print(f"{HOME}: {HOME.stat().st_size} bytes")
