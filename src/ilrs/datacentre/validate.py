"""Checks of PDS4 labels by XML Schema and Schematron, from a folder of schemas, never the network.

The folder holds the dictionaries' files under their own names (PDS4_PDS_1P00.xsd and .sch, …) at
any depth; a label says which of them it follows. A schema that is not there is a finding, never
silence. XML Schema needs lxml only; Schematron needs Saxon (`pip install 'ilrs[centre]'`).

Two profiles: strict PDS4, and ILRS, which reads the prefixes given as `own_prefixes` as if the
common dictionary listed them and is otherwise the same.

What it does not do yet: compare data with label (a truncated table, values outside the stated
limits: the Diviner label `_max_FAIL` of NASA's own tests is wrong only there), follow references.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from ilrs.datacentre.label import NAMESPACE, parse_xml
from ilrs.datacentre.lid import DEFAULT_PREFIX, PDS4_PREFIXES
from ilrs.datacentre.schematron import to_xslt
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["Validator", "validate_label"]

_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_XS = "http://www.w3.org/2001/XMLSchema"
_NAMED = "the schemas stand in xsi:schemaLocation and in <?xml-model?> lines"
_IDENTIFIERS = ("logical_identifier", "lid_reference", "lidvid_reference")


class Validator:
    """A folder of schemas, each compiled when a label first asks for it. Not for several threads.

    Raises IlrsError where the folder holds no schema.
    """

    def __init__(self, schemas: Path, *, own_prefixes: Sequence[str] = ()) -> None:
        self.own_prefixes = tuple(own_prefixes)
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
        """Everything wrong with a label, errors before warnings, each with its line."""
        try:
            root = parse_xml(label, name=name)
        except IlrsError as error:
            return [_finding(name, 0, "", error.asked, error.possible, mend=error.mend)]
        findings = [*self._check_schema(root, name), *self._check_rules(root, name)]
        return sorted(findings, key=lambda f: (f.severity != "error", f.line, f.found))

    def _check_schema(self, root: etree._Element, name: str) -> list[Finding]:
        texts = root.get(_SCHEMA_LOCATION, "").split()
        pairs = tuple(
            (space, url.rpartition("/")[2])
            for space, url in zip(texts[::2], texts[1::2], strict=False)
        )
        if not pairs:
            return [_finding(name, 0, "", "the label names no XML Schema", _NAMED)]
        absent = [file for _, file in pairs if file not in self._files]
        if absent:  # one missing dictionary makes every element of it look wrong
            return self._not_there(absent, name)
        judge = "the judge is " + ", ".join(file for _, file in pairs)
        try:
            if pairs not in self._xsd:
                self._xsd[pairs] = self._compile_schema(pairs)
        except etree.XMLSchemaParseError as error:  # a damaged file, or another one's namespace
            return [_finding(name, 0, "", f"the schemas cannot be used: {error}", judge)]
        schema = self._xsd[pairs]
        schema.validate(root)
        log: Any = schema.error_log  # iterable, whatever its stub says
        return [
            _finding(name, *_place(root, entry.path or ""), _plain(entry.message), judge)
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
            return [_finding(name, 0, "", missing, _NAMED, severity="warning")]
        absent = [file for file in wanted if file not in self._files]
        findings = self._not_there(absent, name)
        text = etree.tostring(self._as_listed(root), encoding="unicode")
        for file in wanted:
            if file in self._files:
                findings += self._broken_rules(root, text, file, name)
        return findings

    def _broken_rules(self, root: etree._Element, text: str, file: str, name: str) -> list[Finding]:
        rules = self._compiled_rules(file)
        # Saxon parses anew: `text` has no document type, so there is nothing to fetch or expand.
        try:
            result = rules.transform_to_string(xdm_node=self._saxon.parse_xml(xml_text=text))
        except Exception as error:  # Saxon's own class: a rule met what it was not written for
            reason = " ".join(str(error).split())
            return [_finding(name, 0, "", f"a rule could not be applied: {reason}", file)]
        broken = etree.fromstring(result.encode("utf-8")).iterchildren("finding")
        return [
            _finding(
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
        """The label with the node's own prefixes read as one that the common dictionary lists."""
        copy: etree._Element = etree.fromstring(etree.tostring(root))
        if etree.QName(root).localname == "Product_External":  # must not bear a listed prefix
            return copy
        for element in copy.iter(*(f"{{{NAMESPACE}}}{tag}" for tag in _IDENTIFIERS)):
            for prefix in self.own_prefixes:
                if (element.text or "").startswith(f"{prefix}:"):
                    element.text = PDS4_PREFIXES[0] + (element.text or "").removeprefix(prefix)
        return copy

    def _not_there(self, files: Iterable[str], name: str) -> list[Finding]:
        return [
            _finding(
                name,
                0,
                "",
                f"not checked by {file}: it is not among the schemas",
                f"{len(self._files)} schemas are there",
                mend="Add it to the folder of schemas.",
            )
            for file in files
        ]


def validate_label(
    label: Path, *, schemas: Path, own_prefixes: Sequence[str] = (DEFAULT_PREFIX,)
) -> list[Finding]:
    """Everything wrong with one label file, by the ILRS profile; strict PDS4 with no own prefix.

    Many labels are checked faster by one Validator, which keeps its schemas compiled.
    """
    return Validator(schemas, own_prefixes=own_prefixes).check(label.read_bytes(), name=label.name)


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
    )


def _plain(message: str) -> str:
    return re.sub(r"\{[a-z]+:[^}]*\}", "", message)  # names in Clark notation, not {4} of a pattern


def _place(root: etree._Element, path: str) -> tuple[int, str]:
    """Line and readable path ('A/B/C') of what an XPath of Saxon's or libxml2's kind points at."""
    element_path = re.sub(r"/@.*$", "", path).replace("Q{", "{")
    found: Any = etree.ETXPath(element_path)(root.getroottree()) if element_path else []
    if not found:
        return 0, ""
    names = [etree.QName(node).localname for node in (found[0], *found[0].iterancestors())]
    return int(found[0].sourceline or 0), "/".join(reversed(names))
