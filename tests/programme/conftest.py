"""Small programme folders, written for one test each."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tests.programme.folders import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes files (relative path -> text or bytes) into a named folder."""

    def write_files(files: Mapping[str, str | bytes], name: str = "programme") -> Path:
        for relative, content in files.items():
            path = tmp_path / name / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            text = dedent(content).encode() if isinstance(content, str) else content
            path.write_bytes(text)
        return tmp_path / name

    return write_files
