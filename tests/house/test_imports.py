"""The house: who may import whom (DESIGN.md's table), bounds on size, and faces that hold."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "ilrs"
MAY_IMPORT = {
    "foundation": "",
    "programme": "foundation",
    "sky": "foundation",
    "moon": "foundation sky",
    "orbits": "foundation sky moon",
    "station": "foundation programme",
    "operations": "foundation programme",
    "cooperation": "foundation programme",
    "datacentre": "foundation",
    "study": "foundation programme sky moon orbits station operations cooperation datacentre",
    "web": "foundation programme sky moon orbits station operations cooperation datacentre study",
}
FILES = sorted(ROOT.rglob("*.py"))
MODULES = [
    ".".join(("ilrs", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in FILES
]
MOST_FILE_LINES, MOST_BODY_LINES, MOST_PUBLIC_METHODS = 600, 60, 15


def imported_names(path: Path) -> set[str]:
    """Full dotted names a file imports, wherever in the file the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively, line {node.lineno}"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    allowed = {package, *MAY_IMPORT[package].split()}
    for path in (ROOT / package).rglob("*.py"):
        rooms = {name.split(".")[1] for name in imported_names(path) if name.startswith("ilrs.")}
        extra = {room for room in rooms - allowed if (ROOT / room).is_dir()}
        assert not extra, f"{path} may not import {sorted(extra)}"
        assert "cli" not in rooms, f"{path} may not import the command line"


def test_every_room_of_the_house_stands() -> None:
    assert {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} == set(
        MAY_IMPORT
    )


def test_nothing_imports_the_face_of_ilrs() -> None:
    for path in FILES:
        bare = {name for name in imported_names(path) if name == "ilrs"}
        assert not bare, f"{path}: import the name from the room that defines it"


def test_every_module_loads_and_its_public_names_exist() -> None:
    for name in MODULES:
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", []):
            assert hasattr(module, public), f"{name}.__all__ names {public}, which is not there"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_bounds_of_the_house_hold(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_FILE_LINES, f"{path} is too long"
    assert path.stem not in {"utils", "common", "helpers"}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or 0) - node.body[0].lineno + 1
            assert lines <= MOST_BODY_LINES, f"{path}:{node.lineno} {node.name}: {lines} lines"
        if isinstance(node, ast.ClassDef):
            public = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"]
            assert len(public) <= MOST_PUBLIC_METHODS, f"{path}:{node.lineno} {node.name}"
