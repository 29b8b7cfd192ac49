"""Who may do what with a product, and from when on: pure functions of a record and a policy.

A policy is a list of rules. The first rule that fits a record decides about it, alone; what no rule
grants is refused. A rule's embargo gives one instant of release; each of its grants holds from
receipt or from release on. Extensions move a release that has not come to a later instant.

For a catalogue of millions all this comes down to two values per record (`rights_key`): a class
key, which spells out who is granted what, and the instant of release; and to a `View`, which says
of a class key whether its products are seen always or after release.
"""

import math
from collections.abc import Container
from dataclasses import Field, dataclass, field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, Protocol, TypeVar
from urllib.parse import unquote

from ilrs.datacentre.embargo import ALWAYS_S, NEVER_S, Embargo, seconds_of_utc, utc_of_seconds
from ilrs.datacentre.grants import (
    ANYONES,
    CURATOR,
    NOBODY,
    OWNER,
    PARTNERS,
    QUARANTINED,
    WHENS,
    Grant,
    Verb,
    When,
    access_of_key,
    class_key_of,
    grants_of_access,
    named_in,
    role_sign,
    sign_of,
)  # fmt: skip
from ilrs.foundation.errors import IlrsError

__all__ = [
    "ANYONE", "ANYONES", "CURATOR", "OWNER", "PARTNERS", "WHENS", "Decision", "Extension", "Grant",
    "Judge", "Policy", "Principal", "RightsStatement", "Rule", "Ruled", "Selector", "Terms", "Verb",
    "View", "carried", "decide", "everything", "everything_sound", "release_of",
    "rights_key", "rule_of", "terms_of", "view_of", "with_terms",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who asks: a name for the audit log, the partner they act for, their roles there."""

    id: str
    partner: str = ""
    roles: frozenset[str] = frozenset()


ANYONE = Principal("anonymous")


class Ruled(Protocol):
    """What the rights read of a record."""

    @property
    def lidvid(self) -> str: ...
    @property
    def partner(self) -> str: ...
    @property
    def instrument(self) -> str: ...
    @property
    def access(self) -> str: ...
    @property
    def embargo(self) -> str: ...
    @property
    def start_utc(self) -> str: ...
    @property
    def stop_utc(self) -> str: ...
    @property
    def received_utc(self) -> str: ...
    @property
    def withdrawn_utc(self) -> str: ...
    @property
    def quarantined(self) -> bool: ...


class Released(Ruled, Protocol):
    """The same, in a dataclass, and when it ceased to be quarantined: "" where it never was."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def released_utc(self) -> str: ...


class Stated(Ruled, Protocol):
    """The same, in a dataclass, and what it says to whoever gets it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def statements(self) -> "tuple[RightsStatement, ...]": ...
    @property
    def attribution(self) -> str: ...


StatedT = TypeVar("StatedT", bound=Stated)


@dataclass(frozen=True, slots=True)
class Selector:
    """Which records a rule is about: all that is given must fit; nothing given fits every record.

    A LID fits itself, its versions, and the collections and products below it.
    """

    lids: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    accesses: tuple[str, ...] = ()

    def fits(self, record: Ruled) -> bool:
        """Whether a record is among those meant."""
        return (
            (not self.lids or any(_below(record.lidvid, lid) for lid in self.lids))
            and _one_of(record.instrument, self.instruments)
            and _one_of(record.partner, self.partners)
            and _one_of(record.access, self.accesses)
        )

    def covers(self, other: "Selector") -> bool:
        """Whether this one fits, for certain, every record that the other fits."""
        above = all(any(_below(lid, mine) for mine in self.lids) for lid in other.lids)
        pairs = (
            (self.instruments, other.instruments),
            (self.partners, other.partners),
            (self.accesses, other.accesses),
        )
        return (not self.lids or (bool(other.lids) and above)) and all(
            not mine or (bool(theirs) and all(_one_of(name, mine) for name in theirs))
            for mine, theirs in pairs
        )


def _below(lidvid: str, lid: str) -> bool:
    return lidvid == lid or (lidvid.startswith(lid) and lidvid[len(lid)] == ":")


def _one_of(name: str, names: tuple[str, ...]) -> bool:
    return not names or name in names or name.casefold() in _folded(names)


@lru_cache(maxsize=4096)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


@dataclass(frozen=True, slots=True)
class RightsStatement:
    """A statement of rights as its issuer worded it, in one language."""

    issuer: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for the records that its selector fits.

    `grants` None is what a record's own access says, `embargo` None the record's own embargo.
    """

    name: str
    of: Selector = field(default_factory=Selector)
    grants: tuple[Grant, ...] | None = ()
    embargo: Embargo | None = field(default_factory=Embargo)
    statements: tuple[RightsStatement, ...] = ()
    attribution: str = ""
    place: str = ""  # file and line, for those who ask why


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A later release, decided at an instant, with its reason; one of the ledger's events."""

    lid: str  # of a product, a version, a collection or a bundle
    until_s: float
    made_s: float
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of a node in their order, and the extensions that were decided."""

    rules: tuple[Rule, ...] = ()
    extensions: tuple[Extension, ...] = ()

    @property
    def has_terms(self) -> bool:
        """Whether any rule says something to whoever gets a product."""
        return any(rule.statements or rule.attribution for rule in self.rules)

    def as_of(self, instant_s: float) -> "Policy":
        """The same rules with the extensions that had been decided by an instant."""
        return replace(self, extensions=tuple(e for e in self.extensions if e.made_s <= instant_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a principal may do something with a product, and why."""

    verb: Verb
    allowed: bool
    rule: str  # the rule that decided; "" where none fits
    place: str  # its file and line
    why: str
    release_s: float
    extension: Extension | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What goes with a product to whoever gets it."""

    statements: tuple[RightsStatement, ...]
    attribution: str


@dataclass(frozen=True, slots=True)
class View:
    """What a principal sees at an instant: class keys seen always, and those seen after release.

    A record is seen where its class key is in `always`, or in `after_release` with its release at
    or before `instant_s`. Ask with `in`: the set of all class keys is not countable. Who may know
    of a record need not see its label: what of labels is seen is told by a view of their own.
    """

    verb: Verb
    instant_s: float
    always: Container[str]
    after_release: Container[str]
    labels: "View | None" = None  # None: as of records

    def shows(self, class_key: str, release_s: float) -> bool:
        """Whether a record with this class key and release is seen."""
        return class_key in self.always or (
            class_key in self.after_release and release_s <= self.instant_s
        )


@dataclass(frozen=True, slots=True, eq=False)  # one of each is kept: to look it up is quick
class _Granted:
    """The class keys that grant a principal a verb from receipt or from release on."""

    principal: Principal
    verb: Verb
    when: When

    def __contains__(self, class_key: object) -> bool:
        return _granted(str(class_key), self.principal, self.verb, self.when)


@dataclass(frozen=True, slots=True)
class _All:
    def __contains__(self, class_key: object) -> bool:
        return True


def view_of(principal: Principal, *, instant_s: float, verb: Verb = Verb.KNOW) -> View:
    """What a principal may do `verb` with at an instant [s since 1970]."""
    always, after = _granting(principal, verb)
    labels = None
    if verb is Verb.KNOW:
        labels = view_of(principal, instant_s=instant_s, verb=Verb.SEE_LABEL)
    return View(verb, instant_s, always, after, labels)


@lru_cache(maxsize=4096)
def _granting(principal: Principal, verb: Verb) -> tuple[_Granted, ...]:
    return tuple(_Granted(principal, verb, when) for when in WHENS)


def everything(instant_s: float, *, verb: Verb = Verb.KNOW) -> View:
    """The view of whoever holds the disk that the archive lies on: all there is."""
    return View(verb, instant_s, _All(), _All())


@dataclass(frozen=True, slots=True)
class _Sound:
    def __contains__(self, class_key: object) -> bool:
        return not str(class_key).startswith(QUARANTINED)


def everything_sound(instant_s: float) -> View:
    """The same without what is quarantined: of each product the newest version that is not."""
    return View(Verb.KNOW, instant_s, _Sound(), _Sound())


def rule_of(record: Ruled, policy: Policy) -> Rule | None:
    """The first rule that fits a record, which alone decides about it; None where none does."""
    return next((rule for rule in policy.rules if rule.of.fits(record)), None)


def release_of(record: Ruled, policy: Policy) -> tuple[float, Extension | None]:
    """When a record is released [s since 1970], and the extension that says so, if one does.

    An extension decided after the release has come to pass changes nothing: what was public stays
    so, and is withdrawn if it must be.
    """
    rule = rule_of(record, policy)
    return (NEVER_S, None) if rule is None else _release(record, policy, rule)


def _release(record: Ruled, policy: Policy, rule: Rule) -> tuple[float, Extension | None]:
    embargo = _embargo(record, rule)
    if embargo is None:
        return NEVER_S, None
    released: float = embargo.release_s(
        start_utc=record.start_utc, stop_utc=record.stop_utc, received_utc=record.received_utc
    )
    moved: Extension | None = None
    if not policy.extensions:
        return released, None
    for extension in sorted(policy.extensions, key=lambda e: (e.made_s, e.until_s)):
        in_time = extension.made_s < released < extension.until_s
        if in_time and _below(record.lidvid, extension.lid):
            released, moved = extension.until_s, extension
    return released, moved


def _embargo(record: Ruled, rule: Rule) -> Embargo | None:
    """The embargo on a record; None where it is held back for a reason that nobody understands."""
    try:
        return _declared(record.embargo) if rule.embargo is None else rule.embargo
    except IlrsError:
        return None


@lru_cache(maxsize=4096)
def _declared(embargo: str) -> Embargo:
    return Embargo.parse(embargo)


def rights_key(record: Ruled, policy: Policy) -> tuple[str, float]:
    """A record's class key, which spells out all that is granted, and its release [s since 1970].

    The key of a record about which no rule decides names nobody: nothing is granted.
    """
    rule = rule_of(record, policy)
    if rule is None:
        return class_key_of((), "", is_quarantined=record.quarantined), NEVER_S
    return _class_key(record, rule), _release(record, policy, rule)[0]


def _class_key(record: Ruled, rule: Rule) -> str:
    grants = _grants(record, rule)
    return class_key_of(grants, record.partner, is_quarantined=record.quarantined)


def _grants(record: Ruled, rule: Rule) -> tuple[Grant, ...]:
    return grants_of_access(record.access) if rule.grants is None else rule.grants


_KIND_OF = attrgetter("partner", "instrument", "access", "embargo", "quarantined")


class Judge:
    """A policy by which many records are judged: `rights_key`, with each kind looked up once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._is_by_lid = any(rule.of.lids for rule in policy.rules)
        self._kinds: dict[Any, tuple[str, Rule | None, float | None]] = {}

    def __call__(self, record: Ruled) -> tuple[str, float]:
        """A record's class key and its release [s since 1970]."""
        if self._is_by_lid:
            return rights_key(record, self._policy)
        kind = _KIND_OF(record)
        known = self._kinds.get(kind)
        if known is None:
            known = self._kinds[kind] = self._kind(record)
        key, rule, release_s = known
        if release_s is None and rule is not None:
            release_s = _release(record, self._policy, rule)[0]
        return key, NEVER_S if release_s is None else release_s

    def _kind(self, record: Ruled) -> tuple[str, Rule | None, float | None]:
        """Class key, rule, and the release where all records of the kind have the same."""
        rule = rule_of(record, self._policy)
        if rule is None:
            return class_key_of((), "", is_quarantined=record.quarantined), None, NEVER_S
        key = _class_key(record, rule)
        embargo = _embargo(record, rule)
        if embargo is None or not (embargo.after or self._policy.extensions):
            return key, rule, NEVER_S if embargo is None else embargo.from_s
        return key, rule, None


@lru_cache(maxsize=65536)
def _granted(class_key: str, principal: Principal, verb: Verb, when: When) -> bool:
    return any(_is_meant(who, principal) for who in named_in(class_key, verb, when))


def _is_meant(who: str, principal: Principal) -> bool:
    name, _, role = who.partition("/")
    if name == ANYONES:
        return True
    if not principal.partner or name not in {PARTNERS, sign_of(principal.partner)}:
        return False
    return not role or role in {role_sign(known) for known in principal.roles}


def carried(record: Ruled, policy: Policy) -> tuple[str, str]:
    """The access and the embargo that carry a record's rights to another node.

    There, as what the record itself says (`rights.yaml`), they grant what this node's rules do once
    it is not quarantined, and from when on. Where the release is not known, nothing comes with it.
    """
    rule = rule_of(record, policy)
    if rule is None:
        return NOBODY, ""
    grants, (release_s, _) = _grants(record, rule), _release(record, policy, rule)
    if release_s >= NEVER_S:
        grants = tuple(grant for grant in grants if grant.when == "receipt")
    key = class_key_of(grants, record.partner)
    has_embargo = ":release=" in key and release_s > ALWAYS_S
    embargo = utc_of_seconds(math.ceil(release_s)) if has_embargo else ""
    return access_of_key(key, record.partner), embargo


def decide(
    record: Released, policy: Policy, *, principal: Principal, instant_s: float, verb: Verb
) -> Decision:
    """Whether a principal may do `verb` with a record at an instant, by which rule, and why."""
    if record.released_utc and instant_s < seconds_of_utc(record.released_utc):
        record = replace(record, quarantined=True, released_utc="")  # as it was then
    rule = rule_of(record, policy)
    (class_key, release_s), (_, extension) = rights_key(record, policy), release_of(record, policy)
    view = view_of(principal, instant_s=instant_s, verb=verb)
    why = _absent(record, instant_s) or _why(class_key, release_s, record, principal, view)
    return Decision(
        verb=verb,
        allowed=not _absent(record, instant_s) and view.shows(class_key, release_s),
        rule="" if rule is None else rule.name,
        place="" if rule is None else rule.place,
        why="no rule fits it, and what no rule grants is refused" if rule is None else why,
        release_s=release_s,
        extension=extension,
    )


def _absent(record: Ruled, instant_s: float) -> str:
    """Why a record is not there for anybody at an instant; '' where it is."""
    if record.received_utc and seconds_of_utc(record.received_utc) > instant_s:
        return f"it was received on {record.received_utc}"
    if record.withdrawn_utc and seconds_of_utc(record.withdrawn_utc) <= instant_s:
        return f"it was withdrawn on {record.withdrawn_utc}"
    return ""


def _why(class_key: str, release_s: float, record: Ruled, principal: Principal, view: View) -> str:
    if record.quarantined:
        return "it is quarantined: its owner's curators alone see it"
    if class_key in view.always:
        return f"{_whom(class_key, view.verb, 'receipt', principal)} may from receipt on"
    released = (
        "it knows no embargo" if release_s <= ALWAYS_S
        else f"its release is {utc_of_seconds(release_s) or 'not known'}"
    )  # fmt: skip
    if class_key in view.after_release:
        return (
            f"{_whom(class_key, view.verb, 'release', principal)} may from release on; {released}"
        )
    named = [_shown(w) for when in WHENS for w in named_in(class_key, view.verb, when) if w]
    whom = ", ".join(dict.fromkeys(named))
    return f"the rule grants it to {whom} alone" if whom else "the rule grants it to nobody"


def _whom(class_key: str, verb: Verb, when: When, principal: Principal) -> str:
    return next(_shown(w) for w in named_in(class_key, verb, when) if _is_meant(w, principal))


def _shown(who: str) -> str:
    return unquote(who.removeprefix("="))


def terms_of(record: Stated, policy: Policy) -> Terms:
    """What is said to whoever gets a product: by its own record, and by the rule that decides.

    The attribution is the rule's where it gives one.
    """
    rule = rule_of(record, policy)
    if rule is None:
        return Terms(statements=record.statements, attribution=record.attribution)
    statements = tuple(dict.fromkeys((*record.statements, *rule.statements)))
    return Terms(statements=statements, attribution=rule.attribution or record.attribution)


def with_terms(record: StatedT, policy: Policy) -> StatedT:
    """A record that says of itself all that goes with it here, for it leaves this node."""
    terms = terms_of(record, policy)
    return replace(record, statements=terms.statements, attribution=terms.attribution)
