"""The book's languages: interface labels from catalogues, entity names as partners gave them.

Every label is written once, in the language asked for, and carries its key; the page's script
exchanges the text when the reader takes another language.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ilrs.foundation.errors import IlrsError
from ilrs.study.book_html import Html, tag

__all__ = ["LANGUAGES", "Words", "asset", "catalogue", "filled", "words_in"]

#: Language code and its own name.
LANGUAGES = {"en": "English", "zh": "中文", "ru": "Русский"}


def asset(path: str) -> str:
    """Text of a file that ships with this package."""
    return (files("ilrs.study") / path).read_text(encoding="utf-8")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All interface labels of one language by key."""
    return dict(json.loads(asset(f"catalogues/{language}.json")))


def words_in(language: str) -> "Words":
    """The words of a language. Raises IlrsError where the book does not speak it."""
    if language not in LANGUAGES:
        raise IlrsError(
            f"the station book has no language {language!r}",
            f"it speaks {', '.join(LANGUAGES)}",
            "Choose one of these.",
        )
    return Words(language)


@dataclass(frozen=True, slots=True)
class Words:
    """Labels and names, marked so that the page can change their language."""

    language: str

    def text(self, key: str, **values: str | float) -> str:
        """A label as plain text, `{name}` places filled."""
        return filled(catalogue(self.language)[key], values)

    def label(self, key: str, *, within: str = "span", **values: str | float) -> Html:
        """A label as an element; `within` is tspan in drawings and option in lists."""
        held = json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None
        return tag(within, self.text(key, **values), data_t=key, data_v=held)

    def spoken(self, key: str) -> dict[str, str]:
        """Attributes that give an element without text its label for screen readers."""
        return {"aria_label": self.text(key), "data_label": key}

    def either(self, group: str, key: str) -> Html:
        """The label `group.key`, or the bare key where the catalogues do not know it."""
        known = f"{group}.{key}" in catalogue(self.language)
        return self.label(f"{group}.{key}") if known else tag("span", key)

    def name(self, entity: Any, *, plain: str = "", within: str = "span") -> Html:
        """Name of an entity in the language, with those of the others beside it.

        `plain` stands where the entity gives no name of a language (its own name when left out).
        """
        fallback = plain or entity.name or getattr(entity, "id", "")
        return self.named(fallback, entity.names, within=within)

    def named(self, fallback: str, names: Mapping[str, str], *, within: str = "span") -> Html:
        """A text with its forms in other languages."""
        forms = {code: names.get(code) or fallback for code in LANGUAGES}
        if set(forms.values()) == {fallback}:
            return tag(within, fallback)
        others = {f"data_{code}": form for code, form in forms.items()}
        return tag(within, forms[self.language], **others)


def filled(pattern: str, values: Mapping[str, str | float]) -> str:
    """A text with its `{name}` places filled."""
    # Not str.format: a value may itself hold braces, and the page's script must do the same.
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", str(value))
    return pattern
