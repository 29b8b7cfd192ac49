"""The words of the catalogue site in each language, and which language an asker reads."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import Request

from ilrs.datacentre.record import Record

__all__ = ["LANGUAGES", "language_of", "title_of", "words"]

#: Language code and its own name.
LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文", "ru": "Русский"}


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    path = files("ilrs.web") / f"catalogues/{language}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def words(language: str, key: str, **values: str | int) -> str:
    """The text of a key in a language, its `{name}` places filled."""
    text = _catalogue(language)[key]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def language_of(request: Request) -> str:
    """The language asked for by `lang`, else by the browser, else English."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return "en"


def title_of(record: Record, language: str) -> tuple[str, str]:
    """Title and description of a record in a language, else in that of its label."""
    for text in record.texts:
        if text.language.split("-")[0] == language:
            return text.title or record.title, text.description or record.description
    return record.title or record.lidvid, record.description
