"""Manifests: a line `<checksum>  <name>` for each file, as sha256sum and md5sum read them."""

from collections.abc import Mapping

__all__ = ["manifest_of"]


def manifest_of(checksums: Mapping[str, str]) -> bytes:
    """The manifest of files given as name -> hexadecimal checksum, in the order of their names."""
    lines = (f"{checksums[name]}  {name}\n" for name in sorted(checksums))
    return "".join(lines).encode("utf-8")
