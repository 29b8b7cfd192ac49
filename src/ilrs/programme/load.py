"""A programme's folders read into one frozen Programme, with every fault found at once.

A folder holds `programme.yaml` (and further `*.yaml` beside it) and `partners/<id>/*.yaml`. Several
folders are layers: each later one goes over those before it, attribute by attribute.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from ilrs.foundation.errors import Finding, IlrsError, ProgrammeError
from ilrs.foundation.yaml_lines import read_yaml
from ilrs.programme.attributes import KINDS
from ilrs.programme.declared import Declared, DeclaredFile, a_singular, read_declarations
from ilrs.programme.entities import Claim, Entity, Programme
from ilrs.programme.findings import findings_of, unplaced
from ilrs.programme.places import Places

__all__ = ["REFERENCE", "Loaded", "find_file", "load", "load_partly", "reference_folder"]

#: The word that stands for the reference programme; a folder of that name is written ./reference.
REFERENCE = "reference"
_HOLDS = "a programme folder holds programme.yaml and partners/<id>/*.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A programme, and the file and line of everything in it."""

    programme: Programme
    places: Places


def reference_folder() -> Path:
    """The folder of the reference programme, which comes with the package."""
    return Path(str(files("ilrs.programme"))) / "reference"


def load(folders: Sequence[Path | str] | Path | str) -> Loaded:
    """What the folders declare, the first as base and each later one over it, with its places.

    The text "reference" (not a Path) stands for the reference programme. Raises ProgrammeError with
    every finding if a file says something it cannot, IlrsError if a folder is missing or empty.
    References between entities are not judged here: see `ilrs.programme.check`.
    """
    loaded, findings = load_partly(folders)
    if findings:
        raise ProgrammeError(findings)
    return loaded


def load_partly(folders: Sequence[Path | str] | Path | str) -> tuple[Loaded, list[Finding]]:
    """What can be read of the folders, and every finding on what cannot.

    For pages and lists that one partner's error shall not stop: an entity with a fault is left out
    and everything else stands; what refers to it refers to nothing then.
    Raises ProgrammeError where the programme itself says something it cannot, IlrsError as `load`.
    """
    given = [folders] if isinstance(folders, (str, Path)) else list(folders)
    if not given:
        raise IlrsError(
            "no folder to load", _HOLDS, f"Name one, or {REFERENCE!r} for the reference programme."
        )
    names = _layer_names(given)
    draft, digest = _Draft(), hashlib.sha256()
    for index, (folder, name) in enumerate(zip(given, names, strict=True)):
        layer = _layer(_path_of(folder), name)
        for source in layer.sources:
            content = layer.read(source)
            if content is None:
                draft.is_whole = False
                continue
            label = f"{index}/{source.relative}\0{len(content)}\0"
            digest.update(label.encode() + content)
            yaml = read_yaml(content, file=f"{layer.prefix}{source.relative}")
            draft.add(read_declarations(yaml, partner=source.partner), layer=index)
        draft.findings += layer.findings
    return draft.finish(
        base=f"{names[0]}/programme.yaml".removeprefix("/"),
        sha256=digest.hexdigest(),
        folders=tuple(str(folder) for folder in given),
    )


def find_file(programme: Programme, name: str) -> Path | None:
    """The file that an entity names relative to its folder; the last layer that has it answers.

    None where no layer has it, and for a name that leads out of the folders.
    """
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return None
    for folder in reversed(programme.folders):
        path = _path_of(folder) / name
        if path.is_file():
            return path
    return None


def _path_of(folder: Path | str) -> Path:
    return reference_folder() if folder == REFERENCE else Path(folder)


