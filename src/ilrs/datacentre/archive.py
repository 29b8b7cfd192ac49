"""The archive: a folder that keeps every version of every product for ever, and can prove it.

    <folder>/products/<agency>/<archive>/<bundle>/<collection>/<product>/v<major>.<minor>/
        data.csv  label.xml  manifest-sha256.txt
    <folder>/catalogue.sqlite3     an index of the labels, remade by `rebuild`
    <folder>/ledger.jsonl          what happened when, each line chained to the one before

A version's folder is written elsewhere and renamed into place whole. Ingest is: stage everything,
rename, append to the ledger, commit the catalogue. What is not in the catalogue is not visible;
killed at any instant, the next ingest finds the staging folder and finishes or forgets the rest.

What it does not do yet: OCFL, products made elsewhere, withdrawals, rights, S3, other nodes.
"""

import errno
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ilrs.datacentre import catalogue as index
from ilrs.datacentre.catalogue import Catalogue
from ilrs.datacentre.checksums import MANIFEST_NAME, manifest_of, verify_version
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.label import DATA_NAME, LABEL_NAME, read_label, write_label
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.product import Product
from ilrs.datacentre.record import Record
from ilrs.foundation.errors import Finding, IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["Archive", "utc_now"]

_STAGING = ".staging-"
_VERSIONS = "/".join(["*"] * 5) + "/v*"


