"""A table product as a submission: which version it is follows from what is filed already."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.label import DATA_NAME, LABEL_NAME, write_label
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.product import Product, facets_of
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["file_products", "submissions_of"]


def file_products(
    archive: Archive,
    products: Iterable[Product],
    *,
    enriched: Callable[[Iterable[Submission]], Iterable[Submission]] = list,
) -> list[Record]:
    """The records of table products as filed, in order.

    `enriched` may add to submissions what only other rooms know. Raises IlrsError where one is
    refused, or two share an identifier; see `submissions_of`.
    """
    submissions = list(enriched(submissions_of(products, versions=archive.versions)))
    outcomes = archive.ingest(submissions)
    refused = next((outcome for outcome in outcomes if outcome.state == "refused"), None)
    if refused is not None:
        raise IlrsError(
            refused.reason,
            "a filed version never changes; the others of this ingest are filed",
            "Leave the version out, or give a new one.",
        )
    records = (archive.get(outcome.lidvid) for outcome in outcomes)
    return [record for record in records if record is not None]


def submissions_of(
    products: Iterable[Product], *, versions: Callable[[Lid], Sequence[Record]]
) -> Iterator[Submission]:
    """Submissions of table products; `versions` gives the records filed of a LID.

    Content that is filed under the same identifier keeps its version; new content gets the next
    minor version unless the product names one: from 1.0 on, and of what is preliminary from 0.1. A
    source that is one of the products before it is named by its version. Raises IlrsError where two
    products share an identifier.
    """
    seen: dict[str, str] = {}
    for product in products:
        if str(product.lid) in seen:
            raise IlrsError(
                f"two products to be filed are both {product.lid}",
                "each product of one ingest has its own identifier",
                "Rename one, or file them one after the other.",
            )
        submission = _submission(product, versions(product.lid))
        sources = tuple(seen.get(source, source) for source in product.sources)
        seen[str(product.lid)] = submission.record.lidvid
        record = replace(
            submission.record, sources=sources, command=product.command, place=product.place
        )
        yield replace(submission, record=record)


def _submission(product: Product, filed: Sequence[Record]) -> Submission:
    header, body = product.table.header(), product.table.body()
    data = header + body

    def _label(vid: Vid) -> bytes:
        return write_label(product, vid, header=header, body=body)

    versions = {LidVid.parse(record.lidvid).vid: record for record in filed}
    known = {
        vid: record
        for vid, record in versions.items()
        if (vid.major == 0) == product.is_preliminary
    }
    vid, label = product.version, b""
    if vid is None and known:
        sha256 = sha256_of_bytes(data)
        for version, record in known.items():
            sums = {file.name: file.sha256 for file in record.files}
            if sums.get(DATA_NAME) == sha256:
                label = _label(version)
                if sums[LABEL_NAME] == sha256_of_bytes(label):
                    vid = version
                    break
    if vid is None:
        first = Vid(0, 1) if product.is_preliminary else Vid(1, 0)
        vid, label = (max(known).next_minor() if known else first), b""
    label = label or _label(vid)
    return Submission(
        record=_record(product, vid),
        files=(
            SourceFile(name=DATA_NAME, role="data", content=data),
            SourceFile(name=LABEL_NAME, role="label", content=label),
        ),
    )


def _record(product: Product, vid: Vid) -> Record:
    """What the label of a product's version says: `label_read` reads the same from it."""
    facets, keywords = facets_of(product.facets)
    return Record(
        lidvid=str(LidVid(product.lid, vid)),
        title=product.title,
        description=product.description,
        start_utc=product.start_utc,
        stop_utc=product.stop_utc,
        publication_year=product.publication_year,
        target=product.target,
        mission=product.investigation,
        instrument=product.instrument,
        site=product.site,
        partner=product.partner,
        science_fields=tuple(facets["field"]),
        keywords=keywords,
        processing_level=product.processing_level,
        access=product.access,
        embargo=product.embargo,
        licence=product.licence,
    )
