"""Labels of ours and of others, read by programs that no one here wrote.

NASA's pds4_tools and the Million Concepts' pdr (both in the extra `test`), and GDAL's PDS4 driver,
once for images (rasterio) and once for tables (pyogrio). What they read is compared value by value
with what was written.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ilrs.datacentre.label import LABEL_NAME, parse_xml, write_label
from ilrs.datacentre.label_content import check_content
from ilrs.datacentre.lid import Vid
from ilrs.datacentre.pds3 import parse_pds3
from ilrs.datacentre.product import Product
from ilrs.datacentre.profiles import LEGACY
from ilrs.datacentre.reading import read
from tests.datacentre.chang_e import CAMERA, RADAR, camera_label, radar_label

pds4_tools: Any = pytest.importorskip("pds4_tools", reason="pds4_tools is not installed")
pdr: Any = pytest.importorskip("pdr", reason="pdr is not installed")

NUMBERS = np.arange(35, dtype=np.uint8).reshape(5, 7)
TRACES = [(k + 0.5, (k, k + 1.0, k - 2.0, 3e8 * k), 7 * k) for k in range(3)]


def by_pds4_tools(label: Path) -> dict[str, Any]:
    """What pds4_tools reads, by the kind of each object."""
    return {item.type: item.data for item in pds4_tools.read(str(label), quiet=True)}


def by_pdr(label: Path) -> dict[str, Any]:
    """What pdr reads, by the name of each object."""
    made = pdr.read(str(label))
    return {name: made[name] for name in made.keys() if name != "label"}  # noqa: SIM118  no mapping


@pytest.fixture
def own(tmp_path: Path, product: Callable[..., Product]) -> tuple[Product, Path]:
    """A product of `ilrs run` and its label, its data beside it."""
    made = product()
    header, body = made.table.header(), made.table.body()
    label = tmp_path / LABEL_NAME
    label.write_bytes(write_label(made, Vid(1, 0), header=header, body=body))
    (tmp_path / "data.csv").write_bytes(header + body)
    return made, label


def normalised(folder: Path, name: str, label: bytes, data: bytes) -> Path:
    """The strict label that is made of an old Chinese one, its data beside it."""
    (folder / name).write_bytes(data)
    old = folder / f"{name}L"
    old.write_bytes(label)
    (made,) = read(old, profile=LEGACY)
    assert made.label_normalised is not None
    strict = folder / "strict.xml"
    strict.write_bytes(made.label_normalised)
    return strict


@pytest.fixture
def image(tmp_path: Path) -> Path:
    label = camera_label(lines=5, samples=7, size=35)
    return normalised(tmp_path, CAMERA, label, NUMBERS.tobytes())


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    data = b"".join(struct.pack("<f4fB", frame, *echo, state) for frame, echo, state in TRACES)
    return normalised(tmp_path, RADAR, radar_label(records=3, size=63), data)


def test_pds4_tools_and_pdr_read_the_table_of_a_product(own: tuple[Product, Path]) -> None:
    made, label = own
    columns = {column.name: column.values for column in made.table.columns}
    columns["time"] = np.array([f"{utc}Z" for utc in columns["time"]])
    for table in by_pds4_tools(label)["Table_Delimited"], by_pdr(label)["TABLE_0"]:
        for name, values in columns.items():
            assert np.asarray(table[name]).tolist() == values.tolist()


def test_gdal_reads_the_table_of_a_product(own: tuple[Product, Path]) -> None:
    pyogrio = pytest.importorskip("pyogrio", reason="pyogrio is not installed")
    made, label = own
    said, _, _, values = pyogrio.raw.read(label)
    assert said["fields"].tolist() == [column.name for column in made.table.columns]
    for column, told in zip(made.table.columns, values, strict=True):
        assert told.tolist() == column.values.astype(told.dtype).tolist()


def test_pds4_tools_and_pdr_read_a_normalised_image(image: Path) -> None:
    assert np.array_equal(by_pds4_tools(image)["Array_2D"], NUMBERS)
    assert np.array_equal(by_pdr(image)["ARRAY_0"], NUMBERS)


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_gdal_reads_a_normalised_image(image: Path) -> None:
    rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")
    with rasterio.open(image) as dataset:
        assert dataset.driver == "PDS4"
        assert np.array_equal(dataset.read(1), NUMBERS)


def test_pds4_tools_and_pdr_read_a_normalised_table_with_its_group(traces: Path) -> None:
    table = by_pds4_tools(traces)["Table_Binary"]
    frames, echoes, states = zip(*TRACES, strict=True)
    assert table["FRAME"].tolist() == list(frames)
    assert table["ECHO_DATA, ECHO_DATA"].tolist() == np.float32(echoes).tolist()
    assert table["QUALITY_STATE"].tolist() == list(states)
    frame = by_pdr(traces)["TABLE_0"]
    told = [frame[f"ECHO_DATA, ECHO_DATA_{k}"].tolist() for k in range(4)]
    assert told == np.float32(echoes).T.tolist()


def test_gdal_reads_a_normalised_table(traces: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio", reason="pyogrio is not installed")
    values = [told.tolist() for told in pyogrio.raw.read(traces)[3]]
    frames, echoes, states = zip(*TRACES, strict=True)
    assert values == [list(frames), *np.float32(echoes).T.tolist(), list(states)]


def test_what_the_readers_cannot_read_is_what_we_find_missing_or_cut(real_labels: Path) -> None:
    unread, found = {"pds4_tools": set(), "pdr": set()}, set()
    for path in sorted(real_labels.rglob("*.xml")):
        root = parse_xml(path.read_bytes(), name=path.name)
        findings = check_content(root, folder=path.parent, name=path.name)
        if any(finding.kind in {"missing", "truncated"} for finding in findings):
            found.add(path.name)
        for name, reader in (("pds4_tools", by_pds4_tools), ("pdr", by_pdr)):
            try:
                reader(path)
            except (OSError, ValueError):
                unread[name].add(path.name)
    assert unread == {"pds4_tools": found, "pdr": found}
    assert found == {"M1431146123CC.xml", "gggrx_1200a_shb_l420.xml",
                     "kgrs_calibrated_spectra_per1.xml"}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")  # pdr names every file that was not delivered
def test_pdr_reads_of_pds3_labels_what_we_read(shared: Path) -> None:
    labels = sorted((shared / "data" / "pds3").glob("*.lbl"))
    assert len(labels) == 3
    for path in labels:
        theirs = pdr.read(str(path)).metadata
        ours = parse_pds3(path.read_bytes(), name=path.name)
        for name in ("PDS_VERSION_ID", "DATA_SET_ID", "PRODUCT_ID", "START_TIME", "STOP_TIME"):
            assert str(ours.text(name)) == str(theirs.get(name, ""))
