"""The manifest of one version: a line `<sha256>  <name>` for each of its files, as sha256sum reads.

`sha256sum --check manifest-sha256.txt` in a version's folder proves its files without this program.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ilrs.foundation.errors import Finding
from ilrs.foundation.provenance import sha256_of_bytes, sha256_of_file

__all__ = ["MANIFEST_NAME", "manifest_of", "verify_version"]

MANIFEST_NAME = "manifest-sha256.txt"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\\\n]+)", re.ASCII)


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """The manifest of files given as name -> content, in the order of their names."""
    lines = (f"{sha256_of_bytes(files[name])}  {name}\n" for name in sorted(files))
    return "".join(lines).encode("utf-8")


def verify_version(
    folder: Path, *, root: Path, lidvid: str, manifest_sha256: str | None
) -> list[Finding]:
    """Every file of a version that is missing, changed, extra or a link.

    `root` is the archive's folder, `manifest_sha256` what the ledger knows (None: nothing).
    """
    manifest = folder / MANIFEST_NAME
    place = folder.relative_to(root).as_posix()

    def _finding(file: str, found: str, possible: str) -> Finding:
        return Finding(
            file=f"{place}/{file}",
            line=0,
            entity=lidvid,
            found=found,
            possible=possible,
            mend="Restore it from another copy.",
        )

    if not manifest.is_file():
        return [_finding(MANIFEST_NAME, "the manifest is missing", "each version has one")]
    findings = []
    if manifest_sha256 is None:
        findings.append(
            _finding(
                MANIFEST_NAME, "the ledger does not know this version", "each is entered there"
            )
        )
    elif sha256_of_file(manifest) != manifest_sha256:
        findings.append(
            _finding(MANIFEST_NAME, "the manifest has changed", f"filed was {manifest_sha256}")
        )
    listed = dict(_lines(manifest))
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name != MANIFEST_NAME and name not in listed:
            findings.append(_finding(name, "the manifest does not list this", "nothing is added"))
        elif path.is_symlink():
            findings.append(_finding(name, "this is a link", "a version holds its files itself"))
    for name, sha256 in listed.items():
        path = folder / name
        if not path.is_file():
            findings.append(_finding(name, "the file is missing", f"filed was {sha256}"))
        elif sha256_of_file(path) != sha256:
            findings.append(_finding(name, "the file has changed", f"filed was {sha256}"))
    return findings


def _lines(manifest: Path) -> Iterator[tuple[str, str]]:
    for line in manifest.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        if match:
            yield match.group(2), match.group(1)
