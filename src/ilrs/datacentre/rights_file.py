"""A node's policy of rights read from its file, every fault as a finding at file and line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.rights import (
    ANYONES,
    WHENS,
    Grant,
    Policy,
    RightsStatement,
    Rule,
    Selector,
    Verb,
)  # fmt: skip
from ilrs.foundation.errors import Finding, IlrsError, PolicyError
from ilrs.foundation.yaml_lines import KeyPath, read_yaml
from ilrs.foundation.yaml_reader import YamlReader

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
_AS_DECLARED = "as declared"  # by the product itself


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


class _Reader(YamlReader):
    """Rules made of plain data; what is wrong with them is noted in the file."""

    def rules(self) -> Iterator[Rule]:
        data = self.mapping(self.yaml.data, at=(), holder="a policy of rights", keys=("rules",))
        names: dict[str, int] = {}
        for at, raw in self.items((data or {}).get("rules"), at=("rules",)):
            if at[-1] == _MOST_RULES:
                self.fault(at, ("more than 10,000 rules", "one can name many LIDs", "Join some."))
                return
            rule = self._rule(raw, at)
            if rule is None:
                continue
            if rule.name in names:
                first = f"the one in line {names[rule.name]} is called so"
                self.fault((*at, "name"), (f"the name {rule.name!r} again", first, "Rename one."))
            names.setdefault(rule.name, self.line(at))
            yield rule

    def _rule(self, raw: Any, at: KeyPath) -> Rule | None:
        data = self.mapping(raw, at=at, holder="a rule", keys=_RULE_KEYS)
        if data is None:
            return None
        name = self.text(data, "name", at=at, needed=True)
        if "grants" not in data:
            possible = "a rule says what it grants; [] refuses everything to everyone"
            self.fault(at, ("the key 'grants' is missing", possible, "Add `grants:`."))
        grants = self._grants(data.get("grants"), (*at, "grants"))
        items = self.items(data.get("statements"), at=(*at, "statements"))
        statements = [self._statement(item, here) for here, item in items]
        if not name:
            return None
        return Rule(
            name=name,
            of=self._selector(data.get("of"), (*at, "of")),
            grants=grants,
            embargo=self._embargo(data, at),
            statements=tuple(s for s in statements if s is not None),
            attribution=self.text(data, "attribution", at=at),
            place=f"{self.yaml.file}:{self.line(at)}",
        )

    def _selector(self, raw: Any, at: KeyPath) -> Selector:
        if raw is None:
            return Selector()
        data = self.mapping(raw, at=at, holder="'of'", keys=_OF_KEYS) or {}
        names = {key: self.texts(data, key, at=at) for key in _OF_KEYS}
        for lid in names["lid"]:
            if not lid.startswith("urn:") or lid.endswith(":"):
                possible = "a LID begins with 'urn:'; it stands for itself and all below it"
                self.fault((*at, "lid"), (f"found {lid!r}", possible, "Write the whole LID."))
        return Selector(
            lids=names["lid"],
            instruments=names["instrument"],
            partners=names["partner"],
            accesses=names["access"],
        )

    def _embargo(self, data: dict[str, Any], at: KeyPath) -> Embargo | None:
        text = self.text(data, "embargo", at=at)
        if text == _AS_DECLARED:
            return None
        try:
            return Embargo.parse(text)
        except IlrsError as error:
            self.fault((*at, "embargo"), (error.asked, error.possible, error.mend))
            return None

    def _grants(self, raw: Any, at: KeyPath) -> tuple[Grant, ...] | None:
        if raw == _AS_DECLARED:
            return None
        grants = [self._grant(item, here) for here, item in self.items(raw, at=at)]
        return tuple(grant for grant in grants if grant is not None)

    def _grant(self, raw: Any, at: KeyPath) -> Grant | None:
        data = self.mapping(raw, at=at, holder="a grant", keys=_GRANT_KEYS)
        if data is None:
            return None
        to = self.text(data, "to", at=at, needed=True)
        name, slash, role = to.partition("/")
        if to and (not name or (slash and not role) or (slash and name == ANYONES)):
            possible = "it is anyone, partners, owner or a partner's id, or PARTNER/role"
            self.fault((*at, "to"), (f"found {to!r}", possible, "Write one of these."))
        if "may" not in data:
            possible = f"the verbs are {', '.join(Verb)}"
            self.fault(at, ("the key 'may' is missing", possible, "Add `may: [download]`."))
        verbs = [
            self.choice(word, at=(*at, "may"), choices=tuple(Verb))
            for word in self.texts(data, "may", at=at)
        ]
        word = self.text(data, "from", at=at) or "release"
        when = self.choice(word, at=(*at, "from"), choices=WHENS)
        if not to or when is None:
            return None
        return Grant(to, frozenset(verb for verb in verbs if verb is not None), when)

    def _statement(self, raw: Any, at: KeyPath) -> RightsStatement | None:
        data = self.mapping(raw, at=at, holder="a statement", keys=_STATEMENT_KEYS)
        if data is None:
            return None
        issuer, language, text = (
            self.text(data, key, at=at, needed=True) for key in _STATEMENT_KEYS
        )
        return RightsStatement(issuer=issuer, language=language, text=text)


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
