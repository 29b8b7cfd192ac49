"""Checks of PDS4 labels by XML Schema and Schematron, from a folder of schemas, never the network.

The folder holds the dictionaries' files under their own names (PDS4_PDS_1P00.xsd and .sch, …) at
any depth; a label says which of them it follows. A schema that is not there is a finding, never
silence. XML Schema needs lxml only; Schematron needs Saxon (`pip install 'ilrs[centre]'`).

A profile (`ilrs.datacentre.profiles`) says which prefixes are read as if the common dictionary
listed them. `check` judges a label, `check_file` also the data beside it. The kinds of findings are
those of `ilrs.datacentre.submission.KINDS`.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from ilrs.datacentre.label import NAMESPACE, parse_xml, read_label_file
from ilrs.datacentre.label_content import check_content
from ilrs.datacentre.lid import PDS4_PREFIXES
from ilrs.datacentre.profiles import ILRS, STRICT, Profile
from ilrs.datacentre.schematron import to_xslt
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["Validator", "unreadable", "validate_label"]

_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_XS = "http://www.w3.org/2001/XMLSchema"
_NAMED = "the schemas stand in xsi:schemaLocation and in <?xml-model?> lines"
_IDENTIFIERS = ("logical_identifier", "lid_reference", "lidvid_reference")


class Validator:
    """A folder of schemas, each compiled when a label first asks for it. Not for several threads.

    Raises IlrsError where the folder holds no schema.
    """

    def __init__(self, schemas: Path, *, profile: Profile = STRICT) -> None:
        self.profile = profile
        found = sorted(p for p in Path(schemas).rglob("*") if p.suffix in {".xsd", ".sch"})
        if not found:
            raise IlrsError(
                f"no schemas in {schemas}",
                "a folder with the PDS4 dictionaries' .xsd and .sch files is read",
                "Name that folder.",
            )
        self._files = {path.name: path for path in reversed(found)}
        self._xsd: dict[tuple[tuple[str, str], ...], etree.XMLSchema] = {}
        self._rules: dict[str, Any] = {}
        self._saxon: Any = None

    def check(self, label: bytes, *, name: str = "label.xml") -> list[Finding]:
        """Everything wrong with a label alone, errors before warnings, each with its line."""
        try:
            root = parse_xml(label, name=name)
        except IlrsError as error:
            return [unreadable(error, name)]
        return self.check_root(root, name=name)

    def check_file(self, label: Path, *, name: str = "") -> list[Finding]:
        """Everything wrong with a label and the files that it describes, errors first."""
        name = name or label.name
        try:
            root = parse_xml(read_label_file(label), name=name)
        except IlrsError as error:
            return [unreadable(error, name)]
        return self.check_root(root, name=name, folder=label.parent)

    def check_root(
        self, root: etree._Element, *, name: str, folder: Path | None = None
    ) -> list[Finding]:
        """The same of a label that is read already; of its files too, given its folder."""
        findings = [*self._check_schema(root, name), *self._check_rules(root, name)]
        if folder is not None:
            findings += check_content(root, folder=folder, name=name)
        return sorted(findings, key=lambda f: (f.severity != "error", f.line, f.found))

    def _check_schema(self, root: etree._Element, name: str) -> list[Finding]:
        texts = root.get(_SCHEMA_LOCATION, "").split()
        pairs = tuple(
            (space, url.rpartition("/")[2])
            for space, url in zip(texts[::2], texts[1::2], strict=False)
        )
        if not pairs:
            return [_finding("schema", name, 0, "", "the label names no XML Schema", _NAMED)]
        absent = [file for _, file in pairs if file not in self._files]
        if absent:  # one missing dictionary makes every element of it look wrong
            return self._not_there(absent, name)
        judge = "the judge is " + ", ".join(file for _, file in pairs)
        try:
            if pairs not in self._xsd:
                self._xsd[pairs] = self._compile_schema(pairs)
        except etree.XMLSchemaParseError as error:  # a damaged file, or another one's namespace
            unfit = f"the schemas cannot be used: {error}"
            return [_finding("not-checked", name, 0, "", unfit, judge)]
        schema = self._xsd[pairs]
        schema.validate(root)
        log: Any = schema.error_log  # iterable, whatever its stub says
        spaces = _spaces(root) if log else {}
        return [
            _finding(
                "schema",
                name,
                *_place(root, entry.path or "", spaces),
                _plain(entry.message),
                judge,
            )
            for entry in log
        ]

    def _compile_schema(self, pairs: tuple[tuple[str, str], ...]) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        parser.resolvers.add(_ByName(self._files))
        whole = etree.Element(f"{{{_XS}}}schema")
        for space, file in pairs:
            etree.SubElement(whole, f"{{{_XS}}}import", namespace=space, schemaLocation=file)
        # The resolver works on what this parser has read, so the schema is read, not handed over.
        return etree.XMLSchema(etree.fromstring(etree.tostring(whole), parser))

    def _check_rules(self, root: etree._Element, name: str) -> list[Finding]:
        wanted = _schematron_files(root)
        if not wanted:
            missing = "the label names no Schematron"
            return [_finding("schematron", name, 0, "", missing, _NAMED, severity="warning")]
        absent = [file for file in wanted if file not in self._files]
        findings = self._not_there(absent, name)
        judges = [(file, self._compiled_rules(file)) for file in wanted if file in self._files]
        if judges:
            # Saxon parses anew: the text has no document type, so nothing is fetched or expanded.
            text = etree.tostring(self._as_listed(root), encoding="unicode")
            tree = self._saxon.parse_xml(xml_text=text)
            for file, rules in judges:
                findings += self._broken_rules(root, tree, rules, file, name)
        return findings

    def _broken_rules(
        self, root: etree._Element, tree: Any, rules: Any, file: str, name: str
    ) -> list[Finding]:
        try:
            result = rules.transform_to_string(xdm_node=tree)
        except Exception as error:  # Saxon's own class: a rule met what it was not written for
            reason = f"a rule could not be applied: {' '.join(str(error).split())}"
            return [_finding("schematron", name, 0, "", reason, file)]
        broken = etree.fromstring(result.encode("utf-8")).iterchildren("finding")
        return [
            _finding(
                "schematron",
                name,
                *_place(root, item.get("path", "")),
                " ".join(str(item.xpath("string()")).split()),
                f"the judge is {file}",
                severity="warning" if item.get("role", "").lower().startswith("warn") else "error",
            )
            for item in broken
        ]

    def _compiled_rules(self, file: str) -> Any:
        if self._saxon is None:
            self._saxon = _saxon_processor()
        if file not in self._rules:
            sheet = to_xslt(parse_xml(self._files[file].read_bytes(), name=file), name=file)
            compiler = self._saxon.new_xslt30_processor()
            self._rules[file] = compiler.compile_stylesheet(stylesheet_text=sheet, encoding="utf-8")
        return self._rules[file]

    def _as_listed(self, root: etree._Element) -> etree._Element:
        """The label with the profile's prefixes read as one that the common dictionary lists."""
        own = tuple(f"{prefix}:" for prefix in self.profile.prefixes)
        if not own or etree.QName(root).localname == "Product_External":  # that must bear no listed
            return root
        tags = [f"{{{NAMESPACE}}}{tag}" for tag in _IDENTIFIERS]
        if not any((element.text or "").strip().startswith(own) for element in root.iter(*tags)):
            return root
        copy: etree._Element = etree.fromstring(etree.tostring(root))
        for element in copy.iter(*tags):
            text = (element.text or "").strip()
            if text.startswith(own):
                element.text = ":".join([PDS4_PREFIXES[0], *text.split(":")[3:]])
        return copy

    def _not_there(self, files: Iterable[str], name: str) -> list[Finding]:
        return [
            _finding(
                "not-checked",
                name,
                0,
                "",
                f"not checked by {file}: it is not among the schemas",
                f"{len(self._files)} schemas are there",
                mend="Add it to the folder of schemas.",
            )
            for file in files
        ]


