"""Addresses of what this server serves."""

import re
from urllib.parse import quote

__all__ = ["as_file", "file_href", "in_path"]


def in_path(text: str) -> str:
    """A text as one part of an address; the colons of identifiers stay readable."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=":")


_PLAIN = re.compile(r"[A-Za-z0-9_.~:-]*", re.ASCII)  # as nearly all identifiers are


def file_href(files_base: str, lidvid: str, name: str) -> str:
    """The address of one file of a version."""
    return f"{files_base}/{in_path(lidvid)}/{as_file(name)}"


def as_file(name: str) -> str:
    """A file's name, with its folders, as the end of an address."""
    return name if _PLAIN.fullmatch(name) and ":" not in name else quote(name)
