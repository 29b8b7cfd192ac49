"""A small product to file, and where the real schemas and labels lie."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ilrs.datacentre.lid import Lid
from ilrs.datacentre.product import Column, Product, Table


def table(records: int = 4, factor: float = 1.0) -> Table:
    utc = np.datetime64("2035-01-01", "s") + np.arange(records) * np.timedelta64(3600, "s")
    return Table(
        [
            Column(name="time", values=utc, description="UTC"),
            Column(name="power_w", values=np.linspace(0.0, factor, records) / 3.0, unit="W"),
            Column(name="state", values=np.array(["up", "up, cold"] * (records // 2))),
        ]
    )


class Clock:
    """A clock that stands where a test puts it."""

    def __init__(self, utc: str = "2030-01-01T00:00:00Z") -> None:
        self.utc = utc

    def __call__(self) -> str:
        return self.utc


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True, scope="module")
def quick_disk() -> Iterator[None]:
    """No waiting for the disk: programs are killed here, but the machine under them stays up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def product() -> Callable[..., Product]:
    """Makes products: keyword arguments override, `name` is the last part of the identifier."""

    def make(name: str = "power", prefix: str = "urn:ilrs:jdc", **fields: Any) -> Product:
        lid = Lid.of_product(prefix, bundle="station", collection="run", product=name)
        declared = {
            "lid": lid,
            "title": f"Bus {name} of the station",
            "description": "Computed for a test.",
            "start_utc": "2035-01-01",
            "stop_utc": "2035-01-02",
            "publication_year": 2026,
            "partner": "cnsa",
            "table": table(),
        }
        return Product(**{**declared, **fields})

    return make


@pytest.fixture(scope="session")
def schemas(shared: Path) -> Path:
    return shared / "data" / "pds4-schemas"


@pytest.fixture(scope="session")
def real_labels(shared: Path) -> Path:
    return shared / "data" / "pds4"


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[Callable[[], str]]:
    """Gives addresses of empty databases of a PostgreSQL that runs for these tests alone.

    It is started in a folder of its own on a free port; as `postgres` or `nobody` where the tests
    run as root, whom it refuses. Skipped where PostgreSQL or psycopg is not installed.
    """
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg: pip install 'ilrs[postgres]'")
    places = [Path(shutil.which("initdb") or "initdb").resolve().parent]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    programs = next((place for place in places if (place / "initdb").exists()), None)
    if programs is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="ilrs-postgres-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        name = next((n for n in ("postgres", "nobody") if subprocess.run(
            ["id", n], capture_output=True, check=False).returncode == 0), None)  # fmt: skip
        if name is None:
            pytest.skip("PostgreSQL does not run as root, and there is no other user")
        shutil.chown(folder, name)
        user = {"user": name, "cwd": folder}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    data, owner = folder / "data", "tests"
    subprocess.run([programs / "initdb", "-D", data, "-U", owner, "-A", "trust", "-E", "UTF8",
                    "--locale=C.UTF-8"], check=True, capture_output=True, **user)  # fmt: skip
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, **user)
    numbers = count()

    def address() -> str:
        name = f"catalogue{next(numbers)}"
        with psycopg.connect(
            f"postgresql://{owner}@127.0.0.1:{port}/postgres", autocommit=True
        ) as db:
            db.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{owner}@127.0.0.1:{port}/{name}"

    try:
        yield address
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"], check=False, capture_output=True, **user
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a catalogue, empty, in each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "catalogue.sqlite3")
    return str(request.getfixturevalue("postgres_address")())
