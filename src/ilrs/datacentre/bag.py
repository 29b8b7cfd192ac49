"""Products as a BagIt bag (RFC 8493): files, checksum manifests, and what the bag is of.

<folder>/bagit.txt   bag-info.txt   manifest-sha256.txt   manifest-md5.txt
<folder>/tagmanifest-sha256.txt
<folder>/data/<bundle>/<collection>/<product>/v<version>/<name>     the product's files
<folder>/data/<bundle>/<collection>/<product>/v<version>.json       its record
"""

import io
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.checksums import manifest_of
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.ocfl import Digests
from ilrs.datacentre.record import Record
from ilrs.datacentre.staging import digests_of
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import installed_versions

__all__ = ["folder_name", "selected", "write_bag"]

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def folder_name(lidvid: str) -> str:
    """The folder of a version in what is exported: bundle/collection/product/v1.0."""
    name = LidVid.parse(lidvid)
    return "/".join((*name.lid.parts[3:], f"v{name.vid}"))


def selected(archive: Archive, identifier: str) -> list[Record]:
    """The records that an identifier names, for export: a version, a LID's newest, or all below it.

    A collection or a bundle stands for the newest versions of its products, and for itself where it
    is filed. Raises IlrsError where there is none, or it is quarantined or withdrawn.
    """
    one = archive.get(identifier)
    if one is not None and "::" not in identifier:
        sound = (r for r in archive.versions(Lid.parse(identifier)) if not _is_hidden(r))
        one = next(sound, one)
    below = [
        record
        for record in archive.find()
        if "::" not in identifier and record.lidvid.startswith(f"{identifier}:")
        and record.lidvid.partition("::")[0] != identifier
    ]  # fmt: skip
    records = ([one] if one is not None else []) + below
    if not records:
        raise IlrsError(
            f"there is no product {identifier}",
            "`ilrs data find` lists what there is",
            "Correct the identifier.",
        )
    hidden = next(filter(_is_hidden, records), None)
    if hidden is not None:
        what = "withdrawn" if hidden.withdrawn_utc else "quarantined"
        raise IlrsError(
            f"{hidden.lidvid} is {what}",
            "what is exported can be found, too",
            "Name another version, or release it.",
        )
    return records


def _is_hidden(record: Record) -> bool:
    return record.quarantined or bool(record.withdrawn_utc)


def write_bag(
    archive: Archive,
    records: Iterable[Record],
    folder: Path,
    *,
    said: Callable[[int], None] = lambda size: None,
) -> Path:
    """The folder, in which the versions lie as a bag; it appears whole or not at all.

    Each byte is compared with its record's checksums on the way out; `said` is told bytes as they
    are copied. Raises IlrsError where a file has changed in the archive, or the folder is there.
    """
    if folder.exists():
        raise IlrsError(
            f"{folder} is there already",
            "a bag is written into a folder of its own",
            "Name a new folder.",
        )
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "data").mkdir(parents=True)
    payload: dict[str, Digests] = {}
    for record in records:
        home = f"data/{folder_name(record.lidvid)}"
        for file in record.files:
            name = f"{home}/{file.name}"
            payload[name] = _copy(archive, record, file.name, fresh / name)
            if payload[name].sha256 != file.sha256:
                raise IlrsError(
                    f"{file.name} of {record.lidvid} has changed in the archive",
                    "`ilrs data verify` says what else has",
                    "Restore it from another copy.",
                )
            said(payload[name].size)
        text = json.dumps(record.to_dict(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        payload[f"{home}.json"] = _put(fresh / f"{home}.json", text.encode("utf-8"))
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": _info(payload.values()),
        "manifest-sha256.txt": _manifest({n: d.sha256 for n, d in payload.items()}),
        "manifest-md5.txt": _manifest({n: d.md5 for n, d in payload.items()}),
    }
    sums = {name: _put(fresh / name, content).sha256 for name, content in tags.items()}
    _put(fresh / "tagmanifest-sha256.txt", manifest_of(sums))
    fresh.rename(folder)
    return folder


def _manifest(checksums: Mapping[str, str]) -> bytes:
    """The manifest with percent signs in names written as the RFC asks."""
    return manifest_of({name.replace("%", "%25"): sum for name, sum in checksums.items()})


def _copy(archive: Archive, record: Record, name: str, target: Path) -> Digests:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open_file(record.lidvid, name) as source, target.open("xb") as stream:
        return digests_of(source, stream)


def _put(target: Path, content: bytes) -> Digests:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as stream:
        return digests_of(io.BytesIO(content), stream)


def _info(payload: Iterable[Digests]) -> bytes:
    sizes = [digests.size for digests in payload]
    version = installed_versions(("ilrs",))["ilrs"]
    lines = {
        "Bag-Software-Agent": f"ilrs {version}",
        "Payload-Oxum": f"{sum(sizes)}.{len(sizes)}",
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items()).encode()
