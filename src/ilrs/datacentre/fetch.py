"""Official products fetched by name: once, whole, and with the checksum published for them.

The table `official_products.csv` beside this file names them. A file arrives as `NAME.part` and
takes its name only when its length and SHA-256 are right; a fetch that was cut off goes on where it
ended. Nothing here runs without being asked for: the rest of `ilrs` needs no network.
"""

import csv
import http.client
import os
import platform
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_file

__all__ = [
    "OfficialFile",
    "Progress",
    "data_folder",
    "fetch",
    "fetch_product",
    "official_files",
    "product_files",
]

#: Told the file's name, the bytes there are, and the bytes there will be (None while unknown).
Progress: TypeAlias = Callable[[str, int, int | None], None]

_BLOCK = 1 << 18
_TIMEOUT_S = 60.0
_TABLE = Path(__file__).with_name("official_products.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialFile:
    """One file that a publisher hands out; `sha256` is empty where no checksum can be trusted."""

    product: str
    file: str
    url: str
    size_bytes: int | None
    sha256: str
    title: str
    evidence: str


def official_files() -> tuple[OfficialFile, ...]:
    """All files of the table, in its order; the first of a product is the one to open."""
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            OfficialFile(
                product=row["product"],
                file=row["file"],
                url=row["url"],
                size_bytes=int(row["size_bytes"]) if row["size_bytes"] else None,
                sha256=row["sha256"],
                title=row["title"],
                evidence=row["evidence"],
            )
            for row in csv.DictReader(stream)
        )


def product_files(name: str) -> tuple[OfficialFile, ...]:
    """The files of a product, by its name or by the name of one of its files, in any case.

    Raises IlrsError for a name that is not in the table.
    """
    known = official_files()
    wanted = name.lower()
    products = {f.product for f in known if wanted in (f.product.lower(), f.file.lower())}
    if not products:
        raise IlrsError(
            f"no official product is called {name!r}",
            f"known are {', '.join(dict.fromkeys(f.product for f in known))}",
            "Choose one of these, or name your own file where terrain is asked for.",
        )
    return tuple(f for f in known if f.product in products)


def data_folder() -> Path:
    """Where fetched products lie: the folder ILRS_DATA names, else the user's data folder."""
    named = os.environ.get("ILRS_DATA")
    if named:
        return Path(named).expanduser()
    home = Path.home()
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ilrs"
    if platform.system() == "Darwin":
        return home / "Library" / "Application Support" / "ilrs"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "ilrs"


def fetch_product(
    name: str, folder: Path | None = None, *, progress: Progress | None = None, opener: Any = None
) -> Path:
    """Fetches what is missing of a product and gives the path of the file to open.

    `folder` is the data folder unless named; arguments and errors as `fetch`.
    """
    paths = [
        fetch(file, folder or data_folder(), progress=progress, opener=opener)
        for file in product_files(name)
    ]
    return paths[0]


