"""The pages with examples and tables say what is so: files, rooms, glossary, metrics."""

import ast
import doctest
import importlib
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest
import xarray as xr

from builders import build_files_page, build_metrics_page
from ilrs.foundation.errors import ProgrammeError
from ilrs.programme.attributes import PARTNER_KINDS, PROGRAMME_KINDS, TEXTS
from ilrs.programme.check import check
from ilrs.programme.load import Loaded, load
from ilrs.station.life_support import life_support
from ilrs.study.chain import run_programme
from ilrs.study.judge import requirement_findings
from ilrs.study.run import Run

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
FILES_PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
ROOMS_PAGE = (ROOT / "docs" / "rooms.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.S | re.M)


def named_blocks(language: str) -> dict[str, str]:
    """The blocks of the page on files, by what stands in bold above each."""
    named = rf"^\*\*`([^`\n]+)`\*\*\n\n```{language}\n(.*?)^```$"
    return dict(re.findall(named, FILES_PAGE, flags=re.S | re.M))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page on files."""
    root = tmp_path_factory.mktemp("examples")
    for name, content in named_blocks("yaml").items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


def own_findings(loaded: Loaded) -> list[str]:
    """What is found in the example itself: the reference programme has findings of its own."""
    found = check(loaded) + requirement_findings(loaded)
    return [str(finding) for finding in found if not finding.file.startswith("reference/")]


def test_every_yaml_block_of_the_files_page_is_a_file_of_its_example() -> None:
    assert len(named_blocks("yaml")) == len(blocks("yaml", FILES_PAGE)) > 0


def test_example_is_sound_over_the_reference(examples: Path) -> None:
    loaded = load(["reference", examples / "dust"])
    assert own_findings(loaded) == []
    counter = loaded.programme.elements["DUST-COUNTER"]
    assert (counter.owner, counter.mass_kg) == ("DUST-LAB", 6.2)


def test_example_says_where_its_values_come_from(examples: Path) -> None:
    claims = {c.entity: c for c in load(["reference", examples / "dust"]).programme.claims}
    weighed, guessed = (claims[f"elements.DUST-{name}.mass"] for name in ("COUNTER", "CABINET"))
    assert (weighed.status, weighed.source, weighed.as_of) == (
        "agreed", ("DUST-PROPOSAL",), "2026-11",
    )  # fmt: skip
    assert (guessed.status, guessed.tolerance) == ("assumption", "20 %")


def test_second_layer_changes_what_it_names_and_breaks_what_the_page_says(examples: Path) -> None:
    loaded = load(["reference", examples / "dust", examples / "dust-2027"])
    counter = loaded.programme.elements["DUST-COUNTER"]
    launches = loaded.programme.missions["DUST-LANDER"].launches
    assert (counter.mass_kg, counter.life_s) == (7.1, 5 * 31557600.0)
    assert [launch.date for launch in launches] == ["2033", "2034-06", "2036-02"]
    shown = named_blocks("text")["ilrs check dust dust-2027 --over reference"]
    assert own_findings(loaded) == shown.splitlines()


def test_wrong_quantity_is_refused_as_the_page_says(examples: Path, tmp_path: Path) -> None:
    for path in (examples / "dust").rglob("*.yaml"):
        spoilt = tmp_path / path.relative_to(examples)
        spoilt.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("mass: 40 kg ± 20 %", "mass: 12")
        spoilt.write_text(text, encoding="utf-8")
    with pytest.raises(ProgrammeError) as caught:
        load(["reference", tmp_path / "dust"])
    shown = [str(finding) for finding in caught.value.findings]
    assert shown == named_blocks("text")["mass: 12"].splitlines()


@pytest.fixture(scope="module")
def run_of_the_example(examples: Path) -> Run:
    programme = load(["reference", examples / "dust"]).programme
    return run_programme(programme, scenario="dust-month")


def test_example_runs_and_its_requirement_is_judged(run_of_the_example: Run) -> None:
    holds = {verdict.requirement: verdict.holds for verdict in run_of_the_example.verdicts}
    assert holds["DUST-HOURS"] is True
    assert "DUST-COUNTER" in run_of_the_example.station["element"].values


def test_files_page_names_where_each_kind_stands() -> None:
    places = ("a partner's files", "either", "the programme's own files")
    rows = {p: re.findall(rf"^\| (.+?) \| {p} \|$", FILES_PAGE, flags=re.M) for p in places}
    named = {place: set(re.findall(r"`(\w+)`", " ".join(rows[place]))) for place in places}
    assert named["a partner's files"] | named["either"] == {"partner", *PARTNER_KINDS}
    assert named["the programme's own files"] | named["either"] == {*TEXTS, *PROGRAMME_KINDS}


def test_tables_of_the_files_page_are_what_its_builder_writes() -> None:
    assert build_files_page.filled(FILES_PAGE) == FILES_PAGE


def test_metrics_page_is_what_its_builder_writes() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == build_metrics_page.page()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_of_the_documents_runs(
    page: Path, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(examples)
    code = "\n".join(blocks("python", page.read_text(encoding="utf-8")))
    told: list[str] = []
    session = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    doctest.DocTestRunner().run(session, out=told.append)
    assert not told, "".join(told)
    assert bool(session.examples) == bool(code), f"{page.name}: write python as a session (>>> …)"


def assert_rooms_page_lists(kind: str, dataset: xr.Dataset) -> None:
    heading = rf"^## [^\n]*[Tt]he {kind} Dataset.*?(?=^## )"
    section = re.findall(heading, ROOMS_PAGE, flags=re.S | re.M)[0]
    listed = {
        name: (tuple(dims.split(", ")), unit)
        for names, dims, unit in re.findall(r"^\| (`.+) \| (.+) \| (.+) \|$", section, flags=re.M)
        for name in re.findall(r"`(\w+)`", names)
    }
    found = {str(n): (v.dims, v.attrs["units"]) for n, v in dataset.data_vars.items()}
    assert listed == found


@pytest.mark.parametrize("kind", ["environment", "plan", "station"])
def test_rooms_page_lists_the_variables_of_a_run(kind: str, run_of_the_example: Run) -> None:
    assert_rooms_page_lists(kind, getattr(run_of_the_example, kind))


def test_rooms_page_lists_the_variables_of_a_crew(run_of_the_example: Run) -> None:
    elements = load("reference").programme.elements.values()
    crew = life_support([*elements], [], time=run_of_the_example.environment)
    assert crew is not None
    assert_rooms_page_lists("crew", crew)


def calls_of_the_rooms_page() -> list[tuple[str, str]]:
    """(dotted name, arguments) of every call of a room's function in an indented line."""
    code = "\n".join(re.findall(r"^    .+$", ROOMS_PAGE, flags=re.M))
    return re.findall(r"\b([a-z]+\.[a-z_]+\.\w+)\(([^()]*)\)", code)


@pytest.mark.parametrize(("name", "arguments"), calls_of_the_rooms_page())
def test_rooms_page_calls_what_is_there(name: str, arguments: str) -> None:
    module, function = name.rsplit(".", 1)
    known = inspect.signature(getattr(importlib.import_module(f"ilrs.{module}"), function))
    assert set(re.findall(r"(\w+)=", arguments)) <= set(known.parameters)


def glossary_rows() -> list[str]:
    """Names of the rows below the table of names."""
    return re.findall(r"^\| `(\w+)` \|", GLOSSARY.split("\n## ", 2)[2], flags=re.M)


def test_glossary_explains_each_name_once() -> None:
    assert [name for name, count in Counter(glossary_rows()).items() if count > 1] == []


def test_glossary_explains_no_name_that_nothing_has() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src" / "ilrs").rglob("*.py")]
    used = {
        node.arg
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.arg)
    }
    assert sorted(set(glossary_rows()) - used) == []
