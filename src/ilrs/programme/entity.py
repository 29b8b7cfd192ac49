"""What every declared thing has in common, and the dated statements that stand in its history."""

from pydantic import Field

from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import PartialDate

__all__ = ["DatedClaim", "Entity"]


class DatedClaim(DeclaredModel):
    """Somebody's statement of a date, kept as history: announced dates are never overwritten."""

    date: PartialDate | None = None
    as_of: PartialDate | None = None
    what: str = ""
    source: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_window(self) -> bool:
        """Whether it tells a span for several things at once ("window 2031-2035 …"), no date."""
        return self.what.startswith("window")


class Entity(DeclaredModel):
    """What every declared thing has: an id, names per language, and where it is known from."""

    id: str
    name: str = ""
    names: dict[str, str] = Field(default_factory=dict)  # language code -> name
    aka: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    as_of: PartialDate | None = None
    note: str = ""

    def name_in(self, language: str) -> str:
        """The name in a language, else the plain name, else the id."""
        return self.names.get(language) or self.name or self.id
