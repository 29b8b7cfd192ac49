"""Bars of first light: start-up, check, run cold and warm, memory, sameness, a fresh clone."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bar import Bar, bar, seconds

ROOT = Path(__file__).parents[1]
ILRS = str(Path(sys.executable).with_name("ilrs"))


def run_command(out: Path) -> list[str]:
    return [ILRS, "run", "--out", str(out)]


@bar
def help_wall() -> Bar:
    return Bar("ilrs --help", seconds([ILRS, "--help"], runs=5), 0.5, "s", "<=")


@bar
def check_wall() -> Bar:
    return Bar("ilrs check, reference", seconds([ILRS, "check"], runs=5), 2.0, "s", "<=")


@bar
def run_warm() -> Bar:
    with tempfile.TemporaryDirectory() as folder:
        seconds(run_command(Path(folder)), runs=1)  # fills the caches
        return Bar("ilrs run, warm", seconds(run_command(Path(folder))), 10.0, "s", "<=")


@bar
def run_cold() -> Bar:
    """With every compiled kernel and byte-code file forgotten."""
    with tempfile.TemporaryDirectory() as folder:
        for cache in ROOT.joinpath("src").rglob("__pycache__"):
            shutil.rmtree(cache)
        cold = seconds(run_command(Path(folder)), runs=1)
    return Bar("ilrs run, cold", cold, 30.0, "s", "<=")


@bar
def run_memory() -> Bar:
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", code, *run_command(Path(folder))]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    scale = 1e9 if sys.platform == "darwin" else 1e6  # macOS counts bytes, Linux kilobytes
    return Bar("ilrs run, peak memory", int(shown) / scale, 1.5, "GB", "<=")


@bar
def run_same() -> Bar:
    """Files that differ between two runs with the same seed (the ledger's clock set aside)."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        for folder in (one, two):
            subprocess.run(run_command(Path(folder)), check=False, capture_output=True)
        differ = [name for name in names_under(one) | names_under(two) if differs(one, two, name)]
    return Bar("files that differ, same seed", len(differ), 0, "files", "<=", note=" ".join(differ))


def names_under(folder: str) -> set[str]:
    kept_apart = {
        "ledger.jsonl", "rights.jsonl", "catalogue.sqlite3", "catalogue.sqlite3-wal",
        "record.json", "inventory.json", "inventory.json.sha256",
    }  # fmt: skip
    paths = (p for p in Path(folder).rglob("*") if p.is_file() and p.name not in kept_apart)
    return {str(path.relative_to(folder)) for path in paths}


def differs(one: str, two: str, name: str) -> bool:
    a, b = Path(one) / name, Path(two) / name
    return not (a.exists() and b.exists() and a.read_bytes() == b.read_bytes())


@bar
def fresh_clone() -> Bar:
    """A clone of the last commit to the end of `make run`, with empty caches."""
    with tempfile.TemporaryDirectory() as folder:
        clone, home = Path(folder) / "ilrs", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        empty = {"HOME": str(home), "UV_CACHE_DIR": str(home / "uv"), "PIP_NO_CACHE_DIR": "1"}
        wall = seconds(["make", "run"], runs=1, cwd=clone, env={**os.environ, **empty})
        written = list(clone.glob("ilrs-runs/*/station-book.html"))
    note = "" if written else "no station book was written"
    return Bar("fresh clone to the end of make run", wall if written else 1e9, 240.0, "s", "<=",
               note=note)  # fmt: skip
