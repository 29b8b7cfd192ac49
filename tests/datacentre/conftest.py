"""A small product to file, and where the real schemas and labels lie."""

import os
from collections.abc import Callable, Iterator
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
