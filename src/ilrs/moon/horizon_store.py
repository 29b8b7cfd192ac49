"""Horizon maps on disk, as Zarr: computed chunk by chunk, resumed where a run was cut off.

A chunk is a square of the map, whole in azimuth. Its file appears under its name only when it is
complete, so a run that was killed goes on with the chunks that are missing and ends with the same
bytes. Sweep lines are laid over the whole map, never over a chunk: there are no seams.
"""

import hashlib
import importlib
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
import zarr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.horizon_map import (
    BLOCK_PIXELS,
    CODE_ATTRS,
    DIMENSIONS,
    NO_HORIZON,
    MapPlan,
    block_codes,
    map_plan,
)
from ilrs.moon.terrain import Terrain

__all__ = ["compute", "read"]

Chunk: TypeAlias = tuple[slice, slice]
Codes: TypeAlias = npt.NDArray[np.int16]
Made: TypeAlias = Generator[tuple[Chunk, Codes], None, None]

_NAME = "horizon_code"
_IN_FLIGHT = 2  # chunks per worker that are computed or wait to be written


def compute(
    path: Path,
    terrains: Sequence[Terrain],
    *,
    grid: Grid | None = None,
    observer_height_m: float,
    grid_azimuths_deg: npt.ArrayLike | int = 360,
    chunk_px: int = 512,
    progress: Callable[[int, int], None] | None = None,
    scheduler: str | None = None,
) -> xr.Dataset:
    """A horizon map in a Zarr folder at `path`, opened lazily; layout as `horizon_map` gives it.

    Chunks that are there already are kept. `progress` is told how many chunks of how many are
    done. With `scheduler`, the address of a dask scheduler, its workers compute the chunks and this
    process writes them; one machine alone needs no dask. Memory: per chunk 2 bytes per pixel and
    azimuth and as much again for writing. The terrain is laid out in a file beside the map, so read
    what is larger than memory with `ilrs.moon.terrain.read_terrain(path, scratch=)`. Small chunks
    cost time, since each asks for all terrain in front of it (docs/horizons.md).

    Raises IlrsError as `horizon_map` does, for a chunk that is not a multiple of 64 pixels, and for
    a folder that holds something else or a map of other terrain, azimuths or heights.
    """
    if chunk_px < BLOCK_PIXELS or chunk_px % BLOCK_PIXELS:
        raise IlrsError(
            f"chunks of {chunk_px} pixels",
            f"the side of a chunk is a multiple of {BLOCK_PIXELS} pixels",
            f"Choose for instance {8 * BLOCK_PIXELS}.",
        )
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    plan = map_plan(
        terrains,
        grid=grid,
        observer_height_m=observer_height_m,
        grid_azimuths_deg=grid_azimuths_deg,
        scratch=path.parent,
    )
    codes = _opened(path, plan, chunk_px=chunk_px)
    every = list(_chunks(plan.grid, chunk_px))
    missing = [chunk for chunk in every if not _file_of(path, chunk, chunk_px).exists()]
    done = len(every) - len(missing)
    if progress and done:
        progress(done, len(every))
    made = _made_here(plan, missing) if scheduler is None else _made_by(scheduler, plan, missing)
    with closing(made):
        for (rows, columns), values in made:
            codes[:, rows, columns] = values
            done += 1
            if progress:
                progress(done, len(every))
    return read(path)


