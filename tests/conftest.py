"""Fixtures of all tests: the shared data folder, and one run of the reference programme."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from ilrs.cli import main

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data beside the checkout; the test is skipped where it is absent."""
    if not (SHARED / "data" / "SOURCES.md").exists():
        pytest.skip("the data folder ../shared is absent")
    return SHARED


@dataclass(frozen=True)
class CommandRun:
    """What one command left: exit code, its two streams, and the folder it worked in."""

    exit_code: int
    stdout: str
    stderr: str
    folder: Path


@pytest.fixture(scope="session")
def reference_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandRun]:
    """`ilrs run` on the reference programme, once for all tests that read its result."""
    folder = tmp_path_factory.mktemp("reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(main, ["run"])
    yield CommandRun(result.exit_code, result.stdout, result.stderr, folder)


@pytest.fixture(scope="session")
def reference_run_output(reference_run: CommandRun) -> str:
    return reference_run.stdout
