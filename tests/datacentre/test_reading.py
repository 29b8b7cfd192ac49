"""Reading folders: order, lists, twins, whatever lies between, and memory that does not grow."""

import os
import shutil
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.label_bundle import INVENTORY_NAME, Listing, inventory_of, write_collection
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.reading import read
from ilrs.foundation.errors import Finding, IlrsError

LABEL = (
    '<?xml version="1.0"?>\n<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1">'
    "<Identification_Area><logical_identifier>urn:ilrs:jdc:b:c:{name}</logical_identifier>"
    "<version_id>1.0</version_id><title>T {name}</title></Identification_Area>"
    "<File_Area_Observational><File><file_name>{name}.dat</file_name></File>"
    "</File_Area_Observational></Product_Observational>"
)


def put(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.xml").write_text(LABEL.format(name=name))
    (folder / f"{name}.dat").write_bytes(b"x")


def put_collection(folder: Path, *names: str) -> None:
    lid = Lid.parse("urn:ilrs:jdc:b:c")
    made = Listing(
        lid=lid, vid=Vid(1, 0), title="C", description="D",
        members=[LidVid.parse(f"{lid}:{name}::1.0") for name in names],
        start_utc="2035-01-01T00:00:00Z", stop_utc="2035-01-02T00:00:00Z", publication_year=2026,
        partner="joint",
    )  # fmt: skip
    (folder / "collection.xml").write_bytes(write_collection(made))
    (folder / INVENTORY_NAME).write_bytes(inventory_of(made))


def test_everything_that_is_real_is_read_products_first(real_labels: Path) -> None:
    left: list[Finding] = []
    made = list(read(real_labels, tell=left.append))
    classes = [submission.record.product_class for submission in made]
    assert len(made) == 16
    assert left == []  # every file there belongs to a label
    assert classes[-4:] == ["Product_Collection"] * 2 + ["Product_Bundle"] * 2
    kinds = Counter(f.kind for s in made for f in s.findings if f.severity == "error")
    # 5 faults of missing files, 4 tables cut short, 4 of values and lengths, 2 twins of one product
    assert kinds == {"missing": 3, "truncated": 4, "content": 4, "identifier": 2}


def test_lists_are_compared_with_what_is_there(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path / "data", name)
    put_collection(tmp_path, "a", *(f"gone-{k}" for k in range(25)))
    made = {s.record.lidvid.split(":")[-3]: s for s in read(tmp_path)}
    assert list(made) == ["a", "b", "c"]
    assert [f.kind for f in made["a"].findings] == []
    assert [str(f) for f in made["b"].findings] == [
        "b.xml: urn:ilrs:jdc:b:c:b::1.0: no inventory lists this product; each is in one. Correct "
        "the labels of the delivery."
    ]
    missing = [f.found for f in made["c"].findings]
    assert missing[0] == "the member urn:ilrs:jdc:b:c:gone-0::1.0 is not there"
    assert missing[-1] == "5 further members are not there"
    assert len(missing) == 21


def test_inventory_before_its_file_begins_is_read_from_there(tmp_path: Path) -> None:
    put(tmp_path / "data", "a")
    put_collection(tmp_path, "a")
    text = (tmp_path / "collection.xml").read_text()
    assert text.count('<offset unit="byte">0<') == 1
    text = text.replace('<offset unit="byte">0<', '<offset unit="byte">-5<')
    (tmp_path / "collection.xml").write_text(text)
    product, collection = read(tmp_path)
    assert product.findings == ()
    assert [f.kind for f in collection.findings] == ["truncated"]


def test_twins_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path / "one", "a")
    put(tmp_path / "two", "a")
    first, second = read(tmp_path)
    assert first.findings == ()
    assert [(f.kind, f.found) for f in second.findings] == [
        ("identifier", "one/a.xml bears the same identifier")
    ]


