"""A node's policy of rights read from its file, every fault as a finding at file and line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.rights import Grant, Policy, RightsStatement, Rule, Selector, Verb, When
from ilrs.foundation.errors import Finding, IlrsError, PolicyError, did_you_mean
from ilrs.foundation.yaml_lines import KeyPath, YamlFile, read_yaml

__all__ = ["DEFAULT_FILE", "POLICY_NAME", "check_policy", "read_policy"]

#: The policy of a node that declares none: what each label says.
DEFAULT_FILE = Path(__file__).with_name("rights.yaml")
#: The file of an archive's folder that declares its node's own.
POLICY_NAME = "rights.yaml"

_RULE_KEYS = ("name", "of", "embargo", "grants", "statements", "attribution")
_OF_KEYS = ("lid", "instrument", "partner", "access")
_GRANT_KEYS = ("to", "may", "from")
_STATEMENT_KEYS = ("issuer", "language", "text")
_MOST_RULES = 10_000
_T = TypeVar("_T")


def read_policy(path: Path | None = None) -> Policy:
    """The policy that a file declares; without one, that of a node that declares none.

    Raises PolicyError with every finding where anything in the file is wrong, and IlrsError where
    it cannot be read.
    """
    path = DEFAULT_FILE if path is None else path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IlrsError(
            f"the policy of rights {path} cannot be read: {error.strerror}",
            "it is a YAML file with a list of rules",
            "Name another file, or leave it out for what the labels say.",
        ) from None
    policy, findings = check_policy(content, file=path.name)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise PolicyError(findings)
    return policy


def check_policy(content: bytes, *, file: str) -> tuple[Policy, list[Finding]]:
    """The policy in a file's bytes, as far as it can be read, and all that is wrong, errors first.

    `file` is the name that findings and decisions show.
    """
    reader = _Reader(read_yaml(content, file=file))
    rules = tuple(reader.rules())
    findings = reader.yaml.findings + _shadowed(rules, file)
    return Policy(rules=rules), sorted(findings, key=lambda f: (f.severity != "error", f.line))


class _Reader:
    """Rules made of plain data; what is wrong with them is noted in the file."""

    def __init__(self, yaml: YamlFile) -> None:
        self.yaml = yaml

    def rules(self) -> Iterator[Rule]:
        data = self._mapping(self.yaml.data, (), holder="a policy of rights", keys=("rules",)) or {}
        names: dict[str, int] = {}
        for at, raw in self._items(data.get("rules"), ("rules",)):
            if at[-1] == _MOST_RULES:
                self._fault(
                    at, "more than 10,000 rules", "one rule can name many LIDs", "Join some."
                )
                return
            rule = self._rule(raw, at)
            if rule is None:
                continue
            if rule.name in names:
                first = f"the one in line {names[rule.name]} is called so"
                self._fault((*at, "name"), f"the name {rule.name!r} again", first, "Rename one.")
            names.setdefault(rule.name, self._line(at))
            yield rule

    def _rule(self, raw: Any, at: KeyPath) -> Rule | None:
        data = self._mapping(raw, at, holder="a rule", keys=_RULE_KEYS)
        if data is None:
            return None
        name = self._text(data, "name", at, needed=True)
        if "grants" not in data:
            possible = "a rule says what it grants; [] refuses everything to everyone"
            self._fault(at, "the key 'grants' is missing", possible, "Add `grants:`.")
        grants = [
            self._grant(item, here)
            for here, item in self._items(data.get("grants"), (*at, "grants"))
        ]
        statements = [
            self._statement(item, here)
            for here, item in self._items(data.get("statements"), (*at, "statements"))
        ]
        if not name:
            return None
        return Rule(
            name=name,
            of=self._selector(data.get("of"), (*at, "of")),
            grants=tuple(grant for grant in grants if grant is not None),
            embargo=self._embargo(data, at),
            statements=tuple(s for s in statements if s is not None),
            attribution=self._text(data, "attribution", at),
            place=f"{self.yaml.file}:{self._line(at)}",
        )  # fmt: skip

    def _selector(self, raw: Any, at: KeyPath) -> Selector:
        if raw is None:
            return Selector()
        data = self._mapping(raw, at, holder="'of'", keys=_OF_KEYS) or {}
        names = {key: self._texts(data, key, at) for key in _OF_KEYS}
        for lid in names["lid"]:
            if not lid.startswith("urn:") or lid.endswith(":"):
                possible = "a LID begins with 'urn:'; it stands for itself and all below it"
                self._fault((*at, "lid"), f"found {lid!r}", possible, "Write the whole LID.")
        return Selector(
            lids=names["lid"],
            instruments=names["instrument"],
            partners=names["partner"],
            accesses=names["access"],
        )

    def _embargo(self, data: dict[str, Any], at: KeyPath) -> Embargo | None:
        text = self._text(data, "embargo", at)
        if text == "as declared":
            return None
        try:
            return Embargo.parse(text)
        except IlrsError as error:
            self._fault((*at, "embargo"), error.asked, error.possible, error.mend)
            return None

    def _grant(self, raw: Any, at: KeyPath) -> Grant | None:
        data = self._mapping(raw, at, holder="a grant", keys=_GRANT_KEYS)
        if data is None:
            return None
        to = self._text(data, "to", at, needed=True)
        name, slash, role = to.partition("/")
        if to and (not name or (slash and not role) or (slash and name == "anyone")):
            possible = "it is anyone, partners, owner or a partner's id, or PARTNER/role"
            self._fault((*at, "to"), f"found {to!r}", possible, "Write one of these.")
        verbs = [
            self._choice(word, (*at, "may"), tuple(Verb)) for word in self._texts(data, "may", at)
        ]
        if "may" not in data:
            possible = f"the verbs are {', '.join(Verb)}"
            self._fault(at, "the key 'may' is missing", possible, "Add `may: [download]`.")
        when: When | None = self._choice(
            self._text(data, "from", at) or "release", (*at, "from"), ("release", "receipt")
        )
        if not to or when is None:
            return None
        return Grant(to, frozenset(verb for verb in verbs if verb is not None), when)

    def _statement(self, raw: Any, at: KeyPath) -> RightsStatement | None:
        data = self._mapping(raw, at, holder="a statement", keys=_STATEMENT_KEYS)
        if data is None:
            return None
        return RightsStatement(*(self._text(data, key, at, needed=True) for key in _STATEMENT_KEYS))

    def _mapping(
        self, raw: Any, at: KeyPath, *, holder: str, keys: Sequence[str]
    ) -> dict[str, Any] | None:
        has = f"{holder} has {', '.join(keys)}"
        if not isinstance(raw, dict):
            self._fault(at, f"found {_shown(raw)}", has, "Write it as lines of `key: value`.")
            return None
        for key in raw:
            if key not in keys:
                mend = did_you_mean(key, keys, otherwise="Use one of these, or remove it.")
                self._fault((*at, key), f"unknown key {key!r}", has, mend)
        return raw

    def _items(self, raw: Any, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
        if isinstance(raw, list):
            yield from (((*at, index), item) for index, item in enumerate(raw))
        elif raw is not None:
            self._fault(
                at, f"found {_shown(raw)}", f"{at[-1]!r} is a list", "Begin items with `- `."
            )

    def _text(self, data: dict[str, Any], key: str, at: KeyPath, *, needed: bool = False) -> str:
        raw = data.get(key)
        if isinstance(raw, str) and (raw.strip() or not needed):
            return raw.strip()
        if raw is not None and not isinstance(raw, str):
            self._fault(
                (*at, key), f"found {_shown(raw)}", f"{key!r} is a text", "Write it in quotes."
            )
        elif needed:
            self._fault(at, f"the key {key!r} is missing", "it is a text", f"Add `{key}: …`.")
        return ""

    def _texts(self, data: dict[str, Any], key: str, at: KeyPath) -> tuple[str, ...]:
        raw = data.get(key)
        items = raw if isinstance(raw, list) else [] if key not in data else [raw]
        if not items and key in data:
            self._fault(
                (*at, key), "found an empty list", "it would fit nothing", "Remove the key."
            )
        return tuple(self._text({key: item}, key, at, needed=True) for item in items)

    def _choice(self, word: str, at: KeyPath, choices: Sequence[_T]) -> _T | None:
        found = next((choice for choice in choices if str(choice) == word), None)
        if found is None and word:
            words = [str(choice) for choice in choices]
            mend = did_you_mean(word, words, otherwise="Write one of these.")
            self._fault(at, f"found {word!r}", f"{at[-1]!r} is of {', '.join(words)}", mend)
        return found

    def _fault(self, at: KeyPath, found: str, possible: str, mend: str) -> None:
        self.yaml.fault(at, (found, possible, mend), line=self._line(at))

    def _line(self, at: KeyPath) -> int:
        while at and at not in self.yaml.lines:
            at = at[:-1]
        return self.yaml.lines.get(at, 1)


def _shown(raw: Any) -> str:
    words = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return words.get(type(raw), repr(raw))


def _shadowed(rules: Sequence[Rule], file: str) -> list[Finding]:
    """Rules that decide about nothing, because one before them fits all that they fit."""
    findings = []
    for index, rule in enumerate(rules):
        before = next((r for r in rules[:index] if r.of.covers(rule.of)), None)
        if before is not None:
            findings.append(
                Finding(
                    file=file,
                    line=int(rule.place.rpartition(":")[2]),
                    entity=f"rules.{rule.name}",
                    found=f"this rule never decides: {before.name!r} above it fits all it fits",
                    possible="the first rule that fits a product decides about it",
                    mend="Move it up, or remove it.",
                    severity="warning",
                )
            )
    return findings