def read(path: Path) -> xr.Dataset:
    """The horizon map in a Zarr folder, read lazily: only what is asked for comes into memory.

    Raises IlrsError for a folder that holds no horizon map, or one with chunks missing.
    """
    path = Path(path)
    try:
        codes = zarr.open_array(str(path / _NAME), mode="r")
    except (FileNotFoundError, ValueError):
        raise _no_map(path) from None
    shape = codes.shape[1:]
    grid_chunks = -(-shape[0] // codes.chunks[1]), -(-shape[1] // codes.chunks[2])
    there = sum(1 for _ in (path / _NAME / "c" / "0").glob("*/*"))
    if there < grid_chunks[0] * grid_chunks[1]:
        raise IlrsError(
            f"the horizon map {path.name} has {there} of {grid_chunks[0] * grid_chunks[1]} chunks",
            "its computing was cut off",
            "Call ilrs.moon.horizon_store.compute again with the same terrain: it goes on.",
        )
    opened: xr.Dataset = xr.open_zarr(path, chunks=None, consolidated=False)
    return opened


def _chunks(grid: Grid, chunk_px: int) -> Iterator[Chunk]:
    for top in range(0, grid.rows, chunk_px):
        for left in range(0, grid.columns, chunk_px):
            yield (
                slice(top, min(top + chunk_px, grid.rows)),
                slice(left, min(left + chunk_px, grid.columns)),
            )


def _file_of(path: Path, chunk: Chunk, chunk_px: int) -> Path:
    rows, columns = (str(part.start // chunk_px) for part in chunk)
    return path / _NAME / "c" / "0" / rows / columns


def _made_here(plan: MapPlan, chunks: Sequence[Chunk]) -> Made:
    for rows, columns in chunks:
        yield (rows, columns), block_codes(plan, rows=rows, columns=columns)


def _made_by(scheduler: str, plan: MapPlan, chunks: Sequence[Chunk]) -> Made:
    """Chunks in the order in which workers finish them."""
    # A heavy optional library, without types.
    distributed: Any = importlib.import_module("dask.distributed")
    with distributed.Client(scheduler, set_as_default=False) as client:
        shared = client.scatter(plan, broadcast=True)
        at_once = _IN_FLIGHT * max(len(client.scheduler_info()["workers"]), 1)
        asked: dict[str, Chunk] = {}

        def _ask(chunk: Chunk) -> Any:
            future = client.submit(block_codes, shared, rows=chunk[0], columns=chunk[1], pure=False)
            asked[future.key] = chunk
            return future

        flying = distributed.as_completed(
            [_ask(chunk) for chunk in chunks[:at_once]], loop=client.loop
        )
        waiting = iter(chunks[at_once:])
        for future in flying:
            yield asked.pop(future.key), future.result()
            if (chunk := next(waiting, None)) is not None:
                flying.add(_ask(chunk))


def _opened(path: Path, plan: MapPlan, *, chunk_px: int) -> Any:
    """The array of codes, new or as a former run with the same input left it."""
    software = f"ilrs {version('ilrs')}"
    attrs = {**plan.attrs, "software": software, "input_sha256": _input_sha256(plan)}
    if not path.exists():
        _lay_out(path, plan, attrs, chunk_px=chunk_px)
    try:
        group = zarr.open_group(str(path), mode="r+")
        codes: Any = group[_NAME]
    except (FileNotFoundError, ValueError, KeyError):
        raise _no_map(path) from None
    differing = sorted(name for name in attrs if group.attrs.get(name) != attrs[name])
    if differing or codes.chunks[1:] != (chunk_px, chunk_px):
        names = ", ".join(differing) or f"chunks ({codes.chunks[1]} pixels)"
        raise IlrsError(
            f"the horizon map {path.name} was begun with another {names}",
            "a map is continued with the terrain, observer, azimuths and chunks it was begun with",
            "Give the same input, or another folder for the new map.",
        )
    for torn in path.rglob("*.partial"):  # left by a process that was killed while it wrote
        torn.unlink()
    return codes


def _input_sha256(plan: MapPlan) -> str:
    """Checksum of all that decides the codes."""
    digest = hashlib.sha256(np.ascontiguousarray(plan.levels.reduced_m).data)
    digest.update(plan.levels.table.tobytes())
    digest.update(plan.grid_azimuths_deg.tobytes())
    return digest.hexdigest()


def _lay_out(path: Path, plan: MapPlan, attrs: dict[str, Any], *, chunk_px: int) -> None:
    """Makes the folder with everything but the chunks; it appears as a whole or not at all."""
    begun = path.with_name(path.name + ".begun")
    shutil.rmtree(begun, ignore_errors=True)
    group = zarr.create_group(store=str(begun), zarr_format=3, attributes=attrs)
    shape = (plan.grid_azimuths_deg.size, plan.grid.rows, plan.grid.columns)
    group.create_array(
        _NAME,
        shape=shape,
        chunks=(shape[0], chunk_px, chunk_px),
        dtype=np.int16,
        fill_value=NO_HORIZON,
        attributes=CODE_ATTRS,
        dimension_names=DIMENSIONS,
        config={"write_empty_chunks": True},  # a chunk's file says that it is done
    )
    for name, (dimension, values, told) in plan.coordinates.items():
        group.create_array(
            name, data=values, chunks=values.shape, attributes=told, dimension_names=(dimension,)
        )
    begun.rename(path)


def _no_map(path: Path) -> IlrsError:
    return IlrsError(
        f"{path.name} holds no horizon map",
        "a horizon map is a Zarr folder that ilrs.moon.horizon_store.compute made",
        "Correct the path, or name a folder that is not there yet.",
    )
