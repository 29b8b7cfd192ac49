"""A node with a handful of products, in memory, for tests of the interfaces."""

import atexit
import hashlib
import io
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, BinaryIO

from ilrs.datacentre.catalogue import open_catalogue
from ilrs.datacentre.place import Box, Circle, Point, Polygon, Track
from ilrs.datacentre.record import FileEntry, Record, RightsStatement, Text
from ilrs.datacentre.rights import ANYONE, Policy, Principal
from ilrs.datacentre.rights_file import read_policy
from ilrs.web.answers import WebError
from ilrs.web.service import Service

CSV = b"t_s,power_w,heat_w\r\n" + b"".join(
    b"%d,%d,%d\r\n" % (k, 100 + (k * 37) % 50, 20 + k % 7) for k in range(200)
)
LABEL = b'<?xml version="1.0"?><Product_Observational/>'
TOKENS = {
    "Bearer cnsa": Principal("cnsa-reader", "cnsa", frozenset({"reader"})),
    "Bearer esa": Principal("esa-reader", "esa", frozenset({"reader"})),
}
NOW_S = 1_795_000_000.0


def entry(name: str, content: bytes, media_type: str, role: str) -> FileEntry:
    return FileEntry(
        name=name,
        size=len(content),
        md5=hashlib.md5(content).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        role=role,
    )


def record(name: str, number: int = 0, **fields: Any) -> Record:
    declared: dict[str, Any] = {
        "lidvid": f"urn:ilrs:jdc:station:run:{name}::1.0",
        "title": f"Title of {name}",
        "description": "Computed for a test.",
        "start_utc": "2035-01-01T00:00:00Z",
        "stop_utc": "2035-01-02T00:00:00Z",
        "publication_year": 2026,
        "target": "Moon",
        "mission": "ILRS",
        "instrument": "ilrs",
        "partner": "cnsa",
        "science_fields": ("moon-based-observation",),
        "keywords": ("power",),
        "processing_level": "Derived",
        "access": "open",
        "files": (entry("label.xml", LABEL, "application/xml", "label"),
                  entry("data.csv", CSV, "text/csv", "data")),
        "received_utc": f"2026-11-01T00:00:{number:02d}Z",
        "harvested_utc": f"2026-11-01T00:00:{number:02d}.000{number:03d}Z",
    }  # fmt: skip
    return Record(**{**declared, **fields})


CAP = ((0.0, -85.0), (120.0, -85.0), (-120.0, -85.0), (0.0, -85.0))  # it holds the pole
RECORDS = (
    record("power", 1, place=Circle(222.0 - 360.0, -89.4, 0.05), site="ridge",
           texts=(Text("zh", "功率", "为测试计算。"), Text("ru", "Мощность", "Для проверки.")),
           sun_elevation_deg=1.25, sun_azimuth_deg=301.5, pixel_m=5.0,
           statements=(RightsStatement(issuer="cnsa", language="en", text="Free use."),)),
    record("power", 2, lidvid="urn:ilrs:jdc:station:run:power::1.1", title="Power, corrected"),
    record("heat", 3, partner="roscosmos", place=Box(170.0, -60.0, -170.0, -50.0),
           start_utc="2034-06-01T00:00:00Z", stop_utc="2034-06-01T00:00:00Z", instrument="luna"),
    record("track", 4, place=Track(((0.0, -80.0), (90.0, -88.0), (170.0, -80.0)))),
    record("cap", 5, place=Polygon((CAP,)), start_utc="", stop_utc="", processing_level="Raw",
           mission="LRO", keywords=("pole", "map")),
    record("point", 6, place=Point(30.0, 0.0), title='Quote " <b>& comma, semicolon'),
    record("secret", 7, access="owner", title="Secret heat", place=Point(10.0, -89.0),
           mission="SECRET-1", instrument="hidden", start_utc="1990-01-01T00:00:00Z"),
)  # fmt: skip


class MemoryArchive:
    def open_file(self, lidvid: str, name: str, *, start: int = 0) -> BinaryIO:
        return io.BytesIO({"data.csv": CSV, "label.xml": LABEL}[name][start:])


def identify(authorization: str) -> Principal:
    if not authorization:
        return ANYONE
    if authorization not in TOKENS:
        raise WebError(401, "the token is not known", "a token of this node is needed",
                       "Correct it, or leave it out.", challenge="Bearer")  # fmt: skip
    return TOKENS[authorization]


def service(records: tuple[Record, ...] = RECORDS, *, policy: Policy | None = None) -> Service:
    policy = policy or read_policy()
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    catalogue = open_catalogue(folder / "catalogue.sqlite3", policy=policy)
    catalogue.add(records)
    return Service(archive=MemoryArchive(), catalogue=catalogue, identify=identify,
                   now_s=lambda: NOW_S)  # fmt: skip