def utc_now() -> str:
    """The present instant, ISO 8601 UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class _Staged:
    """A version that lies complete in the staging folder, and where it belongs."""

    record: Record
    source: Path
    target: Path
    manifest: bytes


class Archive:
    """Products in a folder: ingest, find, verify. `now` gives the ledger's clock time."""

    def __init__(self, folder: Path | str, *, now: Callable[[], str] = utc_now) -> None:
        self.folder = Path(folder)
        self.ledger = Ledger(self.folder / "ledger.jsonl")
        self._catalogue = Catalogue(self.folder / "catalogue.sqlite3")
        self._now = now

    @classmethod
    def open(cls, folder: Path | str) -> "Archive":
        """An archive that is there already. Raises IlrsError where there is none."""
        archive = cls(folder)
        archive._require_folder()
        return archive

    def ingest(self, products: Sequence[Product]) -> list[Record]:
        """Records of the products as filed, in order: all of them are filed, or none.

        Content that is already filed under the same identifier keeps its version; new content gets
        the next minor version unless the product names one. Raises IlrsError where two products
        share an identifier, a named version is filed with other content, or the disk is full.
        """
        _refuse_twins(products)
        with self._disk_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._ready()
            with self._catalogue.writing() as db:
                self._settle(db)
                return self._file(products, db)

    def find(
        self,
        *,
        text: str | None = None,
        site: str | None = None,
        partner: str | None = None,
        science_field: str | None = None,
        start_utc: str | None = None,
        stop_utc: str | None = None,
    ) -> list[Record]:
        """Newest versions for which all that is given holds, by start and then identifier.

        All words of `text` occur (or begin a word) in title, description, keywords or names; the
        product's time meets [start_utc, stop_utc). An archive not yet begun has none.
        """
        if not self._ready():
            return []
        return self._catalogue.find(
            text=text,
            site=site,
            partner=partner,
            science_field=science_field,
            start_utc=start_utc,
            stop_utc=stop_utc,
        )

    def get(self, identifier: str) -> Record | None:
        """The record of a LIDVID, or of a LID's newest version; None where there is none.

        Raises IlrsError where the text is neither.
        """
        lid = LidVid.parse(identifier).lid if "::" in identifier else Lid.parse(identifier)
        records = self.versions(lid)
        wanted = (r for r in records if r.lidvid == identifier or str(lid) == identifier)
        return next(wanted, None)

    def versions(self, lid: Lid) -> list[Record]:
        """Records of every version of a product, newest first."""
        return self._catalogue.versions(lid) if self._ready() else []

    def folder_of(self, lidvid: str) -> Path:
        """Where a version's files lie, or would lie."""
        name = LidVid.parse(lidvid)
        return self.folder.joinpath("products", *name.lid.parts[1:], f"v{name.vid}")

    def rebuild(self) -> list[Finding]:
        """Makes the catalogue anew from the labels; findings where a label cannot be read.

        Raises IlrsError where there is no archive.
        """
        self._require_folder()
        with self._disk_errors(), self._catalogue.writing() as db:
            findings = self._fill(db)
            db.execute("COMMIT")
            return findings

    def verify(self) -> list[Finding]:
        """What is wrong, errors first: files missing, changed or extra, ledger, catalogue.

        Every byte is read again. Raises IlrsError where there is no archive.
        """
        self._require_folder()
        filed = {e["lidvid"]: e["manifest_sha256"] for e in self.ledger.entries() if "lidvid" in e}
        findings = [*self.ledger.verify(), *self._verify_products(filed), *self._verify_index()]
        return sorted(findings, key=lambda f: (f.severity != "error", f.file, f.line, f.found))

    def _require_folder(self) -> None:
        if not self.folder.is_dir():
            raise IlrsError(
                f"there is no archive in {self.folder}",
                "an archive begins with the first product filed",
                "Name the folder of an archive, or file a product.",
            )

    def _file(self, products: Sequence[Product], db: sqlite3.Connection) -> list[Record]:
        staging = self.folder / f"{_STAGING}{os.getpid()}"
        staging.mkdir()
        ledger_size, renamed = self.ledger.size(), list[Path]()
        try:
            steps = [
                self._stage(product, staging / str(number), db)
                for number, product in enumerate(products)
            ]
            new = [step for step in steps if isinstance(step, _Staged)]
            for step in new:
                step.target.parent.mkdir(parents=True, exist_ok=True)
                os.rename(step.source, step.target)
                renamed.append(step.target)
                index.add(db, step.record)
            if new:
                self.ledger.append([self._entry("filed", s.record.lidvid, s.manifest) for s in new])
            db.execute("COMMIT")
        except BaseException as error:
            # Nobody has seen these yet, unless Ctrl-C came just after the commit.
            if db.in_transaction or isinstance(error, Exception):
                self.ledger.cut_back(ledger_size)
                for path in renamed:
                    shutil.rmtree(path, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return [step.record if isinstance(step, _Staged) else step for step in steps]

    def _stage(self, product: Product, folder: Path, db: sqlite3.Connection) -> Record | _Staged:
        """The record that has this very content already, or the next version, staged."""
        header, body = product.table.header(), product.table.body()

        def _files(vid: Vid) -> dict[str, bytes]:
            label = write_label(product, vid, header=header, body=body)
            return {DATA_NAME: header + body, LABEL_NAME: label}

        known = {LidVid.parse(r.lidvid).vid: r for r in index.versions(db, product.lid)}
        for vid, record in known.items():
            alike = record.files[0].size == len(header) + len(body)
            if not alike or product.version not in {None, vid}:
                continue
            if manifest_of(_files(vid)) == self._filed_manifest(record.lidvid):
                return record
        following = max(known).next_minor() if known else Vid(1, 0)
        vid = product.version or following
        lidvid = str(LidVid(product.lid, vid))
        if vid in known:
            raise IlrsError(
                f"{lidvid} is filed with other content",
                f"a filed version never changes; the next one is {following}",
                "Leave the version out, or give a new one.",
            )
        written = _files(vid)
        manifest = manifest_of(written)
        folder.mkdir()
        for name, data in {**written, MANIFEST_NAME: manifest}.items():
            _write(folder / name, data)
        record = read_label(written[LABEL_NAME])
        return _Staged(record, folder, self.folder_of(lidvid), manifest)

    def _filed_manifest(self, lidvid: str) -> bytes:
        path = self.folder_of(lidvid) / MANIFEST_NAME
        return path.read_bytes() if path.is_file() else b""

    def _entry(self, event: str, lidvid: str, manifest: bytes) -> dict[str, str]:
        return {
            "event": event,
            "lidvid": lidvid,
            "manifest_sha256": sha256_of_bytes(manifest),
            "received_utc": self._now(),
        }

    def _settle(self, db: sqlite3.Connection) -> None:
        """Finishes what a killed ingest left: whole versions are kept, the rest is forgotten."""
        leftovers = sorted(self.folder.glob(f"{_STAGING}*"))
        if not leftovers:
            return
        self._fill(db)
        filed = {entry.get("lidvid") for entry in self.ledger.entries()}
        resumed = [
            self._entry("resumed", lidvid, self._filed_manifest(lidvid))
            for lidvid, _ in self._versions_on_disk()
            if lidvid not in filed
        ]
        if resumed:
            self.ledger.append(resumed)
        db.execute("COMMIT")  # first: the staging folder is the mark that there is work left
        for path in leftovers:
            shutil.rmtree(path)
        db.execute("BEGIN IMMEDIATE")

    def _fill(self, db: sqlite3.Connection) -> list[Finding]:
        index.clear(db)
        findings = []
        for lidvid, folder in self._versions_on_disk():
            label = folder / LABEL_NAME
            name = label.relative_to(self.folder).as_posix()
            try:
                record = read_label(label.read_bytes(), name=name)
            except (OSError, IlrsError) as error:
                findings.append(_finding(name, lidvid, f"the label cannot be read: {error}"))
                continue
            if record.lidvid == lidvid:
                index.add(db, record)
            else:
                findings.append(_finding(name, lidvid, f"the label is of {record.lidvid}"))
        return findings

    def _ready(self) -> bool:
        """Whether there is a catalogue; one that is lost is made anew from the labels."""
        if self._catalogue.is_there:
            return True
        if (self.folder / "products").is_dir():
            self.rebuild()
            return True
        return False

    def _versions_on_disk(self) -> Iterator[tuple[str, Path]]:
        products = self.folder / "products"
        for path in sorted(products.glob(_VERSIONS)):
            *parts, version = path.relative_to(products).parts
            try:
                yield str(LidVid.parse(f"urn:{':'.join(parts)}::{version[1:]}")), path
            except IlrsError:
                continue  # no version of ours; verify names what lies in it

    def _interrupted(self) -> Path | None:
        return next(self.folder.glob(f"{_STAGING}*"), None)

    def _verify_products(self, filed: Mapping[str, str]) -> list[Finding]:
        on_disk = dict(self._versions_on_disk())
        interrupted = self._interrupted() is not None  # then the next ingest enters what is new
        findings = [
            finding
            for lidvid, path in on_disk.items()
            if lidvid in filed or not interrupted
            for finding in verify_version(
                path, root=self.folder, lidvid=lidvid, manifest_sha256=filed.get(lidvid)
            )
        ]
        for lidvid in filed.keys() - on_disk.keys():
            place = self.folder_of(lidvid).relative_to(self.folder).as_posix()
            findings.append(_finding(place, lidvid, "the version is missing"))
        homes = set(on_disk.values())
        for path in sorted((self.folder / "products").rglob("*")):
            if path.is_file() and homes.isdisjoint(path.parents):
                place = path.relative_to(self.folder).as_posix()
                findings.append(_finding(place, "", "the file belongs to no version"))
        return findings

    def _verify_index(self) -> list[Finding]:
        mark = self._interrupted()
        if mark is not None:
            return [
                Finding(
                    file=mark.name,
                    line=0,
                    entity="",
                    found="an ingest was interrupted",
                    possible="what it had completed is kept, the rest was never visible",
                    mend="The next ingest finishes it.",
                    severity="warning",
                )
            ]
        listed = self._catalogue.lidvids() if self._ready() else set()
        on_disk = {lidvid for lidvid, _ in self._versions_on_disk()}
        return [
            Finding(
                file=self._catalogue.path.name,
                line=0,
                entity=lidvid,
                found="the catalogue lists it without its files"
                if lidvid in listed
                else "the catalogue does not list it",
                possible="the catalogue lists what lies in the folder products",
                mend="Rebuild the catalogue.",
            )
            for lidvid in sorted(listed ^ on_disk)
        ]

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            raise _disk_error(error, self.folder) from error


def _refuse_twins(products: Sequence[Product]) -> None:
    counts = Counter(product.lid for product in products)
    twin = next((lid for lid, count in counts.items() if count > 1), None)
    if twin is not None:
        raise IlrsError(
            f"two products to be filed are both {twin}",
            "each product of one ingest has its own identifier",
            "Rename one, or file them one after the other.",
        )


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _finding(file: str, lidvid: str, found: str) -> Finding:
    return Finding(
        file=file,
        line=0,
        entity=lidvid,
        found=found,
        possible="what is filed stays as it was filed",
        mend="Restore it from another copy.",
    )


def _disk_error(error: OSError | sqlite3.OperationalError, folder: Path) -> IlrsError:
    full = getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}
    if full or "disk is full" in str(error):
        return IlrsError(
            f"the disk is full: nothing could be filed in {folder}",
            "the archive is as it was before",
            "Free some space or name another folder, and file the products again.",
        )
    if "locked" in str(error):
        return IlrsError(
            f"another program is filing products in {folder}",
            "one writes at a time; this one waited 30 s",
            "Try again when the other has ended.",
        )
    return IlrsError(
        f"nothing could be filed in {folder}: {getattr(error, 'strerror', None) or error}",
        "the archive is as it was before",
        "Name a folder that can be written.",
    )
