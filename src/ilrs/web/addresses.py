"""Addresses of what this server serves."""

from urllib.parse import quote

__all__ = ["file_href", "in_path"]


def in_path(text: str) -> str:
    """A text as one part of an address; the colons of identifiers stay readable."""
    return quote(text, safe=":")


def file_href(files_base: str, lidvid: str, name: str) -> str:
    """The address of one file of a version."""
    return f"{files_base}/{in_path(lidvid)}/{quote(name)}"
