"""Rules on radio links: what one link's figures say must fit together.

Which bands are meant for which links, and who disturbs whom, is `ilrs.study.spectrum`.
"""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.foundation.quantities import format_quantity
from ilrs.programme.entities import Link, Programme
from ilrs.programme.findings import Texts, unplaced

__all__ = ["links_of", "links_that_cannot_be"]


def links_of(programme: Programme) -> Iterator[tuple[str, Link]]:
    """Every declared link with its path, such as 'elements.TERMINAL.links[0]'."""
    for kind in ("elements", "missions"):
        for id_, thing in getattr(programme, kind).items():
            for index, link in enumerate(thing.links):
                yield f"{kind}.{id_}.links[{index}]", link


def links_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a link's band lies above 0 Hz and has a frequency, its rate is one of its radio's."""
    for path, link in links_of(programme):
        for texts in _faults(link):
            yield unplaced(path, texts)


def _faults(link: Link) -> Iterator[Texts]:
    carriers_hz = [hz for hz in (link.frequency_hz, link.return_frequency_hz) if hz is not None]
    for name, hz in (
        ("frequency", link.frequency_hz),
        ("return_frequency", link.return_frequency_hz),
        ("bandwidth", link.bandwidth_hz),
    ):
        if hz == 0.0:
            mend = "Correct it, or leave it out where it is not known."
            yield f"a {name} of 0 Hz", f"{name!r} is above 0 Hz", mend
    if link.bandwidth_hz is not None and not carriers_hz:
        yield (
            "a bandwidth without a frequency",
            "a band lies about the frequency that is sent or received",
            "Add `frequency:`, or remove the bandwidth.",
        )
    elif link.bandwidth_hz is not None and link.bandwidth_hz > 2.0 * min(carriers_hz) > 0.0:
        yield (
            f"a band of {link.bandwidth_hz:g} Hz about {min(carriers_hz):g} Hz",
            "a band ends above 0 Hz",
            "Correct the bandwidth, or its unit.",
        )
    if link.rates_bps and link.rate_bps not in link.rates_bps:
        rates = ", ".join(format_quantity(rate, "bit/s") for rate in link.rates_bps)
        yield (
            f"a rate of {format_quantity(link.rate_bps, 'bit/s')}",
            f"this radio's rates are {rates}",
            "Take one of them, or add this one to `rates`.",
        )
