"""What a run leaves behind: one folder with datasets, verdicts and the station book, or nothing."""

import errno
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.operations.run_log import RunLog, write_log
from ilrs.study.planned_log import planned_log
from ilrs.study.run import Run, Verdict

__all__ = ["run_record", "verdict_record", "write_run"]

_DATASETS = ("horizon", "environment", "plan", "station")


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain data, its margin included: what `--json`, run.json and the API show."""
    return {**asdict(verdict), "margin": verdict.margin}


def run_record(run: Run) -> dict[str, Any]:
    """A run's answer as plain data: scenario, verdicts, provenance."""
    return {
        "programme": run.programme.name,
        "scenario": run.scenario.id,
        "site": run.site.id,
        "start": run.scenario.start,
        "end": run.scenario.end,
        "holds": run.holds,
        "verdicts": [verdict_record(verdict) for verdict in run.verdicts],
        "notes": list(run.notes),
        "limits_hit": [asdict(hit) for hit in run.limits],
        **({} if run.withdrawals is None else {"withdrawals": run.withdrawals}),
        "provenance": run.provenance.as_dict(),
    }


def write_run(run: Run, folder: Path, *, book: str) -> dict[str, Path]:
    """Paths of the files written, by name; the folder appears whole or not at all.

    A former run in the same folder is replaced. Raises IlrsError where the disk is full or the
    folder cannot be written.
    """
    staging = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        (staging / "datasets").mkdir(parents=True)
        names = _write_all(run, staging, book)
        _replace(staging, folder)
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise _disk_error(error, folder) from None
    return {name: folder / path for name, path in names.items()}


def _write_all(run: Run, staging: Path, book: str) -> dict[str, str]:
    names = {"record": "run.json", "book": "station-book.html"}
    record = json.dumps(run_record(run), ensure_ascii=False, indent=1, allow_nan=False)
    (staging / names["record"]).write_text(record + "\n", encoding="utf-8")
    (staging / names["book"]).write_text(book, encoding="utf-8")
    for name in _DATASETS:
        names[name] = f"datasets/{name}.nc"
        write_dataset(getattr(run, name), staging / names[name])
    log = None if run.sessions is None else _log(run, run.sessions)
    if log is not None:
        names["as_run"] = "as-run.csv"
        write_log(log, staging / names["as_run"])
    if run.crew is not None:
        names["crew"] = "datasets/crew.nc"
        write_dataset(run.crew, staging / names["crew"])
    return names


def _log(run: Run, sessions: dict[str, Any]) -> RunLog | None:
    """What became of the plan of sessions that the run took in."""
    of = run.programme
    return planned_log(
        sessions, run.station, plan=run.plan,
        elements=[of.elements[str(id_)] for id_ in run.station["element"].values],
        experiments=[of.experiments[str(id_)] for id_ in run.station["experiment"].values],
    )  # fmt: skip


def write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Writes a Dataset as netCDF-3 (64-bit offsets): read by every tool, bytes always the same."""
    encoding: dict[str, dict[str, Any]] = {}
    prepared = dataset.copy()
    for name, variable in prepared.variables.items():
        if variable.dtype == np.bool_ or np.issubdtype(variable.dtype, np.integer):
            prepared[name] = variable.astype(np.int32)
        if np.issubdtype(variable.dtype, np.datetime64):
            units = "seconds since 1970-01-01T00:00:00"
            encoding[str(name)] = {"units": units, "dtype": "float64", "_FillValue": None}
    prepared.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)


def _replace(staging: Path, folder: Path) -> None:
    former = folder.with_name(f".{folder.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if folder.exists():
        os.replace(folder, former)
    os.replace(staging, folder)
    shutil.rmtree(former, ignore_errors=True)


def _disk_error(error: OSError, folder: Path) -> IlrsError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return IlrsError(
            f"the disk is full: {folder} could not be written",
            "a run of one year takes about 30 MB; nothing was left half-written",
            "Free some space or name another place with --out.",
        )
    return IlrsError(
        f"{folder} could not be written: {error.strerror or error}",
        "nothing was left half-written",
        "Name a folder that can be written with --out.",
    )
