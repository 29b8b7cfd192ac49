"""Plain data of a YAML file turned into what it declares, each fault a finding at its line.

For files that are declared beside the programme's: a node's rights, the issuers that it trusts.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from ilrs.foundation.errors import did_you_mean
from ilrs.foundation.yaml_lines import KeyPath, YamlFile

__all__ = ["YamlReader"]

_T = TypeVar("_T")


class YamlReader:
    """Asks a file's data for mappings, lists and texts; what is no such thing is noted in it."""

    def __init__(self, yaml: YamlFile) -> None:
        self.yaml = yaml

    def mapping(
        self, raw: Any, *, at: KeyPath, holder: str, keys: Sequence[str]
    ) -> dict[str, Any] | None:
        """What has to be a mapping with no other keys than these; None where it is none."""
        has = f"{holder} has {', '.join(keys)}"
        if not isinstance(raw, dict):
            self.fault(at, (f"found {_shown(raw)}", has, "Write it as lines of `key: value`."))
            return None
        for key in raw:
            if key not in keys:
                mend = did_you_mean(key, keys, otherwise="Use one of these, or remove it.")
                self.fault((*at, key), (f"unknown key {key!r}", has, mend))
        return raw

    def items(self, raw: Any, *, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
        """Place and value of each item of what has to be a list; nothing at all has none."""
        if isinstance(raw, list):
            yield from (((*at, index), item) for index, item in enumerate(raw))
        elif raw is not None:
            is_list = f"{at[-1]!r} is a list"
            self.fault(at, (f"found {_shown(raw)}", is_list, "Begin items with `- `."))

    def text(self, data: dict[str, Any], key: str, *, at: KeyPath, needed: bool = False) -> str:
        """The text of a key; '' where there is none."""
        raw = data.get(key)
        if isinstance(raw, str) and (raw.strip() or not needed):
            return raw.strip()
        if raw is not None and not isinstance(raw, str):
            is_text = f"{key!r} is a text"
            self.fault((*at, key), (f"found {_shown(raw)}", is_text, "Write it in quotes."))
        elif needed:
            self.fault(at, (f"the key {key!r} is missing", "it is a text", f"Add `{key}: …`."))
        return ""

    def texts(self, data: dict[str, Any], key: str, *, at: KeyPath) -> tuple[str, ...]:
        """The texts of a key that has one or a list of them."""
        raw = data.get(key)
        items = raw if isinstance(raw, list) else [] if key not in data else [raw]
        if not items and key in data:
            self.fault((*at, key), ("found an empty list", "it would fit nothing", "Remove it."))
        return tuple(self.text({key: item}, key, at=at, needed=True) for item in items)

    def choice(self, word: str, *, at: KeyPath, choices: Sequence[_T]) -> _T | None:
        """The choice that a word names; None where it names none."""
        found = next((choice for choice in choices if str(choice) == word), None)
        if found is None and word:
            words = [str(choice) for choice in choices]
            mend = did_you_mean(word, words, otherwise="Write one of these.")
            self.fault(at, (f"found {word!r}", f"{at[-1]!r} is of {', '.join(words)}", mend))
        return found

    def fault(self, at: KeyPath, texts: tuple[str, str, str]) -> None:
        """Notes what is wrong at a place: found, possible, how to mend."""
        self.yaml.fault(at, texts, line=self.line(at))

    def line(self, at: KeyPath) -> int:
        """Line of a place in the file, or of the nearest key around it."""
        while at and at not in self.yaml.lines:
            at = at[:-1]
        return self.yaml.lines.get(at, 1)


def _shown(raw: Any) -> str:
    words = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return words.get(type(raw), repr(raw))
