"""Whose a declared storage is: two nodes that file into one would overwrite each other's products.

<storage>/extensions/ilrs-node/owner.txt    names the node's folder that files there
<folder>/storage-owner.txt                  the same
"""

import secrets
from pathlib import Path

from ilrs.datacentre.storage import LocalStorage, Storage
from ilrs.foundation.errors import IlrsError

__all__ = ["OWNER", "require_own"]

OWNER = "extensions/ilrs-node/owner.txt"
_NAME = "storage-owner.txt"


def require_own(storage: Storage, folder: Path) -> None:
    """Raises IlrsError where another node's folder files into a storage; takes one that is free."""
    here = LocalStorage(folder)
    if here.size(_NAME) is None:
        here.write(_NAME, f"{secrets.token_hex(16)}\n".encode())
    own = here.read(_NAME)
    if storage.size(OWNER) is None:
        storage.write(OWNER, own)
    if storage.read(OWNER) != own:
        raise IlrsError(
            f"another node files into the storage {storage.url}",
            "two would overwrite each other's products; each has a bucket, prefix or folder alone",
            f"Name another storage. Where this folder takes the other's place, delete {OWNER} in "
            "the storage.",
        )
