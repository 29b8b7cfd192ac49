"""A mirror that is nothing but files: any web server can serve it, any Parquet reader can ask it.

    <folder>/mirror.json          what it is: node, when it was made, number of products
    <folder>/catalogue.parquet    one row per version, sorted by HEALPix cell; `record` holds it all
    <folder>/files/<bundle>/<collection>/<product>/<version>/<name>

A part of an identifier that looks like a version has a '=' before it: the first folder that looks
like one is the version's, and no two files share a place.

Only what anyone may redistribute at the time of writing goes in. Rows that lie together on the Moon
lie together in the file, so that a place is found by reading a few groups of rows over HTTP.
"""

import heapq
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from ilrs.datacentre.healpix import nested_cell
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.matching import times_us
from ilrs.datacentre.packing import pack
from ilrs.datacentre.record import FileEntry, Record
from ilrs.datacentre.rights import ANYONE, Policy, Verb, rights_key, view_of, with_terms
from ilrs.datacentre.spherical import bounds_xyz
from ilrs.datacentre.submission import require_safe_name
from ilrs.foundation.errors import IlrsError

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:
    raise IlrsError(
        f"static mirrors cannot be written or read: {error.name} is not installed",
        "it comes with the extra 'centre'",
        "Run: pip install 'ilrs[centre]'",
    ) from None

__all__ = [
    "BOUNDS", "CATALOGUE_NAME", "EXACT", "FORMAT", "ORDER", "SUMMARY_NAME", "file_path",
    "write_static_mirror",
]  # fmt: skip

FORMAT = "ilrs static mirror 1"
SUMMARY_NAME, CATALOGUE_NAME, _FILES = "mirror.json", "catalogue.parquet", "files"
ORDER = 12  # cells of 0.43 km on the Moon
_VERSION = re.compile(r"v\d+\.\d+", re.ASCII)
_PART = f"{'part':_>201}"  # longer than the name of any product's file
_NOWHERE = 12 * 4**ORDER  # after every cell
_GROUP_ROWS, _SORTED_AT_ONCE = 4096, 50_000
#: Columns of the box around a place on the unit sphere.
BOUNDS = ("least_x", "most_x", "least_y", "most_y", "least_z", "most_z")
#: Columns that hold a record's field as it is.
EXACT = ("lidvid", "target", "mission", "instrument", "site", "partner", "processing_level")

_SCHEMA = pa.schema(
    [("cell", pa.int64())]
    + [(name, pa.string()) for name in EXACT]
    + [("lid", pa.string()), ("newest", pa.bool_())]
    + [("start_us", pa.int64()), ("stop_us", pa.int64())]
    + [(name, pa.float64()) for name in BOUNDS]
    + [("title", pa.string()), ("record", pa.string())]
)
_Row: TypeAlias = tuple[Any, ...]
OpenFile: TypeAlias = Callable[[str, str], BinaryIO]


