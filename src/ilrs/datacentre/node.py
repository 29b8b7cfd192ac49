"""A node of the data centre: a folder, what it declares of itself, and its one writer at a time.

node.yaml        name, storage, catalogue (each may be left out)
policy.yaml      which findings quarantine a product (`ilrs.datacentre.intake`)
ledger.jsonl     what happened, each line chained to the one before
ocfl/            the products, where no other storage is declared
staging/         what is on its way in
storage-owner.txt  what names this folder in another storage (`ilrs.datacentre.storage_owner`)
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ilrs.datacentre.intake import POLICY_NAME, IntakePolicy, read_intake_policy
from ilrs.datacentre.storage import has_scheme
from ilrs.foundation.errors import IlrsError, NodeError, did_you_mean
from ilrs.foundation.yaml_lines import read_yaml

__all__ = ["BEGUN", "NODE_NAME", "Node", "is_archive", "read_node", "writing_alone"]

#: The file of an archive's folder that declares its node.
NODE_NAME = "node.yaml"
_KEYS = ("name", "storage", "catalogue")
#: What of an archive's folder there is once something was filed; not all of it in each.
BEGUN = ("ledger.jsonl", "ocfl", "catalogue.sqlite3")
_LOCK_NAME = "writer.lock"
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What a node declares: its name, and by URL where its products and its catalogue lie.

    A path is one as seen from the node's folder, wherever a program is started.
    """

    folder: Path
    name: str = "ilrs"
    storage: str = ""
    catalogue: str = ""

    @property
    def storage_url(self) -> str:
        """Where the products lie: what is declared, else the folder `ocfl` of the node."""
        return _seen_from(self.folder, self.storage or "ocfl")

    @property
    def catalogue_url(self) -> str:
        """Where the catalogue lies: what is declared, else a file of the node."""
        return _seen_from(self.folder, self.catalogue or "catalogue.sqlite3")

    def intake_policy(self) -> IntakePolicy:
        """The declared policy of intake, or the default one."""
        path = self.folder / POLICY_NAME
        return read_intake_policy(path) if path.exists() else IntakePolicy()


def is_archive(folder: Path) -> bool:
    """Whether a folder is one that an archive has been written into."""
    return (folder / _LOCK_NAME).is_file() and any((folder / name).exists() for name in BEGUN)


def _seen_from(folder: Path, url: str) -> str:
    scheme = next((known for known in ("sqlite:///", "file://") if url.startswith(known)), "")
    if has_scheme(url) and not scheme:
        return url
    return f"{scheme}{folder / url.removeprefix(scheme)}"


def read_node(folder: Path) -> Node:
    """The node in a folder. Raises NodeError with every finding where its file is wrong."""
    path = folder / NODE_NAME
    if not path.exists():
        return Node(folder=folder)
    yaml = read_yaml(path.read_bytes(), file=path.name)
    data = yaml.data if isinstance(yaml.data, dict) else {}
    if yaml.data and not data:
        has = "it has lines of `key: value` for " + ", ".join(_KEYS)
        yaml.fault((), ("found no such line", has, "Write `name: …`."), line=1)
    values: dict[str, Any] = {}
    for key, value in data.items():
        line = yaml.lines.get((key,), 1)
        if key not in _KEYS:
            texts = (f"found {key!r}", "possible are " + ", ".join(_KEYS))
            mend = did_you_mean(str(key), _KEYS, otherwise="Leave it out.")
            yaml.fault((key,), (*texts, mend), line=line)
        elif not isinstance(value, str) or not value.strip():
            yaml.fault((key,), (f"found {value!r}", "it is a text", "Write a text."), line=line)
        else:
            values[key] = value
    if yaml.findings:
        raise NodeError(yaml.findings)
    return Node(folder=folder, **values)


@contextmanager
def writing_alone(folder: Path, *, wait_s: float | None = None) -> Iterator[None]:
    """Holds a node's one write lock, which the system takes back from a writer that is killed.

    Raises IlrsError where another holds it for longer than `wait_s`, 30 s where none is given.
    """
    wait_s = _WAIT_S if wait_s is None else wait_s
    # SQLite's locks, on a file of their own: they work on every platform, and end with the process.
    with closing(sqlite3.connect(folder / _LOCK_NAME, isolation_level=None, timeout=wait_s)) as db:
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise IlrsError(
                f"another program is filing products in {folder}",
                f"one writes at a time; this one waited {wait_s:.0f} s",
                "Try again when the other has ended.",
            ) from None
        yield
