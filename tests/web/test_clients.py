"""Clients that no one here wrote, against a server of a handful of products on this machine."""

import importlib
import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.web.service_for_tests import RECORDS

RUN = "urn:ilrs:jdc:station:run"
NEWEST = {r.lidvid for r in RECORDS if r.access == "open"} - {f"{RUN}:power::1.0"}


def test_pystac_client_finds_and_pages(server: str) -> None:
    module: Any = pytest.importorskip("pystac_client", reason="pystac-client is not installed")
    client = module.Client.open(f"{server}/stac")
    assert [c.id for c in client.get_collections()] == [RUN]
    search = client.search(limit=2)
    assert search.matched() == len(NEWEST)
    assert {item.id for item in search.items()} == NEWEST
    for method in ("GET", "POST"):
        found = client.search(bbox=[170, -70, -170, -40], method=method).items()
        assert [item.id for item in found] == [f"{RUN}:heat::1.0"]
    found = client.search(filter="mission = 'LRO'", filter_lang="cql2-text").items()
    assert [item.id for item in found] == [f"{RUN}:cap::1.0"]
    found = client.search(datetime="2034", sortby="-datetime").items()
    assert [item.id for item in found] == [f"{RUN}:heat::1.0"]


def test_peppi_and_the_pds_client_find_and_page(server: str) -> None:
    peppi: Any = pytest.importorskip("pds.peppi", reason="pds.peppi is not installed")
    registry = importlib.import_module("pds.peppi.client")
    products = importlib.import_module("pds.api_client.api.all_products_api")
    client = registry.PDSRegistryClient(f"{server}/pds")
    assert {p.id for p in peppi.Products(client)} == NEWEST
    assert {p.id for p in peppi.Products(client).has_target("Moon")} == NEWEST
    raw = peppi.Products(client).observationals().has_processing_level("raw")
    assert [p.id for p in raw] == [f"{RUN}:cap::1.0"]
    assert {p.id for p in peppi.Products(client).of_collection(f"{RUN}::1.0")} == NEWEST
    api = products.AllProductsApi(client.api_client)
    assert api.product_list(q='(title like "*power*")').summary.hits == 1
    assert api.select_by_lidvid_latest(f"{RUN}:power").id == f"{RUN}:power::1.1"


def test_pyvo_asks_at_once_and_as_a_job(server: str) -> None:
    pyvo: Any = pytest.importorskip("pyvo", reason="pyvo is not installed")
    service = pyvo.dal.TAPService(f"{server}/tap")
    assert "ilrs.epn_core" in service.tables
    near = "1 = CONTAINS(POINT(c1min, c2min), CIRCLE(0, -90, 6))"
    found = service.search(f"SELECT granule_uid, c1min FROM ilrs.epn_core WHERE {near}")
    names = {str(row["granule_uid"]).rpartition(":run:")[2] for row in found}
    assert names == {"cap::1.0", "power::1.0", "track::1.0"}
    job = service.run_async("SELECT TOP 3 * FROM ilrs.epn_core WHERE time_min > 2464000")
    assert len(job) == 3
    with pytest.raises(pyvo.dal.DALQueryError, match="the query selects the column 'nope'"):
        service.search("SELECT nope FROM ilrs.epn_core")


# GDAL holds Python's lock while it waits for an answer, so it asks from a process of its own.
GDAL = """
import json, sys
import pyogrio
address, layer = sys.argv[1:]
def ids(**more):
    meta, _, _, columns = pyogrio.raw.read(address, layer=layer, **more)
    return meta["crs"], list(columns[list(meta["fields"]).index("id")])
print(json.dumps([ids(), ids(bbox=(160, -70, 180, -40))]))
"""


def test_gdal_reads_the_collection_as_features_of_the_moon(server: str) -> None:
    pyogrio: Any = pytest.importorskip("pyogrio", reason="pyogrio (GDAL's vector drivers) is not "
                                       "installed")  # fmt: skip
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no OAPIF driver")
    command = [sys.executable, "-c", GDAL, f"OAPIF:{server}/stac", RUN]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    (crs, found), (_, near) = json.loads(told)
    assert '"IAU","30100"' in crs.replace(" ", "")
    assert (set(found), near) == (NEWEST, [f"{RUN}:heat::1.0"])


def test_taplint_finds_no_error(server: str) -> None:
    """STILTS taplint 3.4, all its stages but those for data models that are not served."""
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("stilts is not installed (Debian package stilts)")
    stages = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ EXA"
    command = [stilts, "taplint", f"tapurl={server}/tap", "report=EWF", f"stages={stages}"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False).stdout
    assert "Totals: Errors: 0; Warnings: 0; Failures: 0" in told, told


def test_schemathesis_finds_no_fault_of_the_server(server: str) -> None:
    """Every address of the OpenAPI document, with what it allows and what it forbids."""
    command = shutil.which("schemathesis")
    if command is None:
        pytest.skip("schemathesis is not installed")
    checks = "not_a_server_error,status_code_conformance,content_type_conformance"
    told = subprocess.run(
        [command, "run", f"{server}/api/openapi.json", "--max-examples", "4", "--seed", "1",
         "--checks", checks, "--no-color", "--phases", "coverage,fuzzing"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-6000:]
