"""Prints the installed versions as `name==version` lines: the project's constraints file."""

import re
from importlib.metadata import distributions

OWN = {"ilrs", "pip", "wheel", "uv"}


def pinned() -> list[str]:
    """Sorted `name==version` lines of what is installed, our own and the installers left out."""
    found = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in distributions()}
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name not in OWN]


if __name__ == "__main__":
    print("\n".join(pinned()))
