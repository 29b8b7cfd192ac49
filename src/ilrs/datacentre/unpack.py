"""A delivery in a zip file, unpacked into a folder of its own; nothing gets out of that folder."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ilrs.datacentre.submission import require_safe_name
from ilrs.foundation.errors import IlrsError

__all__ = ["unpacked"]

_MOST_BYTES = 1 << 40
_MOST_FILES = 1_000_000
_MOST_RATIO = 1000  # bytes out for each byte in; deflate can do 1032
_BLOCK = 1 << 20
# what Python raises for a file that is damaged, encrypted, packed in an unknown way, or has a name
# twice; ValueError is for names that are no UTF-8 and places before the file's beginning
_DAMAGED = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error,
    lzma.LZMAError, struct.error, FileExistsError, NotADirectoryError, IsADirectoryError,
)  # fmt: skip


@contextmanager
def unpacked(path: Path, *, below: Path | None = None) -> Iterator[Path]:
    """The path itself, or for a zip file a folder with its files, gone when the context ends.

    The folder is made in `below`, else where temporary files go. Raises IlrsError where a name
    leads out of it, an entry is a link, the file is damaged, or what comes out is beyond measure.
    """
    if not path.is_file() or not zipfile.is_zipfile(path):
        yield path
        return
    if below is not None:
        below.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=below, prefix="unpacked-") as folder:
        _unpack(path, Path(folder))
        yield Path(folder)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(path, entries)
            for entry in entries:
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, target.open("xb") as stream:
                    shutil.copyfileobj(source, stream, _BLOCK)
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    except OSError as error:
        if error.errno is not None:  # the disk's
            raise
        raise _damaged(path, error) from None  # bz2's


def _damaged(path: Path, error: Exception) -> IlrsError:
    return IlrsError(
        f"{path.name} cannot be unpacked: {error}",
        "a zip file without encryption, each name once, is read",
        "Pack it again.",
    )


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    size = sum(entry.file_size for entry in entries)
    packed = path.stat().st_size
    if len(entries) > _MOST_FILES or size > min(_MOST_BYTES, _MOST_RATIO * packed):
        raise IlrsError(
            f"{path.name} holds {len(entries)} files of {size} bytes in {packed} bytes",
            f"possible are {_MOST_FILES} files, {_MOST_BYTES} bytes, and {_MOST_RATIO} bytes out "
            "for each byte in",
            "Unpack it yourself, look at it, and ingest the folder.",
        )
    for entry in entries:
        require_safe_name(entry.filename)
        mode = entry.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
            raise IlrsError(
                f"{entry.filename} in {path.name} is no regular file",
                "a delivery holds files, and no links or devices",
                "Pack the files themselves.",
            )
