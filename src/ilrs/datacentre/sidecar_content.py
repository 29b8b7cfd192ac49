"""The files that a sidecar names: they are there, whole, of the kind that they say, and as stated.

A CSV file is read line by line, of Parquet, NetCDF, HDF5, TIFF and Zarr only what marks them.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ilrs.datacentre.label_content import NO_FILE, file_fault
from ilrs.datacentre.sidecar import Sidecar
from ilrs.foundation.errors import Finding

__all__ = ["ZARR_MARKS", "check_sidecar", "files_below"]

ZARR_MARKS = ("zarr.json", ".zgroup", ".zarray")
_LONGEST_LINE = 1 << 20
# ending -> what the file begins with, and ends with
_MARKS: Mapping[str, tuple[tuple[bytes, ...], bytes]] = {
    ".parquet": ((b"PAR1",), b"PAR1"),
    ".nc": ((b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n"), b""),
    ".h5": ((b"\x89HDF\r\n\x1a\n",), b""),
    ".tif": ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), b""),
    ".tiff": ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), b""),
    ".png": ((b"\x89PNG\r\n\x1a\n",), b""),
}

_Tell = Callable[[str, int, str, str], None]


def check_sidecar(sidecar: Sidecar) -> tuple[list[tuple[str, str]], list[Finding]]:
    """Name and role of each file that is there, and all that is wrong with what is stated."""
    folder = sidecar.path.parent
    there: list[tuple[str, str]] = []
    findings: list[Finding] = []

    for entry in sidecar.files:
        name, role = str(entry["name"]), str(entry.get("role", "data"))

        def tell(kind: str, line: int, found: str, possible: str, name: str = name) -> None:
            findings.append(
                Finding(
                    file=name if line else sidecar.path.name, line=line, entity=name[:200],
                    found=found, possible=possible, kind=kind,
                    mend="Deliver the file anew, or correct the sidecar.",
                )
            )  # fmt: skip

        fault = file_fault(name, folder)
        if fault == NO_FILE and any((folder / name / m).is_file() for m in ZARR_MARKS):
            there += [(f"{name}/{part}", role) for part in files_below(folder / name)]
            continue
        if fault is not None:
            tell(fault[0], 0, fault[1], "a sidecar names files that lie beside it")
            continue
        there.append((name, role))
        path = folder / name
        _check_stated(path, entry, tell)
        _check_marks(path, tell)
        if path.suffix.lower() == ".csv":
            _check_csv(path, sidecar.values, tell)
    return there, findings


def files_below(folder: Path) -> Iterator[str]:
    """The names of all regular files below a folder, relative to it; links are left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix()


def _check_stated(path: Path, entry: Mapping[str, Any], tell: _Tell) -> None:
    size, stated = path.stat().st_size, entry.get("size")
    if stated is not None and _text(stated) != str(size):
        kind = "truncated" if _is_more(stated, size) else "size"
        tell(kind, 0, f"the file has {size} bytes", f"the sidecar says {_text(stated)}")
    for name in ("md5", "sha256"):
        wanted = "" if entry.get(name) is None else str(entry[name]).lower()
        if wanted:
            with path.open("rb") as stream:
                made = hashlib.file_digest(stream, lambda n=name: hashlib.new(n))  # type: ignore[misc]
            if made.hexdigest() != wanted:
                tell("checksum", 0, f"the file's {name} is {made.hexdigest()}",
                     f"the sidecar says {wanted}")  # fmt: skip


def _text(stated: Any) -> str:
    """What is stated, as text of bearable length."""
    return str(stated)[:200]


def _is_more(stated: Any, number: int) -> bool:
    """Whether what is stated is a whole number in plain digits, and more than the number."""
    is_count = re.fullmatch(r"\d{1,18}", _text(stated), re.ASCII) is not None  # "²" is none
    return is_count and int(stated) > number


def _check_marks(path: Path, tell: _Tell) -> None:
    begins, ends = _MARKS.get(path.suffix.lower(), ((), b""))
    if not begins:
        return
    with path.open("rb") as stream:
        head = stream.read(16)
        stream.seek(max(path.stat().st_size - len(ends), 0))
        tail = stream.read() if ends else b""
    if not head.startswith(begins):
        tell("content", 0, f"the file does not begin as {path.suffix} does", "its ending says so")
    elif not tail.endswith(ends):
        tell("truncated", 0, f"the file does not end as {path.suffix} does", "its ending says so")


def _check_csv(path: Path, values: Mapping[str, Any], tell: _Tell) -> None:
    """Each record has as many fields as the first line; names and record count are the stated."""
    with path.open("rb") as stream:
        lines = iter(lambda: stream.readline(_LONGEST_LINE), b"")
        reader = csv.reader((line.decode("utf-8", "replace") for line in lines), strict=False)
        try:
            names = next(reader, [])
            if not names:
                tell("content", 1, "the file is empty", "its first line names the columns")
                return
            columns = values.get("columns")
            if isinstance(columns, list) and [str(c) for c in columns] != names:
                tell("content", 1, f"the columns are {', '.join(names)[:200]}",
                     f"the sidecar says {', '.join(map(str, columns))[:200]}")  # fmt: skip
            count, wrong, first = 0, 0, 0
            for row in reader:
                count += 1
                if len(row) != len(names):
                    wrong += 1
                    first = first or reader.line_num
            if wrong:
                more = f", and {wrong - 1} more like it" if wrong > 1 else ""
                tell("content", first, f"the record has not {len(names)} fields{more}",
                     f"the first line names {len(names)}")  # fmt: skip
            stated = values.get("records")
            if stated is not None and _text(stated) != str(count):
                kind = "truncated" if _is_more(stated, count) else "content"
                tell(kind, 0, f"the file has {count} records",
                     f"the sidecar says {_text(stated)}")  # fmt: skip
        except csv.Error as error:
            tell("content", reader.line_num, f"the file is no CSV: {error}", "RFC 4180 is read")
