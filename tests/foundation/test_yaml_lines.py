"""YAML with lines: what is read, and what each fault says."""

import pytest
from ruamel.yaml import YAML

from ilrs.foundation import yaml_lines
from ilrs.foundation.yaml_lines import read_yaml

SYNTAX = "a file is YAML: `key: value`, indented by spaces. Mend the syntax at that place."
ALIAS = (
    "an alias of a mapping or list that stands elsewhere; every value is written out where it"
    " belongs. Copy it here in place of the alias."
)
TAG = (
    "values are texts, numbers, true, false or null. Remove the tag; quote the value if it is a"
    " text."
)


def test_values_keep_their_meaning_and_dates_their_text() -> None:
    text = b"a: 2028-03-20\nb: 2028\nc: 1.5\nd: true\ne:\nf: no\n2028: [40 kW, '7']\ng: .nan\n"
    assert read_yaml(text, file="x.yaml").data == {
        "a": "2028-03-20",
        "b": 2028,
        "c": 1.5,
        "d": True,
        "e": None,
        "f": "no",
        "2028": ["40 kW", "7"],
        "g": ".nan",
    }


def test_every_key_and_item_has_its_line() -> None:
    read = read_yaml(b"# one\na:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n", file="x.yaml")
    assert read.lines == {
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c"): 4,
        ("a", "c", 0): 5,
        ("a", "c", 1): 6,
        ("a", "c", 1, "d"): 6,
    }


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert read_yaml("\ufeffname: Станция".encode(), file="x.yaml").data == {"name": "Станция"}


def test_an_empty_file_holds_nothing() -> None:
    read = read_yaml(b"# nothing yet\n", file="x.yaml")
    assert (read.data, read.findings) == (None, [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"a: [1,\n  2\nb: 3\n",
            f"x.yaml:3: YAML syntax, column 2: expected ',' or ']', but got ':'; {SYNTAX}",
        ),
        (
            b"a:\n\tb: 1\n",
            "x.yaml:2: YAML syntax, column 1: found character '\\t' that cannot start any token; "
            + SYNTAX,
        ),
        (
            b"a: 1\n---\nb: 2\n",
            "x.yaml:2: YAML syntax, column 1: expected a single document in the stream but found"
            f" another document; {SYNTAX}",
        ),
        (
            b"a: 1\nb: \x01\n",
            f"x.yaml:2: YAML syntax: special characters are not allowed; {SYNTAX}",
        ),
        (
            b"name: ok\nnote: \xff\n",
            "x.yaml:2: the byte 0xff is not UTF-8; programme files are texts in UTF-8."
            " Save the file in that encoding.",
        ),
        (
            b"a:\n  b: 1\n  c: 2\n  b: 3\n",
            "x.yaml:4: a.b: the key 'b' again; it stands in line 2 already. Keep one of the two.",
        ),
        (b"a: &x {b: 1}\nc: *x\n", f"x.yaml:2: c: {ALIAS}"),
        (b"a: &x [*x]\n", f"x.yaml:1: a[0]: {ALIAS}"),
        (
            b"a: !!python/object x\n",
            f"x.yaml:1: a: the tag 'tag:yaml.org,2002:python/object'; {TAG}",
        ),
        (
            b"? [a]\n: 1\n",
            "x.yaml:1: a key that is itself a mapping or list; a key is a text."
            " Write `key: value`.",
        ),
        (
            b"[" * 20000,
            "x.yaml: values nested too deep to read; an entity needs about five levels."
            " Look for brackets that never close.",
        ),
    ],
)
def test_the_fault_is_named_with_its_line_when_a_file_cannot_be_read(
    content: bytes, message: str
) -> None:
    assert [str(finding) for finding in read_yaml(content, file="x.yaml").findings] == [message]


ODD = """\
# as people write
a: [yes, NO, True, 1_000, 0o17, 0x1f, 017, 1:30, 1e3, 1.e-2, .5, +12, -.inf, ~, Null, =, <<]
b: {c: 'it''s', d: "a\\tb", "e f": x:y, g: http://a.b/c#d, h: [], i: {}}
j: |
  lines
   kept
k: >-
  lines
  joined
l: plain text
  over two lines # not this
? m
: 一 m² °C ☾
n: &once 5
o: *once
"""


def test_both_parsers_read_the_same_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = read_yaml(ODD.encode(), file="x.yaml")
    monkeypatch.setattr(yaml_lines, "_compose", YAML(typ="safe", pure=True).compose)
    assert quick == read_yaml(ODD.encode(), file="x.yaml")
    assert quick.data["a"][:8] == ["yes", "NO", True, 1000, "0o17", "0x1f", 17, "1:30"]
    assert quick.lines["m",] == 12