def test_names_in_chinese_are_told_apart(tmp_path: Path) -> None:
    for name in ("甲", "乙"):
        (tmp_path / f"{name}.csv").write_bytes(b"1")
        (tmp_path / f"{name}.csv.yaml").write_text(f"title: {name}\nfiles: [{name}.csv]\n", "utf-8")
    assert {made.record.title: (made.record.lidvid, made.findings) for made in read(tmp_path)} == {
        "甲": ("urn:ilrs:jdc:sidecars:data:unnamed-33e3580c::1.0", ()),
        "乙": ("urn:ilrs:jdc:sidecars:data:unnamed-71530d4c::1.0", ()),
    }


def test_instant_with_its_offset_is_filed(tmp_path: Path) -> None:
    put(tmp_path / "in", "a")
    path = tmp_path / "in" / "a.xml"
    times = (
        "<Observation_Area><Time_Coordinates><start_date_time>2035-01-01T00:00:00+00:00"
        "</start_date_time><stop_date_time>2035-01-02T00:00:00+0000</stop_date_time>"
        "</Time_Coordinates></Observation_Area><File_Area"
    )
    path.write_text(path.read_text().replace("<File_Area", times, 1))
    (outcome,) = Archive(tmp_path / "out").ingest(read(path))
    assert (outcome.state, outcome.reason) == ("filed", "")
    record = Archive(tmp_path / "out").get(outcome.lidvid)
    assert record is not None
    assert (record.start_utc, record.stop_utc) == ("2035-01-01T00:00:00Z", "2035-01-02T00:00:00Z")


AREAS = {
    "data": "<File_Area_Observational><File><file_name>{}</file_name></File>"
    "</File_Area_Observational>",
    "browse": "<File_Area_Browse><File><file_name>{}</file_name></File></File_Area_Browse>",
    "document": "<File_Area_Text><File><file_name>{}</file_name></File></File_Area_Text>",
}


@pytest.mark.parametrize(
    ("named", "roles"),
    [
        (["browse a.dat", "data a.dat"], {"a.xml": "label", "a.dat": "data"}),
        (["data a.dat", "browse a.dat"], {"a.xml": "label", "a.dat": "data"}),
        (["document a.dat", "browse a.dat"], {"a.xml": "label", "a.dat": "browse"}),
        (
            ["document a.dat", "data b.dat"],
            {"a.xml": "label", "a.dat": "document", "b.dat": "data"},
        ),
        (["data a.xml"], {"a.xml": "data"}),
    ],
)
def test_file_in_several_roles_has_the_strictest(
    tmp_path: Path, named: list[str], roles: dict[str, str]
) -> None:
    areas = "".join(AREAS[role].format(name) for role, name in map(str.split, named))
    start, _, rest = LABEL.format(name="a").partition("<File_Area")
    end = rest.rpartition("</File_Area_Observational>")[2]
    (tmp_path / "a.xml").write_text(start + areas + end)
    for name in ("a.dat", "b.dat"):
        (tmp_path / name).write_bytes(b"x")
    (made,) = read(tmp_path / "a.xml")
    assert {file.name: file.role for file in made.files} == roles
    assert {file.name: file.role for file in made.record.files} == roles
    assert made.files[0].name == "a.xml"


def test_what_no_label_describes_is_told(tmp_path: Path) -> None:
    put(tmp_path, "a")
    (tmp_path / "notes.txt").write_text("…")
    (tmp_path / "other.json").write_text("{}")
    left: list[Finding] = []
    assert len(list(read(tmp_path, tell=left.append))) == 1
    assert [f.file for f in left] == ["other.json", "notes.txt"]
    assert str(left[1]) == (
        "notes.txt: no label describes this file; each file belongs to one. Add a label or a "
        "sidecar, or leave the file out."
    )


def test_links_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "outside", "a")
    inside = tmp_path / "inside"
    put(inside, "b")
    os.symlink(tmp_path / "outside", inside / "more")
    os.symlink(tmp_path / "outside" / "a.xml", inside / "a.xml")
    os.remove(inside / "b.dat")
    os.symlink("/etc/hostname", inside / "b.dat")
    (made,) = read(inside)
    assert [(f.kind, f.found) for f in made.findings] == [("name", "it is a link: 'b.dat'")]
    assert [file.name for file in made.files] == ["b.xml"]


