"""Navigation data messages as text: rows of keyword, value and unit, in KVN and in XML."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeAlias
from xml.sax.saxutils import escape

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import installed_versions

__all__ = ["ORIGINATOR", "Form", "Row", "comment_rows", "element_text", "epoch_text", "form_of",
           "kvn_text", "written_by", "write_message", "xml_text"]  # fmt: skip

Row: TypeAlias = tuple[str, str] | tuple[str, str, str]  # keyword, value, unit if it has one
Form: TypeAlias = Literal["kvn", "xml"]

ORIGINATOR = "ILRS"  # where the caller names nobody


def kvn_text(rows: Iterable[Row]) -> str:
    """Rows as lines of KVN."""
    return "".join(_kvn_line(*row) for row in rows)


def _kvn_line(key: str, value: str, unit: str = "") -> str:
    if key == "COMMENT":
        return f"COMMENT {value}\n"
    return f"{key} = {value} [{unit}]\n" if unit else f"{key} = {value}\n"


def xml_text(rows: Iterable[Row]) -> str:
    """Rows as XML elements, one a line."""
    return "".join(_xml_line(*row) for row in rows)


def _xml_line(key: str, value: str, unit: str = "") -> str:
    if key.startswith("USER_DEFINED_"):
        name = key.removeprefix("USER_DEFINED_")
        return f'<USER_DEFINED parameter="{escape(name)}">{escape(value)}</USER_DEFINED>\n'
    units = f' units="{unit}"' if unit else ""
    return f"<{key}{units}>{escape(value)}</{key}>\n"


def element_text(name: str, content: str) -> str:
    """An XML element around others; nothing where there are none."""
    return f"<{name}>\n{content}</{name}>\n" if content else ""


def comment_rows(comments: Iterable[str]) -> list[Row]:
    """Comments as rows."""
    return [("COMMENT", comment) for comment in comments]


def written_by() -> str:
    """The comment that says which program wrote a message."""
    return f"written by ilrs {installed_versions(('ilrs',))['ilrs']}"


def epoch_text(epoch: Any) -> str:
    """An instant (datetime64) as CCSDS writes it, to the microsecond."""
    return str(np.datetime_as_string(np.datetime64(epoch, "us")))


def form_of(path: Path) -> Form:
    """XML where a file's name ends in .xml, else KVN."""
    return "xml" if path.suffix.lower() == ".xml" else "kvn"


def write_message(text: str, path: Path) -> None:
    """Writes a message in UTF-8; IlrsError where the place cannot be written."""
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise IlrsError(
            f"{path} could not be written: {error.strerror or error}",
            "a place is needed that is there and can be written",
            "Make the folder, or name another place.",
        ) from None
