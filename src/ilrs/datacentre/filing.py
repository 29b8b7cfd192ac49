"""A table product as a submission: which version it is follows from what is filed already."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.label import DATA_NAME, LABEL_NAME, read_label, write_label
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.product import Product
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["file_products", "submissions_of"]


def file_products(archive: Archive, products: Iterable[Product]) -> list[Record]:
    """The records of table products as filed, in order.

    Raises IlrsError where one is refused, or two share an identifier; see `submissions_of`.
    """
    submissions = list(submissions_of(products, versions=archive.versions))
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
    minor version unless the product names one. Raises IlrsError where two products share an
    identifier.
    """
    seen: set[Lid] = set()
    for product in products:
        if product.lid in seen:
            raise IlrsError(
                f"two products to be filed are both {product.lid}",
                "each product of one ingest has its own identifier",
                "Rename one, or file them one after the other.",
            )
        seen.add(product.lid)
        yield _submission(product, versions(product.lid))


def _submission(product: Product, filed: Sequence[Record]) -> Submission:
    header, body = product.table.header(), product.table.body()
    data = header + body
    sha256 = sha256_of_bytes(data)

    def _label(vid: Vid) -> bytes:
        return write_label(product, vid, header=header, body=body)

    known = {LidVid.parse(record.lidvid).vid: record for record in filed}
    vid = product.version
    if vid is None:
        alike = (v for v, r in known.items() if _checksums(r).get(DATA_NAME) == sha256)
        same = (v for v in alike if _checksums(known[v])[LABEL_NAME] == sha256_of_bytes(_label(v)))
        vid = next(same, None) or (max(known).next_minor() if known else Vid(1, 0))
    label = _label(vid)
    return Submission(
        record=replace(read_label(label), files=()),
        files=(
            SourceFile(name=DATA_NAME, role="data", content=data),
            SourceFile(name=LABEL_NAME, role="label", content=label),
        ),
    )


def _checksums(record: Record) -> dict[str, str]:
    return {file.name: file.sha256 for file in record.files}