def write_static_mirror(
    records: Iterable[Record],
    folder: Path,
    *,
    policy: Policy,
    instant_s: float,
    open_file: OpenFile,
    about: dict[str, Any],
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Writes a mirror of those records that anyone may redistribute, and gives their number.

    `open_file(lidvid, name)` opens a file of a version, `about` goes into mirror.json. Files that
    are there are kept, every other file below `files` is removed. The catalogue is replaced
    whole, when every file that it names is there. Raises IlrsError where the folder holds something
    else.
    """
    _require_mirror(folder)
    view = view_of(ANYONE, instant_s=instant_s, verb=Verb.REDISTRIBUTE)
    public = (
        record
        for record in records
        if not record.withdrawn_utc and view.shows(*rights_key(record, policy))
    )
    newest: dict[str, LidVid] = {}
    kept: set[str] = set()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as making:
        runs, rows, count = list[Path](), list[_Row](), 0
        if not (folder / SUMMARY_NAME).exists():  # killed from here on, it is known as a mirror
            _write_summary(folder, making, {"products": 0, **about})
        for count, record in enumerate(public, start=1):
            name = LidVid.parse(record.lidvid)
            newest[str(name.lid)] = max(name, newest.get(str(name.lid), name))
            for file in record.files:
                _copy(record, file, folder, open_file)
                kept.add(file_path(record.lidvid, file.name))
            rows.append(_row(record, policy))
            if len(rows) == _SORTED_AT_ONCE:
                runs.append(_write_run(rows, Path(making) / str(len(runs))))
                rows = []
            progress(count)
        runs.append(_write_run(rows, Path(making) / str(len(runs))))
        fresh = Path(making) / CATALOGUE_NAME
        _write_catalogue(heapq.merge(*(_read_run(run) for run in runs)), fresh, newest)
        _sync(fresh)
        fresh.replace(folder / CATALOGUE_NAME)
        _write_summary(folder, making, {"products": count, **about})
    if (folder / _FILES).is_dir():
        _remove_others(folder, kept)
    return count


def _write_summary(folder: Path, making: str, about: dict[str, Any]) -> None:
    summary = {"format": FORMAT, "order": ORDER, **about}
    written = Path(making) / SUMMARY_NAME
    written.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", "utf-8")
    written.replace(folder / SUMMARY_NAME)


def file_path(lidvid: str, name: str) -> str:
    """Where a file of a version lies below the mirror's folder or address."""
    return f"{_version_folder(lidvid)}/{name}"


def _version_folder(lidvid: str) -> PurePosixPath:
    name = LidVid.parse(lidvid)
    parts = (f"={p}" if _VERSION.fullmatch(p) else p for p in name.lid.parts[1:])
    return PurePosixPath(_FILES, *parts, f"v{name.vid}")


def _require_mirror(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise IlrsError(f"{folder} is no folder", "a mirror is one", "Name a new folder.")
    strange = folder.is_dir() and any(folder.iterdir()) and not (folder / SUMMARY_NAME).exists()
    if strange and not all(path.name.startswith(".making-") for path in folder.iterdir()):
        raise IlrsError(
            f"{folder} holds something else than a mirror",
            "a mirror is written into a new folder or over an older one of its kind",
            "Name another folder.",
        )


def _copy(record: Record, file: FileEntry, folder: Path, open_file: OpenFile) -> None:
    """A file of a version in the mirror, whole or not at all; a version's files never change."""
    require_safe_name(file.name)
    target = folder / file_path(record.lidvid, file.name)
    if target.is_file() and target.stat().st_size == file.size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(_PART)
    with open_file(record.lidvid, file.name) as source, part.open("wb") as stream:
        shutil.copyfileobj(source, stream, 1 << 20)
    part.replace(target)


def _row(record: Record, policy: Policy) -> _Row:
    plain = with_terms(record, policy).to_dict()
    bounds: tuple[float | None, ...] = (None,) * len(BOUNDS)
    if record.place is not None:
        bounds = tuple(bounds_xyz(pack(record.place)).tolist())
    start, _, stop = times_us(record)
    exact = (getattr(record, name) for name in EXACT)
    lid = str(LidVid.parse(record.lidvid).lid)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return (0, *exact, lid, None, start, stop, *bounds, record.title, text)


def _table(rows: Sequence[_Row]) -> Any:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_SCHEMA)
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


def _order(row: _Row) -> tuple[int, str]:
    return row[0], row[1]  # cell, LIDVID: never equal


def _write_run(rows: list[_Row], path: Path) -> Path:
    """Rows sorted by cell, which they are given here: many at once are quicker."""
    first = _SCHEMA.get_field_index(BOUNDS[0])
    boxes = np.array([row[first : first + 6] for row in rows], dtype=np.float64).reshape(-1, 3, 2)
    middles = boxes.mean(axis=2)
    placed = np.isfinite(middles).all(axis=1)
    # the middle of the whole sphere is nowhere on it: any cell will do
    lengths = np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    cells = np.full(len(rows), _NOWHERE)
    cells[placed] = nested_cell((middles / lengths)[placed], order=ORDER)
    rows = [(cell, *row[1:]) for cell, row in zip(cells.tolist(), rows, strict=True)]
    rows.sort(key=_order)
    pq.write_table(_table(rows), path, compression="zstd", row_group_size=_GROUP_ROWS)
    return path


def _read_run(path: Path) -> Iterator[_Row]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_GROUP_ROWS):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_catalogue(rows: Iterator[_Row], path: Path, newest: dict[str, LidVid]) -> None:
    lidvid, lid, flag = (_SCHEMA.get_field_index(name) for name in ("lidvid", "lid", "newest"))
    options: dict[str, Any] = {"compression": "zstd", "write_statistics": True}
    with pq.ParquetWriter(path, _SCHEMA, **options) as writer:
        while group := list(islice(rows, _GROUP_ROWS)):
            marked = [
                (*row[:flag], str(newest[row[lid]]) == row[lidvid], *row[flag + 1 :])
                for row in group
            ]
            writer.write_table(_table(marked), row_group_size=_GROUP_ROWS)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _remove_others(folder: Path, kept: set[str], at: str = _FILES) -> None:
    """Takes away each file below `at` that is not kept, and the folders which that leaves empty.

    By files, not by folders of versions: a product may itself be called v1.0. Nothing is taken away
    behind a link that the mirror does not go through.
    """
    for name in os.listdir(folder / at):
        inner = f"{at}/{name}"
        path = folder / inner
        leads_away = path.is_symlink() and not any(k.startswith(f"{inner}/") for k in kept)
        if path.is_dir() and not leads_away:
            _remove_others(folder, kept, inner)
            if not os.listdir(path):
                path.rmdir()
        elif inner not in kept:
            path.unlink()
