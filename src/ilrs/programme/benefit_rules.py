"""Rules on benefits: nothing is shared out twice, to strangers, or beyond all there is."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.programme.entities import Benefit, Programme
from ilrs.programme.findings import Texts, unplaced

__all__ = [
    "amounts_that_do_not_fit", "benefits_for_strangers", "shares_over_the_whole", "who_benefits",
]  # fmt: skip

#: The key that says how much there is of what a rule gives.
_AMOUNTS = {"power": "power", "training_seats": "seats", "flight_mass": "mass"}
_ANYONES = ("anyone", "partners", "owner")
_WHOLE = 1.0 + 1e-9


def who_benefits(programme: Programme, benefit: Benefit) -> tuple[str, ...]:
    """The partners that a rule is for, in declared order."""
    if benefit.to or benefit.by == "fixed":
        named = {*benefit.to, *benefit.shares}
    else:
        standing = (c for c in programme.contributions.values() if c.status != "withdrawn")
        named = {contribution.partner for contribution in standing}
    return tuple(partner for partner in programme.partners if partner in named)


def benefits_for_strangers(programme: Programme) -> Iterator[Finding]:
    """Rule: who gets a share or a right to data is a partner."""
    for id_, benefit in programme.benefits.items():
        path = f"benefits.{id_}"
        named: list[tuple[str, str, tuple[str, ...]]] = [
            (f"{path}.shares.{partner}", partner, ()) for partner in benefit.shares
        ]
        named += [
            (f"{path}.grants[{k}].to", grant.to.partition("/")[0], _ANYONES)
            for k, grant in enumerate(benefit.grants)
        ]
        for here, partner, more in named:
            if partner in programme.partners or partner in more:
                continue
            known = (*more, *programme.partners)
            also = f"{', '.join(more)} or one of " if more else "one of "
            texts = (
                f"a benefit for {partner!r}, which is no partner",
                f"it is for {also}the {len(programme.partners)} partners that are declared",
                did_you_mean(partner, known, otherwise="Declare it, or correct the id."),
            )
            yield unplaced(here, texts)


def shares_over_the_whole(programme: Programme) -> Iterator[Finding]:
    """Rule: no more than 100 % is shared out: by one rule, by several of one thing, or as least."""
    parts: dict[str, float] = {}
    for id_, benefit in programme.benefits.items():
        path = f"benefits.{id_}"
        fixed = sum(benefit.shares.values())
        if fixed > _WHOLE:
            yield unplaced(f"{path}.shares", _over(f"shares of {fixed:.4g} in all", "they sum"))
        count = len(who_benefits(programme, benefit))
        if benefit.least * count > _WHOLE:
            found = f"at least {benefit.least:.4g} for each of {count} partners"
            yield unplaced(f"{path}.least", _over(found, "they sum"))
        if benefit.gives == "data":
            continue
        before = parts.get(benefit.gives, 0.0)
        parts[benefit.gives] = before + benefit.part
        if parts[benefit.gives] > _WHOLE:
            found = f"{benefit.part:.4g} more of {_words(benefit.gives)}, of which"
            found += f" {before:.4g} is shared out already"
            yield unplaced(path, _over(found, "all rules for one thing sum"))


def _over(found: str, what: str) -> Texts:
    return found, f"{what} to 100 % at most", "Lower one of them."


def amounts_that_do_not_fit(programme: Programme) -> Iterator[Finding]:
    """Rule: a rule says how much there is of what it gives, and of nothing else."""
    for id_, benefit in programme.benefits.items():
        yield from (unplaced(f"benefits.{id_}{key}", texts) for key, texts in _misfits(benefit))
    first = next((k for k, b in programme.benefits.items() if b.gives == "observation_time"), None)
    if first is not None and programme.entitlements:
        texts = (
            "observation time is shared out by a rule, and by `entitlements`",
            "one of the two says what part of research each partner may claim",
            "Remove the rule, or the entitlements.",
        )
        yield unplaced(f"benefits.{first}", texts)


def _misfits(benefit: Benefit) -> Iterator[tuple[str, Texts]]:
    own = _AMOUNTS.get(benefit.gives)
    given = {"power": benefit.power_w, "seats": benefit.seats, "mass": benefit.mass_kg}
    words = _words(benefit.gives)
    for key, amount in given.items():
        if amount is not None and key != own:
            possible = f"there stands {own!r}" if own else "only parts of the whole are shared out"
            yield f".{key}", (f"{key!r} of a rule on {words}", possible, "Remove it.")
    if benefit.gives == "training_seats" and benefit.seats is None:
        yield "", ("training seats without a number", "they are counted", "Add `seats:`.")
    if (benefit.by == "fixed") != bool(benefit.shares):
        if benefit.shares:
            possible = "shares are written where a rule is by 'fixed'"
            yield ".shares", (f"shares of a rule by {benefit.by!r}", possible,
                              "Write `by: fixed`, or remove the shares.")  # fmt: skip
        else:
            yield ".by", ("a rule by 'fixed' without shares", "it gives each partner's share",
                          "Add `shares: {CN: 20 %}`.")  # fmt: skip
    if benefit.gives == "data" and not benefit.grants:
        yield "", ("a rule on data without grants", "it says whom it grants what",
                   "Add `grants: [{to: partners, may: [download]}]`.")  # fmt: skip
    if benefit.gives != "data":
        for key, stands in (("grants", benefit.grants), ("of", benefit.of),
                            ("embargo", benefit.embargo_s)):  # fmt: skip
            if stands:
                possible = f"{key!r} belongs to a rule on data"
                yield f".{key}", (f"{key!r} of a rule on {words}", possible, "Remove it.")


def _words(gives: str) -> str:
    return gives.replace("_", " ")
