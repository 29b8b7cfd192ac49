"""Schematron with the XSLT 2 binding, as far as the PDS4 dictionaries use it, run by Saxon.

`to_xslt` turns a schema (patterns, rules, asserts, reports, lets, namespaces, value-of) into one
stylesheet that lists what does not hold. A pattern with one rule, the only kind PDS4 generates,
shares one walk through the document with all others of its kind; in a pattern of several rules the
first that matches a node decides, so it gets a walk of its own (ISO/IEC 19757-3, 5.4.6 and 6.5).

What it does not do: abstract patterns and rules, phases, includes, keys, diagnostics; a schema
with one of these is refused, not half obeyed.
"""

from collections.abc import Iterator

from lxml import etree

from ilrs.foundation.errors import IlrsError

__all__ = ["to_xslt"]

_SCH = "http://purl.oclc.org/dsdl/schematron"
_XSL = "http://www.w3.org/1999/XSL/Transform"
_KNOWN = {"schema", "title", "ns", "pattern", "rule", "let", "assert", "report", "value-of", "p"}
_SHARED = "shared"


def to_xslt(schema: etree._Element, *, name: str) -> str:
    """An XSLT 3 stylesheet; its output is `<findings>` with a `<finding>` per broken assert.

    A finding carries `role` and `path` (XPath with Q{…} names) and its message as text. Raises
    IlrsError where the schema uses what is not read here.
    """
    _refuse_unknown(schema, name)
    sheet = etree.Element(f"{{{_XSL}}}stylesheet", nsmap=_namespaces(schema))
    sheet.set("version", "3.0")
    for let in schema.findall(f"{{{_SCH}}}let"):
        _xsl(sheet, "variable", name=let.get("name", ""), select=let.get("value", ""))
    modes = []
    for number, pattern in enumerate(schema.iter(f"{{{_SCH}}}pattern")):
        rules = pattern.findall(f"{{{_SCH}}}rule")
        mode = _SHARED if len(rules) == 1 else f"pattern-{number}"
        modes.append(mode)
        for place, rule in enumerate(rules):
            lets = pattern.findall(f"{{{_SCH}}}let") + rule.findall(f"{{{_SCH}}}let")
            priority = number if mode == _SHARED else len(rules) - place
            _template(sheet, rule, lets, mode=mode, priority=priority)
    unique = dict.fromkeys(modes)
    for mode in unique:
        _xsl(sheet, "mode", name=mode, **{"on-no-match": "shallow-skip"})
    root = _xsl(sheet, "template", match="/")
    findings = etree.SubElement(root, "findings")
    for mode in unique:
        _xsl(findings, "apply-templates", select="/", mode=mode)
    return etree.tostring(sheet, encoding="unicode")


def _refuse_unknown(schema: etree._Element, name: str) -> None:
    tags = (etree.QName(node) for node in schema.iter(f"{{{_SCH}}}*"))
    unknown = sorted({tag.localname for tag in tags} - _KNOWN)
    if any(node.get("abstract") or node.get("is-a") for node in schema.iter(f"{{{_SCH}}}*")):
        unknown.append("abstract")
    if unknown or schema.tag != f"{{{_SCH}}}schema":
        raise IlrsError(
            f"{name} is a Schematron schema that is not understood"
            + (f": it uses {', '.join(unknown)}" if unknown else ""),
            "read are patterns, rules, asserts, reports, lets, namespaces and value-of",
            "Use the schema of the PDS4 release unchanged.",
        )


def _namespaces(schema: etree._Element) -> dict[str, str]:
    declared = {ns.get("prefix", ""): ns.get("uri", "") for ns in schema.findall(f"{{{_SCH}}}ns")}
    return {**declared, "xsl": _XSL}


def _xsl(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XSL}}}{tag}", attrib=attributes)


def _template(
    sheet: etree._Element,
    rule: etree._Element,
    lets: list[etree._Element],
    *,
    mode: str,
    priority: int,
) -> None:
    context = rule.get("context", "")
    template = _xsl(sheet, "template", match=context, mode=mode, priority=str(priority))
    for let in lets:
        _xsl(template, "variable", name=let.get("name", ""), select=let.get("value", ""))
    for check in _checks(rule):
        test = check.get("test", "")
        broken = test if etree.QName(check).localname == "report" else f"not({test})"
        finding = etree.SubElement(_xsl(template, "if", test=broken), "finding")
        finding.set("role", check.get("role") or rule.get("role") or "error")
        finding.set("path", "{path()}")
        _message(finding, check)
    if mode == _SHARED:
        _xsl(template, "next-match")
    else:
        _xsl(template, "apply-templates", select="@*, node()", mode=mode)


def _checks(rule: etree._Element) -> Iterator[etree._Element]:
    return rule.iterchildren(f"{{{_SCH}}}assert", f"{{{_SCH}}}report")


def _message(finding: etree._Element, check: etree._Element) -> None:
    """The assert's text; PDS4 puts a <title> (where the rule stands) before it, left out here."""
    _xsl(finding, "text").text = check.text or ""
    for part in check:
        if part.tag == f"{{{_SCH}}}value-of":
            _xsl(finding, "value-of", select=part.get("select", ""))
        _xsl(finding, "text").text = part.tail or ""
