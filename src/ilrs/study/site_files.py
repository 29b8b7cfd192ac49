"""Files that the site tools write: whole, or not at all."""

import os
from pathlib import Path

from ilrs.foundation.errors import IlrsError

__all__ = ["write_text"]


def write_text(text: str, path: Path) -> None:
    """Writes a file in UTF-8 as it is, line ends included; a former one is replaced at the end.

    Raises IlrsError where the folder is absent or cannot be written.
    """
    write_bytes(text.encode(), path)


def write_bytes(data: bytes, path: Path) -> None:
    """Writes a file; as `write_text`."""
    staging = path.with_name(f".{path.name}.partial")
    try:
        staging.write_bytes(data)
        os.replace(staging, path)
    except OSError as error:
        staging.unlink(missing_ok=True)
        raise IlrsError(
            f"{path} could not be written: {error.strerror or error}",
            "a file is written into a folder that is there and can be written",
            "Make the folder, or name another file with --out.",
        ) from None
