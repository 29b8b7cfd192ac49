"""Fetching official products from a publisher that stands in this process."""

import hashlib
import re
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ilrs.datacentre import fetch as module
from ilrs.datacentre.fetch import (
    OfficialFile,
    data_folder,
    fetch,
    fetch_product,
    official_files,
    product_files,
)
from ilrs.foundation.errors import IlrsError

CONTENT = bytes(range(256)) * 4000  # 1,024,000 bytes


#: Straight to the publisher, whatever proxy this machine is told to use.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(file: OfficialFile, folder: Path, **options: Any) -> Path:
    return fetch(file, folder, opener=DIRECT, **options)


class Publisher(ThreadingHTTPServer):
    """Serves `content`, from where a Range asks; ends each answer after `most` bytes if told to."""

    content = CONTENT
    most: int | None = None
    knows_ranges = True
    asked: list[str | None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/map.img"


class Answer(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        content = self.server.content
        if self.path != "/map.img":
            self.send_error(404)
            return
        told = re.fullmatch(r"bytes=(\d+)-", asked or "") if self.server.knows_ranges else None
        start = int(told[1]) if told else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if told else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if told:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = len(content) if self.server.most is None else start + self.server.most
        self.wfile.write(content[start:end])

    def log_message(self, *_: Any) -> None:
        """Keeps the terminal quiet."""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def file(publisher: Publisher) -> OfficialFile:
    return OfficialFile(
        product="map", file="map.img", url=publisher.url, size_bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(), title="A map", evidence="made here",
    )  # fmt: skip


def message(file: OfficialFile, folder: Path) -> str:
    with pytest.raises(IlrsError) as caught:
        get(file, folder)
    return str(caught.value)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_fetch_brings_the_file_and_tells_its_progress(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int | None]] = []
    path = get(file, tmp_path / "new", progress=lambda *told_now: told.append(told_now))
    assert path == tmp_path / "new" / "map.img" and path.read_bytes() == CONTENT
    assert told[-1] == ("map.img", len(CONTENT), len(CONTENT))
    assert [held for _, held, _ in told] == sorted(held for _, held, _ in told)
    assert names(tmp_path / "new") == ["map.img"]
    assert get(file, tmp_path / "new") == path and publisher.asked == [None]  # no second time


def test_fetch_goes_on_where_it_was_killed(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    (tmp_path / "map.img.part").write_bytes(CONTENT[:300_001])
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert publisher.asked == ["bytes=300001-"]


def test_fetch_goes_on_by_itself_while_something_comes(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    publisher.most = 400_000
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert publisher.asked == [None, "bytes=400000-", "bytes=800000-"]


def test_fetch_keeps_what_came_when_nothing_more_comes(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    (tmp_path / "map.img.part").write_bytes(CONTENT[:5000])
    publisher.most = 0
    assert message(file, tmp_path) == (
        f"the connection for map.img ended after 5000 of 1024000 bytes; {file.url} is where it"
        f" lies; {tmp_path}/map.img.part is kept. Ask for it again, to go on from there."
    )
    publisher.most = None
    assert get(file, tmp_path).read_bytes() == CONTENT


def test_fetch_begins_anew_when_the_publisher_knows_no_ranges(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    publisher.knows_ranges = False
    (tmp_path / "map.img.part").write_bytes(b"x" * 5000)
    assert get(file, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("size_bytes", [len(CONTENT), None])
@pytest.mark.parametrize("extra", [b"", b"more"])
def test_fetch_when_the_part_is_whole_or_too_long(
    file: OfficialFile, tmp_path: Path, size_bytes: int | None, extra: bytes
) -> None:
    (tmp_path / "map.img.part").write_bytes(CONTENT + extra)
    assert get(replace(file, size_bytes=size_bytes), tmp_path).read_bytes() == CONTENT


def test_fetch_puts_aside_what_has_another_checksum(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    publisher.content = CONTENT[:-1] + b"!"
    found = hashlib.sha256(publisher.content).hexdigest()
    assert message(file, tmp_path) == (
        f"map.img has SHA-256 {found}; published is {file.sha256} (made here). It is kept aside as"
        f" {tmp_path}/map.img.bad; ask for it again."
    )
    assert names(tmp_path) == ["map.img.bad"]
    publisher.content = CONTENT
    assert get(file, tmp_path).read_bytes() == CONTENT


def test_fetch_refuses_a_publisher_with_another_length(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    publisher.content = CONTENT[:1000]
    assert message(file, tmp_path) == (
        f"{file.url} has 1000 bytes; map.img has 1024000 bytes by the table of official products."
        " The publisher may have put another version there: report it to ilrs."
    )
    assert names(tmp_path) == []


def test_fetch_refuses_a_file_at_hand_that_is_wrong_and_leaves_it(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    (tmp_path / "map.img").write_bytes(CONTENT[:10])
    assert message(file, tmp_path) == (
        f"map.img has 10 bytes; published are 1024000. Move {tmp_path}/map.img away and ask for it"
        " again."
    )
    assert (tmp_path / "map.img").read_bytes() == CONTENT[:10] and publisher.asked == []


def test_fetch_without_a_checksum_never_joins_two_halves(
    publisher: Publisher, file: OfficialFile, tmp_path: Path
) -> None:
    unpinned = replace(file, sha256="", size_bytes=None)
    (tmp_path / "map.img.part").write_bytes(b"another")
    assert get(unpinned, tmp_path).read_bytes() == CONTENT
    assert publisher.asked == [None]
    publisher.most = 100
    (tmp_path / "map.img").unlink()
    assert message(unpinned, tmp_path) == (
        f"the connection for map.img ended after 100 of 1024000 bytes; {file.url} is where it lies."
        " Ask for it again, from the beginning."
    )


def test_message_when_offline(file: OfficialFile, publisher: Publisher, tmp_path: Path) -> None:
    """A port where nobody listens stands for a machine without a network."""
    publisher.server_close()
    told = message(file, tmp_path)
    assert re.fullmatch(
        r"map\.img is not here, and there is no way to its publisher \(.*\); it lies at "
        + re.escape(f"{file.url}. Fetch it on another machine and put it at {tmp_path}/map.img,")
        + " or try again later\\.",
        told,
    )


def test_message_when_the_publisher_has_it_no_more(file: OfficialFile, tmp_path: Path) -> None:
    gone = replace(file, url=file.url.replace("map.img", "old.img"))
    assert message(gone, tmp_path) == (
        "map.img is not here, and there is no way to its publisher (the server answers 404 Not"
        f" Found); it lies at {gone.url}. Fetch it on another machine and put it at"
        f" {tmp_path}/map.img, or try again later."
    )


def test_message_when_the_folder_is_a_file(file: OfficialFile, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("not a folder", encoding="utf-8")
    assert message(file, tmp_path / "here") == (
        f"map.img cannot be written into {tmp_path}/here; the system says: File exists. Name a"
        " folder with room that you may write into, in ILRS_DATA."
    )


def test_product_is_fetched_with_all_its_files(
    file: OfficialFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = (replace(file, file="map.lbl"), file)
    monkeypatch.setattr(module, "official_files", lambda: pair)
    monkeypatch.setenv("ILRS_DATA", str(tmp_path / "data"))
    assert fetch_product("MAP", opener=DIRECT) == tmp_path / "data" / "map.lbl"
    assert names(tmp_path / "data") == ["map.img", "map.lbl"]


def test_products_are_found_by_their_names_and_their_files() -> None:
    assert [f.file for f in product_files("LDEM_75S_120M.IMG")] == [
        "ldem_75s_120m.lbl", "ldem_75s_120m.img",
    ]  # fmt: skip
    with pytest.raises(IlrsError) as caught:
        product_files("ldem_1m")
    assert str(caught.value) == (
        "no official product is called 'ldem_1m'; known are ldem_75s_120m, site01_5m,"
        " moon_pa_de440, naif0012, de440s. Choose one of these, or name your own file where terrain"
        " is asked for."
    )


def test_table_of_products_is_sound() -> None:
    files = official_files()
    assert len({f.file for f in files}) == len(files)
    for f in files:
        assert f.url.startswith("https://") and f.url.endswith(f"/{f.file}") and f.title
        assert re.fullmatch(r"[0-9a-f]{64}|", f.sha256) and f.evidence
    # Two published checksums of it disagree: neither may be asked for.
    assert [f.product for f in files if not f.sha256] == ["de440s"]


def test_table_of_products_against_the_collected_facts(shared: Path) -> None:
    """official_products.csv of the data collected to 2026-11-20: each address and checksum."""
    told = (shared / "data" / "official_products.csv").read_text(encoding="utf-8")
    for f in official_files():
        line = next(row for row in told.splitlines() if row.startswith(f"{f.file},"))
        assert f",{f.url},{f.size_bytes or ''}," in line.replace(",34020352,", ",,")
        assert f.sha256 in line


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        ("Linux", {"ILRS_DATA": "/maps/moon"}, Path("/maps/moon")),
        ("Linux", {"XDG_DATA_HOME": "/x"}, Path("/x/ilrs")),
        ("Linux", {}, Path("/home/ada/.local/share/ilrs")),
        ("Darwin", {}, Path("/home/ada/Library/Application Support/ilrs")),
        ("Windows", {"LOCALAPPDATA": "/w"}, Path("/w/ilrs")),
    ],
)
def test_data_folder_follows_the_platform(
    monkeypatch: pytest.MonkeyPatch, system: str, variables: dict[str, str], folder: Path
) -> None:
    for name in ("ILRS_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ada", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module.platform, "system", lambda: system)
    assert data_folder() == folder
