"""JSON Schema and table against the models they are made from."""

import json
from typing import Any

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.attributes import KINDS, TEXTS
from ilrs.programme.entities import Element
from ilrs.programme.schema import SchemaRow, json_schema, schema_table


def fits(schema: dict[str, Any], value: Any, definitions: dict[str, Any]) -> bool:
    """Whether a value fits a schema; the few words of JSON Schema that ours uses, and no others."""
    known = {
        "$ref", "$schema", "$defs", "anyOf", "allOf", "type", "enum", "description", "properties",
        "required", "additionalProperties", "items", "minimum", "maximum",
    }  # fmt: skip
    assert schema.keys() <= known
    if "$ref" in schema:
        return fits(definitions[schema["$ref"].removeprefix("#/$defs/")], value, definitions)
    if "anyOf" in schema and not any(fits(s, value, definitions) for s in schema["anyOf"]):
        return False
    if not all(fits(s, value, definitions) for s in schema.get("allOf", ())):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    types = schema.get("type", [])
    if types and not any(
        is_of(value, kind) for kind in ([types] if types is str(types) else types)
    ):
        return False
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), part, definitions) for part in value)
    if isinstance(value, dict):
        return fits_mapping(schema, value, definitions)
    if isinstance(value, int):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def is_of(value: Any, kind: str) -> bool:
    python = {
        "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
        "object": dict, "null": type(None),
    }[kind]  # fmt: skip
    return isinstance(value, python)


def fits_mapping(schema: dict[str, Any], value: dict[str, Any], definitions: Any) -> bool:
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, part in value.items():
        inner = properties.get(key, rest)
        if inner is False or (inner is not True and not fits(inner, part, definitions)):
            return False
    return all(key in value for key in schema.get("required", ()))


PARTNER_FILE: dict[str, Any] = {
    "partner": {"kind": "state", "status": "founder", "as_of": 2026},
    "elements": {
        "X": {
            "facility": "F2",
            "figures": {"status": "assumption", "reason": "guess"},
            "mass": {"value": "3 t", "source": ["A"], "status": "estimate"},
            "life": None,
            "priority": 3,
            "array": {"area": "20 m2", "efficiency": 0.29, "mast_height": {"value": "10 m"}},
            "links": [{"via": "earth", "rate": "1 Mbit/s"}],
            "modes": {"work": {"power": "1 W"}},
            "interfaces": [{"kind": "power", "role": "needs", "with": "Y"}],
        }
    },
}


@pytest.mark.parametrize("kind", [None, "partner"])
def test_a_sound_file_fits_the_schema(kind: str | None) -> None:
    schema = json_schema(kind)
    assert fits(schema, PARTNER_FILE, schema["$defs"])


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("facility", "F9"),
        ("mass", 3),
        ("mass", {"valeu": "3 t"}),
        ("mass", {"value": 3}),
        ("mass_kg", "3 t"),
        ("id", "X"),
        ("priority", 10),
        ("links", [{"via": "earth"}]),
        ("array", {"area": "20 m2"}),
        ("figures", {"value": "3 t"}),
        ("figures", {"status": "guess"}),
    ],
)
def test_a_file_with_a_fault_does_not_fit_the_schema(attribute: str, value: Any) -> None:
    schema = json_schema("partner")
    spoiled = json.loads(json.dumps(PARTNER_FILE))
    spoiled["elements"]["X"][attribute] = value
    assert not fits(schema, spoiled, schema["$defs"])


def test_elements_do_not_fit_into_the_programmes_own_file() -> None:
    schema = json_schema("programme")
    assert fits(schema, {"name": "T", "sites": {"A": {"kind": "region"}}}, schema["$defs"])
    assert not fits(schema, {"name": "T", "elements": {}}, schema["$defs"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_has_the_keys_of_the_model_and_its_required_ones(kind: str) -> None:
    model = KINDS[kind]
    ours = json_schema(kind)["$defs"][model.__name__]
    theirs = model.model_json_schema(by_alias=True)
    assert ours["properties"].keys() ^ theirs["properties"].keys() == {"id", "figures"}
    assert set(ours["required"]) == set(theirs["required"]) - {"id"}


def test_a_quantity_is_described_with_its_units() -> None:
    element = json_schema("elements")["$defs"]["Element"]
    assert element["properties"]["mass"]["description"] == "a mass (kg, t, g)"


def test_an_unknown_kind_lists_the_possible_ones() -> None:
    with pytest.raises(IlrsError) as caught:
        json_schema("element")
    assert str(caught.value) == (
        "no schema of 'element'; there is one of programme, partner, sources, partners,"
        " contributions, elements, experiments, missions, milestones, launchers, landers, pads,"
        " supplies, gates, developments, interface_documents, size_options,"
        " surveys, joint_observations, sites, facilities, science_fields, objectives, baselines,"
        " phases, requirements, entitlements, benefits, agreements, guidelines,"
        " scenarios. Did you mean 'elements'?"
    )


def test_the_table_has_one_row_for_every_attribute() -> None:
    rows = schema_table()
    assert len({(row.entity, row.attribute) for row in rows}) == len(rows)
    assert sum(row.entity == "Element" for row in rows) == len(Element.model_fields) - 1
    assert {row.entity for row in rows} >= {"Array", "CrewVisit", "DataPolicy", "Scenario"}
    assert SchemaRow("Element", "mass", "kg", False, "unknown", "a mass (kg, t, g)") in rows
    assert SchemaRow("Array", "efficiency", "1", True, "", "a fraction (0.29 or 29 %)") in rows
    assert SchemaRow("Element", "priority", "", False, "5", "a whole number from 0 to 9") in rows


def test_the_programme_file_has_every_text_that_the_loader_reads() -> None:
    assert set(TEXTS) <= set(json_schema("programme")["properties"])
