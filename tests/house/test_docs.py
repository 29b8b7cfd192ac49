"""What the documents say is true: glossary, commands, versions, README's output."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from ilrs import cli
from ilrs.programme import entities
from ilrs.study.metrics import METRICS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ilrs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def glossary_names() -> set[str]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return set(re.findall(r"`([a-z_0-9]+)`", text))


def declared_attributes() -> set[str]:
    models = [m for m in vars(entities).values() if isinstance(m, type)]
    return {f for m in models if issubclass(m, BaseModel) for f in m.model_fields}


def public_arguments(path: Path) -> set[tuple[str, str]]:
    """(function, argument) of every public function and method of a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] != "_":
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            found |= {(node.name, a.arg) for a in arguments if a.arg[0] != "_"}
    return found


def test_every_public_argument_stands_in_the_glossary_or_the_schema() -> None:
    known = glossary_names() | declared_attributes() | {"self", "cls"}
    missing = {
        f"{path.relative_to(SOURCE)}:{function}({argument})"
        for path in SOURCE.rglob("*.py")
        for function, argument in public_arguments(path)
        if argument not in known
    }
    assert not missing, "not in docs/glossary.md:\n" + "\n".join(sorted(missing))


def walk_commands(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(name, command)] + [x for key, c in below for x in walk_commands(c, f"{name} {key}")]


def test_every_command_and_option_stands_in_the_command_reference() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in walk_commands(cli.main, "ilrs"):
        assert f"`{name}" in text, f"docs/commands.md lacks {name}"
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert f"`{option}" in text, f"docs/commands.md lacks {name} {option}"


def test_every_metric_stands_in_the_metrics_reference() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    missing = [name for name in METRICS if f"`{name}`" not in text]
    assert not missing


def test_readme_names_the_python_that_the_project_needs() -> None:
    wanted = PROJECT["requires-python"].removeprefix(">=")
    assert f"Python {wanted}+" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_constraints_carry_name_and_version_alone() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[A-Za-z0-9.+]+", line), line


def test_every_dependency_is_pinned() -> None:
    pinned = {
        line.split("==")[0]
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    extras = [d for group in PROJECT["optional-dependencies"].values() for d in group]
    for wanted in PROJECT["dependencies"] + extras:
        name = re.split(r"[\[<>=! ]", wanted)[0].replace(".", "-").replace("_", "-").lower()
        assert name in pinned | {"ilrs"}, f"{name} is not in constraints.txt"


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_help_needs_no_heavy_room() -> None:
    code = "import sys, ilrs.cli; print(sorted(m for m in sys.modules if m in HEAVY))".replace(
        "HEAVY", "{'numpy', 'xarray', 'numba', 'rasterio', 'pydantic', 'pint', 'lxml', 'rich'}"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def readme_block() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.search(r"```text\n(.*?)```", text, flags=re.S).group(1)  # type: ignore[union-attr]


def test_readme_shows_the_true_output(reference_run_output: str) -> None:
    """Words as they are; numbers within 0.5 %: another platform's mathematics rounds otherwise."""

    def words(text: str) -> list[str]:
        lines = [line for line in text.splitlines() if not line.startswith(("$", "ilrs:"))]
        return " ".join(lines).split()

    for shown, true in zip(words(readme_block()), words(reference_run_output), strict=True):
        assert shown == true or number(shown) == pytest.approx(number(true), rel=5e-3), (
            shown,
            true,
        )


def number(word: str) -> float:
    try:
        return float(word.replace(",", ""))
    except ValueError:
        raise AssertionError(f"README shows {word!r} where the run says otherwise") from None
