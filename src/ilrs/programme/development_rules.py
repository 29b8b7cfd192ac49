"""Rules on declared development: what it is of, who signs, which gates there are, order."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.programme.dates import surely_before
from ilrs.programme.entities import Development, InterfaceDocument, Programme
from ilrs.programme.findings import Texts, unplaced
from ilrs.programme.time_rules import statements_out_of_order

__all__ = ["developments_of_nothing", "documents_that_join_nothing", "maturity_that_falls"]


def developments_of_nothing(programme: Programme) -> Iterator[Finding]:
    """Rule: a development is that of an element or mission of its owner, and names its gates."""
    for id_, development in programme.developments.items():
        thing = programme.elements.get(id_) or programme.missions.get(id_)
        if thing is None:
            known = [*programme.elements, *programme.missions]
            texts = (
                f"{id_} is no element and no mission",
                "a development stands under the id of what is developed",
                did_you_mean(id_, known, otherwise="Declare it, or correct the id."),
            )
            yield unplaced(f"developments.{id_}", texts)
        elif development.owner and thing.owner and development.owner != thing.owner:
            texts = (
                f"{development.owner} tells of {id_}, which {thing.owner} owns",
                "who owns a thing tells how far it is",
                f"Move it to partners/{thing.owner}.",
            )
            yield unplaced(f"developments.{id_}", texts)
        for k, review in enumerate(development.reviews):
            if review.gate not in programme.gates:
                gates = tuple(programme.gates)
                texts = (
                    f"found {review.gate!r}, which is no gate",
                    f"the gates are {', '.join(gates)}" if gates else "no gates are declared",
                    did_you_mean(review.gate, gates, otherwise="Name one of them, or declare it."),
                )
                yield unplaced(f"developments.{id_}.reviews[{k}].gate", texts)


def documents_that_join_nothing(programme: Programme) -> Iterator[Finding]:
    """Rule: an interface document is of two elements that join; their owners sign it, no others."""
    for id_, document in programme.interface_documents.items():
        for key, texts in _document_faults(programme, document):
            yield unplaced(f"interface_documents.{id_}.{key}", texts)


def _document_faults(
    programme: Programme, document: InterfaceDocument
) -> Iterator[tuple[str, Texts]]:
    both = [programme.elements[key] for key in document.between if key in programme.elements]
    if len(document.between) != 2:
        yield (
            "between",
            (
                f"{len(document.between)} elements",
                "an interface document is of two elements that join",
                "Name the two.",
            ),
        )
    elif len(both) == 2:
        joined = [i.kind for i in both[0].interfaces if i.partner_element == both[1].id]
        joined += [i.kind for i in both[1].interfaces if i.partner_element == both[0].id]
        if not joined:
            yield (
                "between",
                (
                    f"{both[0].id} and {both[1].id} share no joint",
                    "an interface document is of two elements that join",
                    "Declare the joint in `interfaces`, or correct the ids.",
                ),
            )
        owners = {element.owner for element in both}
        for partner in document.signed:
            if partner not in owners:
                yield (
                    "signed",
                    (
                        f"signed by {partner}, which owns neither",
                        f"{' and '.join(sorted(owners))} sign it",
                        "Take the signature out, or correct the partner.",
                    ),
                )


def maturity_that_falls(programme: Programme) -> Iterator[Finding]:
    """Rule: readiness levels stand oldest first and do not fall; deliveries stand oldest first."""
    for id_, development in programme.developments.items():
        for key, texts in _order_faults(development):
            yield unplaced(f"developments.{id_}.{key}", texts, severity="warning")


def _order_faults(development: Development) -> Iterator[tuple[str, Texts]]:
    pairs = zip(development.trl, development.trl[1:], strict=False)
    for k, (before, after) in enumerate(pairs, start=1):
        if surely_before(after.date, before.date):
            yield (
                f"trl[{k}]",
                (
                    f"level {after.level} of {after.date} after one of {before.date}",
                    "levels stand oldest statement first, and the last one holds",
                    "Bring them into that order.",
                ),
            )
        elif after.level < before.level:
            yield (
                f"trl[{k}]",
                (
                    f"level {after.level} after level {before.level}",
                    "a level falls when the design, or what it is for, has changed",
                    "Say why in its `note`, or correct it.",
                ),
            )
    for k, texts in statements_out_of_order(development.deliveries, "dates of delivery"):
        yield f"deliveries[{k}]", texts
