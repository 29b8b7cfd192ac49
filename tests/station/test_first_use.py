"""The loop compiled beside other work: what is compiled, when, and that nothing is left behind."""

import sys
import time
from pathlib import Path

import pytest

from ilrs.station import first_use
from ilrs.station.first_use import compile_loop, is_loop_kept, loop_compiled_beside
from ilrs.station.kernel import run_lanes
from ilrs.station.simulate import simulate


@pytest.fixture
def never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_use, "is_loop_kept", lambda: False)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def test_what_is_compiled_is_what_a_station_calls(environment, element, plan) -> None:
    compile_loop()
    compiled = list(run_lanes.signatures)
    env = environment(2)
    simulate([element()], [], environment=env, plan=plan(env))
    assert run_lanes.signatures == compiled
    assert is_loop_kept()


def test_the_end_waits_for_the_other_process(
    never_compiled: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    code = f"import time; time.sleep(0.3); open({str(done)!r}, 'w').close()"
    monkeypatch.setattr(first_use, "_COMMAND", code)
    with loop_compiled_beside():
        assert not done.exists()
    assert done.exists()


def test_a_fault_within_ends_the_other_process(
    never_compiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_use, "_COMMAND", "import time; time.sleep(600)")
    begin = time.monotonic()
    with pytest.raises(RuntimeError, match="within"), loop_compiled_beside():
        raise RuntimeError("within")
    assert time.monotonic() - begin < 60.0


def test_a_process_that_fails_is_no_fault(
    never_compiled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_use, "_COMMAND", "raise SystemExit(1)")
    with loop_compiled_beside():
        pass


def test_no_process_where_a_loop_is_kept_or_one_core_is_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/there is no such program")
    monkeypatch.setattr(first_use, "is_loop_kept", lambda: True)
    with loop_compiled_beside():
        pass
    monkeypatch.setattr(first_use, "is_loop_kept", lambda: False)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    with loop_compiled_beside():
        pass
