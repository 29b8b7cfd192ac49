"""Deliveries in zip files: unpacked whole, and nothing gets out of its folder."""

import re
import stat
import zipfile
from pathlib import Path

import pytest

from ilrs.datacentre.unpack import unpacked
from ilrs.foundation.errors import IlrsError


def pack(path: Path, files: dict[str, bytes], mode: int = 0o644 | stat.S_IFREG) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return path


def test_files_come_out_and_are_gone_afterwards(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"x.xml": b"<a/>", "data/y.csv": b"1\n"})
    with unpacked(path, below=tmp_path / "here") as folder:
        assert folder.parent == tmp_path / "here"
        assert (folder / "data/y.csv").read_bytes() == b"1\n"
        assert sorted(p.name for p in folder.rglob("*")) == ["data", "x.xml", "y.csv"]
    assert list((tmp_path / "here").iterdir()) == []


def test_what_is_no_zip_file_is_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("<a/>")
    for path in (tmp_path, tmp_path / "x.xml"):
        with unpacked(path) as place:
            assert place == path


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "..\\x", "C:\\x"])
def test_zip_slip_is_refused(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path / "a.zip", {"fine.txt": b"1", name: b"2"})
    with pytest.raises(IlrsError) as caught, unpacked(path, below=tmp_path / "here"):
        pass
    assert str(caught.value).startswith(f"{name!r} is no name of a product's file; ")
    assert list(tmp_path.rglob("x")) == []
    assert not (tmp_path / "fine.txt").exists()


def test_link_in_a_zip_file_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"link": b"/etc/passwd"}, mode=0o777 | stat.S_IFLNK)
    with pytest.raises(IlrsError) as caught, unpacked(path):
        pass
    assert str(caught.value) == (
        "link in a.zip is no regular file; a delivery holds files, and no links or devices. Pack "
        "the files themselves."
    )


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"zeros": bytes(1 << 25)})
    size = path.stat().st_size
    assert size < 33_554
    with pytest.raises(IlrsError) as caught, unpacked(path):
        pass
    assert str(caught.value) == (
        f"a.zip holds 1 files of 33554432 bytes in {size} bytes; possible are 1000000 files, "
        "1099511627776 bytes, and 1000 bytes out for each byte in. Unpack it yourself, look at it, "
        "and ingest the folder."
    )


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packed_bytes_that_are_damaged_are_refused(tmp_path: Path, packing: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("x", b"0123456789" * 100)
        size = archive.getinfo("x").compress_size
    whole = path.read_bytes()
    unharmed = 0
    for at in range(31, 31 + size):  # what is packed begins there
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            with unpacked(path, below=tmp_path / "here") as folder:
                assert (folder / "x").read_bytes() == b"0123456789" * 100
                unharmed += 1
        except IlrsError as error:
            assert re.fullmatch(
                r"a\.zip cannot be unpacked: .+; a zip file without encryption, each name once, is "
                r"read\. Pack it again\.",
                str(error),
            )
    assert unharmed <= 8  # LZMA's own version, which no one reads, and what follows its end


def test_name_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"\u00e9": b"1"})
    path.write_bytes(path.read_bytes().replace("\u00e9".encode(), b"\xff\xff"))
    with pytest.raises(IlrsError) as caught, unpacked(path):
        pass
    assert str(caught.value) == (
        "a.zip cannot be unpacked: 'utf-8' codec can't decode byte 0xff in position 0: invalid "
        "start byte; a zip file without encryption, each name once, is read. Pack it again."
    )


def test_damaged_zip_file_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"x": b"0123456789" * 100})
    data = bytearray(path.read_bytes())
    data[40] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(IlrsError) as caught, unpacked(path, below=tmp_path / "here"):
        pass
    assert caught.value.asked.startswith("a.zip cannot be unpacked: ")
    assert list((tmp_path / "here").iterdir()) == []