def _layer_names(given: list[Path | str]) -> list[str]:
    """What findings put before a file's name: nothing for one folder, else each folder's name."""
    if len(given) == 1:
        return [""]
    short = [REFERENCE if each == REFERENCE else Path(each).resolve().name for each in given]
    whole = [Path(each).as_posix() for each in given]
    return [
        name if short.count(name) == 1 else long for name, long in zip(short, whole, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    relative: str
    partner: str | None


@dataclass(slots=True)
class _Layer:
    prefix: str
    sources: list[_Source] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def read(self, source: _Source) -> bytes | None:
        """The bytes of a file; none, and a finding, where the system refuses them."""
        try:
            return source.path.read_bytes()
        except OSError as error:
            found = f"a file that cannot be read: {error.strerror}"
            self.fault(source.relative, found, mend="Make it readable, or remove it.")
            return None

    def fault(self, relative: str, found: str, *, mend: str) -> None:
        finding = unplaced("", (found, _HOLDS, mend))
        self.findings.append(finding.at(f"{self.prefix}{relative}", 0))


def _layer(root: Path, name: str) -> _Layer:
    """The files of one folder, in a fixed order, and what is in it that cannot be read."""
    if not root.is_dir():
        kind = "is a file" if root.exists() else "does not exist"
        raise IlrsError(
            f"the programme folder {str(root)!r} {kind}",
            _HOLDS,
            "Name an existing folder, or write a new one with `ilrs init DIR`.",
        )
    layer = _Layer(f"{name}/" if name else "")
    _collect(layer, root, "", None)
    partners = root / "partners"
    if partners.is_dir():
        for path in _visible(partners):
            if path.is_dir():
                _collect(layer, path, f"partners/{path.name}/", path.name)
            else:
                mend = "Move it into the folder of its partner, partners/<id>/."
                layer.fault(f"partners/{path.name}", "a file directly in partners/", mend=mend)
    elif partners.exists():
        mend = "Make it a folder with one sub-folder per partner."
        layer.fault("partners", "a file named partners", mend=mend)
    if not layer.sources and not layer.findings:
        raise IlrsError(
            f"the programme folder {str(root)!r} holds no *.yaml file",
            _HOLDS,
            "Write a small one to start from with `ilrs init DIR`.",
        )
    return layer


def _collect(layer: _Layer, folder: Path, relative: str, partner: str | None) -> None:
    for path in _visible(folder):
        here = f"{relative}{path.name}"
        if path.suffix == ".yaml" and path.is_file():
            layer.sources.append(_Source(path, here, partner))
        elif path.suffix == ".yaml":
            layer.fault(here, "the name of a file, but no file", mend="Rename or remove it.")
        elif path.suffix == ".yml":
            mend = f"Rename it to {path.stem}.yaml."
            layer.fault(here, "a file that ends in .yml is not read", mend=mend)
        elif partner is not None and path.is_dir() and any(path.rglob("*.yaml")):
            mend = f"Move its *.yaml files up into partners/{partner}/."
            layer.fault(here, "a folder inside a partner's folder is not read", mend=mend)


def _visible(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))


@dataclass(slots=True)
class _Draft:
    """The programme while its files are read: entities of all layers, merged as they come."""

    entities: dict[str, Declared] = field(default_factory=dict)  # by path
    layers: dict[str, int] = field(default_factory=dict)  # last layer that said something on it
    texts: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, tuple[str, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_whole: bool = True  # whether every file could be read

    def add(self, file: DeclaredFile, *, layer: int) -> None:
        """Take one file's declarations over what stands."""
        self.findings += file.findings
        self.is_whole &= file.is_whole
        for key, value in file.texts.items():
            if self._is_new(key, file.lines[key], layer):
                self.texts[key] = value
        for entity in file.entities:
            if self._is_new(entity.path, entity.place, layer):
                self._merge(entity)
        for path, place in file.lines.items():
            self.lines[path] = place

    def _is_new(self, path: str, place: tuple[str, int], layer: int) -> bool:
        """Whether this layer says it for the first time; a second time is a finding."""
        before = self.layers.get(path)
        self.layers[path] = layer
        if before == layer:
            file, line = self.lines[path]
            texts = (
                f"{path!r} declared again",
                f"it stands in {file}:{line} already",
                "Keep one of the two, or give one another id.",
            )
            self.findings.append(unplaced(path, texts).at(*place))
        return before != layer

    def _merge(self, entity: Declared) -> None:
        standing = self.entities.setdefault(entity.path, entity)
        if standing is entity:
            return
        if entity.partner is not None and entity.partner != standing.partner:
            whose = f"partner {standing.partner!r}" if standing.partner else "the programme"
            texts = (
                f"{a_singular(entity.kind)} of {whose}, changed in partners/{entity.partner}/",
                "a partner's folder changes what is its own",
                "Change it where it belongs, or declare another id.",
            )
            self.findings.append(unplaced(entity.path, texts).at(*entity.place))
            return
        standing.values.update(entity.values)
        standing.claims.update(entity.claims)

    def finish(
        self, *, base: str, sha256: str, folders: tuple[str, ...]
    ) -> tuple[Loaded, list[Finding]]:
        """The frozen programme of what is sound, and the findings on what is not.

        Raises ProgrammeError where no programme comes of it.
        """
        places = Places(self.lines)
        kinds: dict[str, dict[str, Entity]] = {kind: {} for kind in KINDS}
        claims: list[Claim] = []
        for path, entity in self.entities.items():
            model = KINDS[entity.kind]
            try:
                made = model.model_validate({**entity.values, "id": entity.id})
            except ValidationError as error:
                self.findings += findings_of(error, model=model, path=path, places=places)
                continue
            kinds[entity.kind][entity.id] = made
            claims += (claim for some in entity.claims.values() for claim in some)
        whole = {**kinds, "claims": tuple(claims), "sha256": sha256, "folders": folders}
        if not self.is_whole:  # the name may stand in a file that could not be read
            self.texts.setdefault("name", "?")
        try:
            programme = Programme.model_validate({**self.texts, **whole})
        except ValidationError as error:
            found = findings_of(error, model=Programme, path="", places=places)
            self.findings += [f if f.file else f.at(base, 0) for f in found]
            raise ProgrammeError(self._sorted()) from None
        return Loaded(programme, places), self._sorted()

    def _sorted(self) -> list[Finding]:
        return sorted(self.findings, key=lambda f: (f.file, f.line, f.entity))