def test_folder_behind_a_link_is_not_read(tmp_path: Path) -> None:
    put(tmp_path / "outside", "secret")
    inside = tmp_path / "inside"
    put(inside, "b")
    os.remove(inside / "b.dat")
    os.symlink(tmp_path / "outside", inside / "b.dat")
    (made,) = read(inside)
    assert [(f.kind, f.found) for f in made.findings] == [("name", "it is a link: 'b.dat'")]
    assert [file.name for file in made.files] == ["b.xml"]


@pytest.mark.parametrize("name", ["x" * 300, "a/" + "x" * 300])
def test_name_too_long_for_a_file_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.xml").write_text(LABEL.format(name="a").replace("a.dat", name))
    (made,) = read(tmp_path / "a.xml")
    assert [str(f) for f in made.findings] == [
        f"a.xml:2: the file is missing: '{name[:200]}…'; a label describes files that lie beside "
        "it. Deliver the file, or name it as it is."
    ]


def test_old_label_that_cannot_be_read_stands_beside_its_product(tmp_path: Path) -> None:
    put(tmp_path, "a")
    area = (
        "<File_Area_Text><File><file_name>a.lbl</file_name></File><Stream_Text>"
        "<parsing_standard_id>PDS3</parsing_standard_id></Stream_Text></File_Area_Text>"
    )
    text = (tmp_path / "a.xml").read_text()
    (tmp_path / "a.xml").write_text(text.replace("</Product_O", f"{area}</Product_O"))
    (tmp_path / "a.lbl").write_text('PDS_VERSION_ID = PDS3\nNOTE = "no end\nEND\n')
    (made,) = read(tmp_path)
    assert [file.name for file in made.files] == ["a.xml", "a.dat", "a.lbl"]
    assert [(f.severity, str(f)) for f in made.findings] == [
        ("warning", "a.lbl: a.lbl:2: a text, symbol or comment has no end; a PDS3 label is written "
         "in ODL and ends with END. Correct the label there, or deliver it whole.")
    ]  # fmt: skip


def test_path_without_a_label_says_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(IlrsError) as caught:
        list(read(tmp_path / "a.csv"))
    assert str(caught.value) == (
        "a.csv has no label and no sidecar; a PDS4 or PDS3 label, a GeoTIFF, or a file with a "
        "sidecar beside it is read. Write a.csv.yaml with a title and a lid, or name its label."
    )
    with pytest.raises(IlrsError, match="there is no "):
        list(read(tmp_path / "nothing"))


def test_an_archive_beside_a_delivery_is_no_part_of_it(tmp_path: Path) -> None:
    put(tmp_path / "data", "a")
    archive = Archive(tmp_path / "runs" / "archive")
    for _ in range(2):  # the archive is there from the first one on
        left: list[Finding] = []
        (made,) = read(tmp_path, tell=left.append)
        archive.ingest([made])
        assert (made.findings, left) == ((), [])
    with pytest.raises(IlrsError) as caught:
        list(read(archive.folder))
    assert str(caught.value) == (
        f"{archive.folder} is an archive; what lies there is filed already: `ilrs data verify` "
        "checks it. Name the folder of a delivery."
    )


def peak_bytes(folder: Path, labels: int) -> int:
    """Most memory that Python held while a folder of so many labels was read.

    The lesser of two: in one of them the interpreter may enlarge its table of names (2 MB).
    """
    folder.mkdir()
    names = [f"p{number:05d}" for number in range(labels)]
    for name in names:
        put(folder / "data", name)
    put_collection(folder, *names)
    sum(1 for _ in read(folder))  # what is loaded once
    peaks = []
    for _ in range(2):
        tracemalloc.start()
        try:
            count = sum(1 for _ in read(folder))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert count == labels + 1
    shutil.rmtree(folder)
    return min(peaks)


def test_memory_does_not_grow_with_the_bundle(tmp_path: Path) -> None:
    # The table of what lies there is on disk: ten times the labels may take a tenth more memory.
    few, many = peak_bytes(tmp_path / "few", 100), peak_bytes(tmp_path / "many", 1000)
    assert many < 1.1 * few + 100_000