def validate_label(label: Path, *, schemas: Path, profile: Profile = ILRS) -> list[Finding]:
    """Everything wrong with one label file and its data, by a profile.

    Many labels are checked faster by one Validator, which keeps its schemas compiled.
    """
    return Validator(schemas, profile=profile).check_file(label)


def unreadable(error: IlrsError, name: str) -> Finding:
    """The finding that stands for an error which kept a label from being read."""
    return _finding("label", name, 0, "", error.asked, error.possible, mend=error.mend)


class _ByName(etree.Resolver):
    """Finds a schema that another one imports by the last part of its address."""

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__()
        self._files = files

    def resolve(self, url: str, _public_id: str, _context: Any) -> Any:  # type: ignore[override]
        path = self._files.get(url.rpartition("/")[2])
        return None if path is None else self.resolve_filename(str(path), _context)  # type: ignore[attr-defined]


def _saxon_processor() -> Any:
    try:
        import saxonche  # noqa: PLC0415  heavy and optional
    except ImportError:
        raise IlrsError(
            "Schematron rules cannot be checked: saxonche is not installed",
            "it comes with the extra 'centre'",
            "Run: pip install 'ilrs[centre]'",
        ) from None
    return saxonche.PySaxonProcessor(license=False)


def _schematron_files(root: etree._Element) -> list[str]:
    found = []
    node = root.getprevious()
    while node is not None:
        if isinstance(node, etree._ProcessingInstruction) and node.target == "xml-model":
            href = re.search(r"""href\s*=\s*["']([^"']+\.sch)["']""", node.text or "")
            found += [href.group(1).rpartition("/")[2]] if href else []
        node = node.getprevious()
    return found[::-1]


def _finding(
    kind: str,
    file: str,
    line: int,
    entity: str,
    found: str,
    possible: str,
    *,
    mend: str = "Correct the label there.",
    severity: str = "error",
) -> Finding:
    return Finding(
        file=file,
        line=line,
        entity=entity,
        found=found.rstrip("."),
        possible=possible,
        mend=mend,
        severity=severity,
        kind=kind,
    )


def _plain(message: str) -> str:
    return re.sub(r"\{[a-z]+:[^}]*\}", "", message)  # names in Clark notation, not {4} of a pattern


def _spaces(root: etree._Element) -> dict[str, str]:
    """The name spaces by the prefixes that a label gives them, which libxml2's paths use."""
    return {prefix: uri for node in root.iter() for prefix, uri in node.nsmap.items() if prefix}


def _place(
    root: etree._Element, path: str, spaces: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Line and readable path ('A/B/C') of what an XPath of Saxon's or libxml2's kind points at."""
    element_path = re.sub(r"/@.*$", "", path).replace("Q{", "{")
    if not element_path:
        return 0, ""
    tree: Any = root.getroottree()
    found: Any = (
        etree.ETXPath(element_path)(tree)
        if spaces is None
        else tree.xpath(element_path, namespaces=dict(spaces))
    )
    if not found:
        return 0, ""
    names = [etree.QName(node).localname for node in (found[0], *found[0].iterancestors())]
    return int(found[0].sourceline or 0), "/".join(reversed(names))
