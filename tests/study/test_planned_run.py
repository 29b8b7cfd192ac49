"""A plan of sessions in a run: its days as planned, the others asked for what is left."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import time_grid
from ilrs.foundation.windows import Windows
from ilrs.operations.schedule import schedule
from ilrs.programme.entities import Experiment, Programme
from ilrs.study.planned_run import asked_besides, with_sessions
from ilrs.study.records import read_plan

HOUR_S = 3600.0


def experiment(name: str, *, wanted_h: float) -> Experiment:
    return Experiment.model_construct(
        id=name, owner="CN", element="LAB", fields=(), conditions=(), wanted_s=wanted_h * HOUR_S,
        minimum_run_s=HOUR_S, power_w=1.0, priority=5,
    )  # fmt: skip


def axis(hours: int = 24) -> xr.Dataset:
    start = np.datetime64("2036-01-01", "ns")
    time = time_grid(start, start + np.timedelta64(hours, "h"), HOUR_S)
    return xr.Dataset(
        coords={"time": time, "t_s": ("time", HOUR_S * np.arange(hours))},
        attrs={"step_s": HOUR_S, "epoch_utc": "2036-01-01T00:00:00Z"},
    )


#: A plan of the hours from 6 to 12, with a session of X from 7:15 to 9:00.
RECORD: dict[str, Any] = {
    "from_utc": "2036-01-01T06:00:00Z",
    "to_utc": "2036-01-01T12:00:00Z",
    "requests": [
        {"kind": "X", "start_utc": "2036-01-01T07:15:00Z", "end_utc": "2036-01-01T09:00:00Z"},
        {"kind": "X", "start_utc": None, "end_utc": None},
    ],
}


def test_days_of_a_plan_run_as_planned_and_the_rest_is_asked_besides() -> None:
    wanted = [experiment("X", wanted_h=10.0), experiment("Y", wanted_h=24.0)]
    asked, known = asked_besides(wanted, RECORD, time=axis())
    assert [one.wanted_s / HOUR_S for one in asked] == [8.25, 24.0]
    (besides,) = known.values()
    assert besides == Windows([(0.0, 6 * HOUR_S), (12 * HOUR_S, 24 * HOUR_S)])
    plan = schedule(asked, conditions=known, power_available_w=np.full(24, 10.0), time=axis())
    found = with_sessions(plan, RECORD, experiments=wanted)
    x, y = found["planned_fraction"].values
    np.testing.assert_allclose(x[6:12], [0.0, 0.75, 1.0, 0.0, 0.0, 0.0])
    assert x.sum() == pytest.approx(10.0)  # no more than it wants in all
    np.testing.assert_array_equal(y[6:12], 0.0)
    assert y.sum() == 18.0
    assert found["planned_s"].values.tolist() == [10 * HOUR_S, 18 * HOUR_S]
    assert found["wanted_s"].values.tolist() == [10 * HOUR_S, 24 * HOUR_S]
    assert [str(why) for why in found["blocked_by"].values] == [
        "nothing", "no window: needs days without a plan of sessions",
    ]  # fmt: skip


def test_a_plan_of_other_files_is_refused(tmp_path: Path, programme: Programme) -> None:
    record = {"scenario": "year", "requests": [], "provenance": {"programme_sha256": "other"}}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_plan(path, programme, programme.scenarios["year"])
    assert str(caught.value) == (
        f"{path} tells of scenario year of a programme that reads otherwise now; scenario year of"
        " the files as they are now is run. Run `ilrs plan` again with the same folders and"
        " scenario."
    )
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_plan(path, programme, programme.scenarios["year"])
    assert str(caught.value) == (
        f"{path} is no research plan; `ilrs plan --output FOLDER` writes FOLDER/plan.json. Name"
        " that file with --plan."
    )