def fetch(
    file: OfficialFile, folder: Path, *, progress: Progress | None = None, opener: Any = None
) -> Path:
    """Path of an official file in a folder, fetched unless it is there already and is right.

    A cut-off fetch of a file with a known checksum goes on from its `.part`, at once as long as
    each attempt brings something, else on the next call; without a checksum it begins anew. A
    whole file with another checksum is kept aside as `.bad`. `opener` answers like
    `urllib.request.OpenerDirector`. Raises IlrsError where there is no way to the publisher, the
    connection ends early, the content differs, or the folder cannot be written.
    """
    folder = Path(folder)
    path = folder / file.file
    tell = progress or (lambda *_: None)
    if path.exists():
        fault = _fault(file, path)
        if fault:
            raise IlrsError(*fault, f"Move {path} away and ask for it again.")
        return path
    part = path.with_name(f"{path.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _bring(file, part, tell, opener or urllib.request.build_opener())
        fault = _fault(file, part)
        if fault:
            bad = part.with_suffix(".bad")
            part.replace(bad)
            raise IlrsError(*fault, f"It is kept aside as {bad}; ask for it again.")
        part.replace(path)
    except OSError as reason:
        raise IlrsError(
            f"{file.file} cannot be written into {folder}",
            f"the system says: {reason.strerror or reason}",
            "Name a folder with room that you may write into, in ILRS_DATA.",
        ) from reason
    return path


def _bring(file: OfficialFile, part: Path, tell: Progress, opener: Any) -> None:
    """Lengthens the part until it is as long as the publisher says."""
    if not file.sha256:
        part.unlink(missing_ok=True)  # a seam in it could not be noticed
    while True:
        begun = part.stat().st_size if part.exists() else 0
        if begun and _fault(file, part) is None:
            return
        if file.size_bytes is not None and begun >= file.size_bytes:
            part.unlink()
            begun = 0
        total = _attempt(file, part, begun, tell, opener)
        held = part.stat().st_size
        if total is None or held >= total:
            return
        if held <= begun or not file.sha256:
            raise IlrsError(
                f"the connection for {file.file} ended after {held} of {total} bytes",
                f"{file.url} is where it lies" + (f"; {part} is kept" if file.sha256 else ""),
                "Ask for it again, to go on from there."
                if file.sha256
                else "Ask for it again, from the beginning.",
            )


def _attempt(file: OfficialFile, part: Path, begun: int, tell: Progress, opener: Any) -> int | None:
    """One connection: appends what comes, and gives the whole length as the server tells it."""
    request = urllib.request.Request(file.url, headers={"User-Agent": "ilrs"})
    if begun:
        request.add_header("Range", f"bytes={begun}-")
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            start, total = _span(answer)
            if start not in (0, begun):
                raise http.client.HTTPException(f"bytes from {start} for bytes from {begun}")
            _check_length(file, total)
            with part.open("ab" if start else "wb") as stream:
                held = start
                for block in _blocks(answer):
                    stream.write(block)
                    held += len(block)
                    tell(file.file, held, total)
            return total
    except urllib.error.HTTPError as reason:
        reason.close()
        if reason.code == 416 and begun:  # the part is longer than the file: it is another's
            part.unlink()
            return _attempt(file, part, 0, tell, opener)
        raise _unreachable(file, part, f"the server answers {reason.code} {reason.msg}") from reason
    except (
        urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError
    ) as reason:  # fmt: skip
        raise _unreachable(file, part, str(getattr(reason, "reason", reason))) from reason


def _blocks(answer: Any) -> Iterator[bytes]:
    """What comes, until the connection ends, for whatever reason."""
    while True:
        try:
            block = answer.read(_BLOCK)
        except http.client.IncompleteRead as short:
            yield short.partial
            return
        except OSError:
            return
        if not block:
            return
        yield block


def _span(answer: Any) -> tuple[int, int | None]:
    """First byte that this answer holds, and the length of the whole file."""
    told = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
    if answer.status == 206 and told:
        return int(told[1]), int(told[2])
    length = answer.headers.get("Content-Length")
    return 0, int(length) if length else None


def _check_length(file: OfficialFile, total: int | None) -> None:
    if file.size_bytes is None or total is None or total == file.size_bytes:
        return
    raise IlrsError(
        f"{file.url} has {total} bytes",
        f"{file.file} has {file.size_bytes} bytes by the table of official products",
        "The publisher may have put another version there: report it to ilrs.",
    )


def _unreachable(file: OfficialFile, part: Path, reason: str) -> IlrsError:
    return IlrsError(
        f"{file.file} is not here, and there is no way to its publisher ({reason})",
        f"it lies at {file.url}",
        f"Fetch it on another machine and put it at {part.with_suffix('')}, or try again later.",
    )


def _fault(file: OfficialFile, held: Path) -> tuple[str, str] | None:
    """What is wrong with a whole file and what was published; None where it is right."""
    size = held.stat().st_size
    if file.size_bytes not in (None, size):
        return f"{file.file} has {size} bytes", f"published are {file.size_bytes}"
    found = sha256_of_file(held) if file.sha256 else ""
    if found == file.sha256:
        return None
    return f"{file.file} has SHA-256 {found}", f"published is {file.sha256} ({file.evidence})"
