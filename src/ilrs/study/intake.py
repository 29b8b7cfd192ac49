"""What lies at some paths, as submissions for the archive: unpacked, read, and with their light."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ilrs.datacentre.filing import submissions_of
from ilrs.datacentre.lid import Lid
from ilrs.datacentre.profiles import profile_named
from ilrs.datacentre.reading import read
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import Submission
from ilrs.datacentre.unpack import unpacked
from ilrs.datacentre.validate import Validator
from ilrs.foundation.errors import Finding
from ilrs.study.planning_observations import plan_products, plan_record_at
from ilrs.study.product_light import lit

__all__ = ["submissions_at"]


def submissions_at(
    paths: Iterable[Path],
    *,
    profile: str = "ilrs",
    schemas: Path | None = None,
    unpack_in: Path | None = None,
    versions: Callable[[Lid], Sequence[Record]] = lambda lid: (),
    tell: Callable[[Finding], None] | None = None,
) -> Iterator[Submission]:
    """Submissions of all that lies at the paths, one after another; zip files are unpacked.

    A plan's folder is read as the plan and its observations. `schemas` is a folder of PDS4 schemas
    to judge labels by, `unpack_in` where zip files are unpacked, `versions` gives the records that
    are filed of a LID. `tell` is given what belongs to no product. Raises IlrsError where nothing
    can be read.
    """
    chosen = profile_named(profile)
    validator = None if schemas is None else Validator(schemas, profile=chosen)
    for path in paths:
        with unpacked(path, below=unpack_in) as place:
            plan = plan_record_at(place)
            if plan is not None:
                yield from lit(submissions_of(plan_products(plan), versions=versions))
            else:
                yield from lit(read(place, profile=chosen, validator=validator, tell=tell))
