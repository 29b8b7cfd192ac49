"""How long the data centre takes: `asv run --bench datacentre`."""

import shutil
import tempfile
from pathlib import Path

import numpy as np

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.label import write_label
from ilrs.datacentre.lid import Lid, Vid
from ilrs.datacentre.product import Column, Product, Table
from ilrs.datacentre.validate import Validator

SCHEMAS = Path(__file__).parents[1].parent / "shared" / "data" / "pds4-schemas"


def product(number: int = 0, *, records: int = 24, columns: int = 4) -> Product:
    """The product number `number`: hours of a year with so many random columns, seed 7."""
    random = np.random.default_rng(7 + number)
    start = np.datetime64("2035-01-01T00:00:00", "s")
    hours = start + np.arange(records) * np.timedelta64(3600, "s")
    series = [Column(name=f"power_{k}_w", values=random.random(records)) for k in range(columns)]
    return Product(
        lid=Lid.of_product("urn:ros:rssa", bundle="bench", collection="run", product=f"p{number}"),
        title=f"Benchmark {number}",
        description="Random numbers of a benchmark.",
        start_utc="2035-01-01",
        stop_utc="2036-01-01",
        publication_year=2026,
        partner="nobody",
        table=Table([Column(name="time", values=hours), *series]),
    )


class TableBytes:
    """One year of hours as text."""

    params, param_names = [10, 100], ["columns"]

    def setup(self, columns: int) -> None:
        self.table = product(records=8760, columns=columns).table

    def time_body(self, columns: int) -> None:
        self.table.body()

    def peakmem_body(self, columns: int) -> None:
        self.table.body()


class Ingest:
    """Small products into a new archive on disk."""

    params, param_names = [20, 200], ["products"]

    def setup(self, products: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.products = [product(number) for number in range(products)]
        self.count = 0

    def teardown(self, products: int) -> None:
        shutil.rmtree(self.folder)

    def time_ingest(self, products: int) -> None:
        self.count += 1
        file_products(Archive(self.folder / str(self.count)), self.products)

    def peakmem_ingest(self, products: int) -> None:
        self.time_ingest(products)


class Keep:
    """Questions to an archive that is there."""

    params, param_names = [200], ["products"]

    def setup(self, products: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.archive = Archive(self.folder)
        file_products(self.archive, [product(number) for number in range(products)])

    def teardown(self, products: int) -> None:
        shutil.rmtree(self.folder)

    def time_find_text(self, products: int) -> None:
        self.archive.find(text="benchmark 17")

    def time_verify(self, products: int) -> None:
        self.archive.verify()

    def time_rebuild(self, products: int) -> None:
        self.archive.rebuild()


class Labels:
    """One label: written, and judged by XML Schema and Schematron with the schemas compiled."""

    def setup(self) -> None:
        if not SCHEMAS.is_dir():
            raise NotImplementedError  # asv skips
        made = product()
        self.product, self.header, self.body = made, made.table.header(), made.table.body()
        self.validator = Validator(SCHEMAS)
        self.label = write_label(made, Vid(1, 0), header=self.header, body=self.body)
        self.validator.check(self.label)

    def time_write(self) -> None:
        write_label(self.product, Vid(1, 0), header=self.header, body=self.body)

    def time_validate(self) -> None:
        self.validator.check(self.label)

    def time_compile_schemas_and_validate(self) -> None:
        Validator(SCHEMAS).check(self.label)
