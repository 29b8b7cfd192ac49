"""Horizon maps on disk: the same bits whatever the chunks, and the same bytes after a kill."""

import hashlib
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon import horizon_store
from ilrs.moon.horizon_map import horizon_map, map_plan
from ilrs.moon.terrain import Terrain

Maker = Callable[..., Terrain]
ASKED: dict[str, Any] = {"observer_height_m": 2.0, "grid_azimuths_deg": 6}
CHILD = """
import sys
import numpy as np
from pathlib import Path
from ilrs.moon import horizon_store
from ilrs.moon.grid import Grid
from ilrs.moon.terrain import Terrain
heights = np.load(sys.argv[2])
grid = Grid(rows=200, columns=200, pixel_m=100.0, west_m=-10000.0, north_m=10000.0,
            projection="south polar stereographic")
horizon_store.compute(
    Path(sys.argv[1]), [Terrain(name="made", grid=grid, heights_m=heights)],
    observer_height_m=2.0, grid_azimuths_deg=6, chunk_px=64,
    progress=lambda done, every: print(done, every, flush=True),
)
"""


class StoppedError(Exception):
    """What a user's Ctrl-C does, without the keyboard."""


@pytest.fixture
def hilly(ground: Maker) -> Terrain:
    noise = np.random.default_rng(2).normal(0.0, 8.0, (200, 200))
    return ground(lambda x, y: 400.0 * np.sin(x / 1700.0) * np.cos(y / 900.0) + noise, pixels=200)


def bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_terrain_needs_no_memory_of_its_own(ground: Maker, tmp_path: Path) -> None:
    """Laid out in a file: what is allocated stays below the 9 MB that 1500^2 heights take."""
    fine = ground(lambda x, y: 300.0 * np.sin(x / 1700.0), pixels=1500, pixel_m=20.0)
    tracemalloc.start()
    plan = map_plan([fine], observer_height_m=2.0, scratch=tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plan.levels.reduced_m.nbytes > 9e6 > peak
    assert isinstance(plan.levels.reduced_m.base, np.memmap) and not list(tmp_path.iterdir())
    assert plan.levels.is_known(fine.grid).all()


def test_coarse_terrain_is_laid_out_in_strips(ground: Maker, tmp_path: Path) -> None:
    """Four times the map takes twice the memory: strips of rows are as long as the map is wide,
    and a byte per pixel says where heights are missing."""
    coarse = ground(lambda x, y: 300.0 * np.sin(x / 1700.0), pixels=100, pixel_m=800.0)
    peaks = []
    for pixels in (600, 1200):
        fine = ground(lambda x, y: 300.0 * np.sin(x / 1700.0), pixels=pixels, pixel_m=20.0)
        tracemalloc.start()
        map_plan([fine, coarse], observer_height_m=2.0, scratch=tmp_path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2.5 * peaks[0]


@pytest.mark.parametrize("chunk_px", [64, 128, 512])
def test_stored_map_when_chunked(hilly: Terrain, tmp_path: Path, chunk_px: int) -> None:
    told: list[tuple[int, int]] = []
    stored = horizon_store.compute(
        tmp_path / "map.zarr",
        [hilly],
        **ASKED,
        chunk_px=chunk_px,
        progress=lambda done, every: told.append((done, every)),
    )
    made = horizon_map([hilly], **ASKED)
    assert stored["horizon_code"].dtype == np.int16
    assert np.array_equal(stored["horizon_code"].values, made["horizon_code"].values)
    for name in made.coords:
        assert np.array_equal(stored[name], made[name])
        assert stored[name].attrs == made[name].attrs
    assert stored["horizon_code"].attrs == made["horizon_code"].attrs
    assert {**made.attrs, **stored.attrs} == stored.attrs
    every = (-(-200 // chunk_px)) ** 2
    assert told == [(done + 1, every) for done in range(every)]


def test_stored_map_when_stopped_and_resumed(hilly: Terrain, tmp_path: Path) -> None:
    horizon_store.compute(tmp_path / "whole.zarr", [hilly], **ASKED, chunk_px=64)
    path = tmp_path / "cut.zarr"

    def stop(done: int, every: int) -> None:
        if done == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        horizon_store.compute(path, [hilly], **ASKED, chunk_px=64, progress=stop)
    with pytest.raises(IlrsError) as caught:
        horizon_store.read(path)
    assert str(caught.value) == (
        "the horizon map cut.zarr has 5 of 16 chunks; its computing was cut off."
        " Call ilrs.moon.horizon_store.compute again with the same terrain: it goes on."
    )
    torn = path / "horizon_code" / "c" / "0" / "3" / "3.0123.partial"
    torn.parent.mkdir(parents=True, exist_ok=True)
    torn.write_bytes(b"half a chunk")
    told: list[int] = []
    horizon_store.compute(
        path, [hilly], **ASKED, chunk_px=64, progress=lambda done, every: told.append(done)
    )
    assert told == list(range(5, 17))
    assert bytes_of(path) == bytes_of(tmp_path / "whole.zarr")


def test_stored_map_when_its_process_was_killed(hilly: Terrain, tmp_path: Path) -> None:
    np.save(tmp_path / "heights.npy", hilly.heights_m)
    path = tmp_path / "killed.zarr"
    command = [sys.executable, "-c", CHILD, str(path), str(tmp_path / "heights.npy")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        child.kill()
    assert first == "1 16\n"
    horizon_store.compute(path, [hilly], **ASKED, chunk_px=64)
    horizon_store.compute(tmp_path / "whole.zarr", [hilly], **ASKED, chunk_px=64)
    assert bytes_of(path) == bytes_of(tmp_path / "whole.zarr")


def test_stored_map_when_dask_computes_it(hilly: Terrain, tmp_path: Path) -> None:
    distributed = pytest.importorskip("dask.distributed")
    horizon_store.compute(tmp_path / "here.zarr", [hilly], **ASKED, chunk_px=128)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        horizon_store.compute(
            tmp_path / "there.zarr",
            [hilly],
            **ASKED,
            chunk_px=128,
            scheduler=cluster.scheduler_address,
        )
    assert bytes_of(tmp_path / "there.zarr") == bytes_of(tmp_path / "here.zarr")


def test_error_when_another_map_is_begun_there(hilly: Terrain, tmp_path: Path) -> None:
    path = tmp_path / "map.zarr"
    horizon_store.compute(path, [hilly], **ASKED, chunk_px=256)
    with pytest.raises(IlrsError) as caught:
        horizon_store.compute(path, [hilly], **{**ASKED, "observer_height_m": 3.0}, chunk_px=256)
    assert caught.value.asked == (
        "the horizon map map.zarr was begun with another observer_height_m"
    )
    with pytest.raises(IlrsError) as caught:
        horizon_store.compute(path, [hilly], **ASKED, chunk_px=64)
    assert str(caught.value) == (
        "the horizon map map.zarr was begun with another chunks (256 pixels); a map is continued"
        " with the terrain, observer, azimuths and chunks it was begun with."
        " Give the same input, or another folder for the new map."
    )


def test_error_when_the_folder_holds_no_map(hilly: Terrain, tmp_path: Path) -> None:
    message = (
        f"{tmp_path.name} holds no horizon map; a horizon map is a Zarr folder that"
        " ilrs.moon.horizon_store.compute made."
        " Correct the path, or name a folder that is not there yet."
    )
    with pytest.raises(IlrsError) as caught:
        horizon_store.read(tmp_path)
    assert str(caught.value) == message
    with pytest.raises(IlrsError) as caught:
        horizon_store.compute(tmp_path, [hilly], **ASKED)
    assert str(caught.value) == message


@pytest.mark.parametrize("chunk_px", [0, 100])
def test_error_when_chunks_are_no_whole_tiles(
    hilly: Terrain, tmp_path: Path, chunk_px: int
) -> None:
    with pytest.raises(IlrsError) as caught:
        horizon_store.compute(tmp_path / "map.zarr", [hilly], **ASKED, chunk_px=chunk_px)
    assert str(caught.value) == (
        f"chunks of {chunk_px} pixels; the side of a chunk is a multiple of 64 pixels."
        " Choose for instance 512."
    )
