"""How files name attributes: the code's name without its unit; the base of all that is declared."""

from pydantic import BaseModel, ConfigDict

__all__ = ["DeclaredModel", "key_of"]

_UNIT_SUFFIXES = (
    "_w_k", "_j_k", "_db_k", "_per_k", "_per_h", "_per_year", "_dbw", "_db", "_hz", "_bps",
    "_bit", "_deg", "_kg", "_kg_d", "_m_d", "_m_s", "_wh", "_m2", "_m3", "_pa", "_m", "_w",
    "_s", "_k", "_v",
)  # fmt: skip


def key_of(attribute: str) -> str:
    """The file's key of an attribute: its name without the unit ('mass_kg' -> 'mass')."""
    for suffix in _UNIT_SUFFIXES:
        if attribute.endswith(suffix):
            return attribute.removesuffix(suffix)
    return attribute


class DeclaredModel(BaseModel):
    """A frozen mapping of a file, with the keys that its attributes have and no others."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=key_of,
        validate_by_name=False,
        validate_by_alias=True,
        str_strip_whitespace=True,
    )
