"""What the TAP service says of itself: availability, capabilities, tables (VOSI) and examples."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from ilrs.web.epn_core import COLUMNS
from ilrs.web.tap import KEYS, SCHEMA, TABLE, tap_schema
from ilrs.web.votable import TableColumn, votable_type

__all__ = ["availability", "capabilities", "examples", "tables"]

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_ADQL_GEOMETRY = ("POINT", "CIRCLE", "BOX", "POLYGON", "CONTAINS", "INTERSECTS", "DISTANCE")
_FEATURES = {
    "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo": _ADQL_GEOMETRY,
    "ivo://ivoa.net/std/TAPRegExt#features-adql-string": ("LOWER", "ILIKE"),
}


def availability() -> str:
    """The VOSI availability: it works, or nobody would read this."""
    return (
        f'{_XML}<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">'
        "<vosi:available>true</vosi:available></vosi:availability>"
    )


def capabilities(base: str, *, most_rows: int, usual_rows: int, formats: Mapping[str, str]) -> str:
    """The VOSI capabilities of the service at an address."""

    def interface(path: str, version: str = "") -> str:
        extra = f' version="{version}"' if version else ""
        role = ' role="std"' if version else ""
        return (
            f'<interface xsi:type="vs:ParamHTTP"{role}{extra}>'
            f'<accessURL use="{"base" if version else "full"}">{escape(base + path)}</accessURL>'
            "</interface>"
        )

    vosi = "".join(
        f'<capability standardID="ivo://ivoa.net/std/VOSI#{name}">{interface("/" + path)}'
        "</capability>"
        for name, path in (("capabilities", "capabilities"), ("availability", "availability"),
                           ("tables-1.1", "tables"))
    )  # fmt: skip
    vosi += (
        f'<capability standardID="ivo://ivoa.net/std/DALI#examples">{interface("/examples")}'
        "</capability>"
    )
    features = "".join(
        f"<languageFeatures type={quoteattr(kind)}>"
        + "".join(f"<feature><form>{name}</form></feature>" for name in names)
        + "</languageFeatures>"
        for kind, names in _FEATURES.items()
    )
    outputs = "".join(
        f"<outputFormat><mime>{escape(mime)}</mime><alias>{name}</alias></outputFormat>"
        for name, mime in formats.items()
    )
    return (
        f'{_XML}<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" '
        f'{_XSI} xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" '
        'xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0">'
        f"{vosi}"
        '<capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">'
        f"{interface('', '1.1')}"
        '<dataModel ivo-id="ivo://ivoa.net/std/epntap#table-2.0">EPN-TAP 2.0</dataModel>'
        "<language><name>ADQL</name>"
        '<version ivo-id="ivo://ivoa.net/std/ADQL#v2.0">2.0</version>'
        '<version ivo-id="ivo://ivoa.net/std/ADQL#v2.1">2.1</version>'
        "<description>The subset that EPN-TAP use needs: one table, no functions but those "
        f"listed</description>{features}</language>{outputs}"
        "<retentionPeriod><default>3600</default></retentionPeriod>"
        "<executionDuration><default>60</default><hard>60</hard></executionDuration>"
        f'<outputLimit><default unit="row">{usual_rows}</default>'
        f'<hard unit="row">{most_rows}</hard></outputLimit>'
        "</capability></vosi:capabilities>"
    )


def tables() -> str:
    """The VOSI tables: every table with its columns."""
    own = "".join(_column(c.told, is_indexed=bool(c.sort)) for c in COLUMNS.values())
    told = (
        f'<schema><name>{SCHEMA}</name><table type="table"><name>{TABLE}</name>'
        "<description>Every version of every product</description>"
        f"<utype>ivo://ivoa.net/std/epntap#table-2.0</utype>{own}</table></schema>"
    )
    db = tap_schema()
    names = db.execute(
        "SELECT table_name FROM tap_schema.tables WHERE schema_name = 'TAP_SCHEMA'"
    ).fetchall()
    inner = ""
    for (name,) in names:
        rows = db.execute(
            "SELECT column_name, datatype, arraysize FROM tap_schema.columns WHERE table_name = ? "
            "ORDER BY column_index",
            (name,),
        )
        columns = "".join(
            f"<column><name>{escape(column)}</name>{_type(kind, size)}</column>"
            for column, kind, size in rows
        )
        keys = "".join(
            f"<foreignKey><targetTable>TAP_SCHEMA.{target}</targetTable><fkColumn><fromColumn>"
            f"{column}</fromColumn><targetColumn>{other}</targetColumn></fkColumn></foreignKey>"
            for table, column, target, other in KEYS
            if name == f"TAP_SCHEMA.{table}"
        )
        inner += f"<table><name>{name}</name>{columns}{keys}</table>"
    return (
        f'{_XML}<vosi:tableset xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0" {_XSI} '
        'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1">'
        f"{told}<schema><name>TAP_SCHEMA</name>{inner}</schema></vosi:tableset>"
    )


def _column(told: TableColumn, *, is_indexed: bool) -> str:
    parts = (("name", told.name), ("description", told.description), ("unit", told.unit),
             ("ucd", told.ucd), ("utype", told.utype))  # fmt: skip
    inner = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in parts if text)
    flag = "<flag>indexed</flag>" if is_indexed else ""
    typed = _type(*votable_type(told.datatype))
    return f'<column std="true">{inner}{typed}{flag}</column>'


def _type(kind: str, size: str | None, xtype: str = "") -> str:
    array = f' arraysize="{size}"' if size else ""
    extended = f" extendedType={quoteattr(xtype)}" if xtype else ""
    return f'<dataType xsi:type="vs:VOTableType"{array}{extended}>{kind}</dataType>'


def examples() -> str:
    """DALI examples: queries that work here."""
    queries = (
        ("south-pole", "Products within 2 degrees of the south pole",
         f"SELECT granule_uid, c1min, c2max FROM {TABLE} WHERE 1 = INTERSECTS(s_region, "
         "CIRCLE('', 0, -90, 2))"),
        ("of-2009", "Products of 2009, the newest first",
         f"SELECT TOP 10 * FROM {TABLE} WHERE time_min BETWEEN 2454832.5 AND 2455197.5 "
         "ORDER BY time_min DESC"),
    )  # fmt: skip
    listed = "".join(
        f'<div typeof="example" id="{name}" resource="#{name}"><h2 property="name">{escape(title)}'
        f'</h2><pre property="query">{escape(query)}</pre></div>'
        for name, title, query in queries
    )
    return (
        f'{_XML}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Examples</title></head>'
        f'<body vocab="http://www.ivoa.net/rdf/examples#">{listed}</body></html>'
    )
