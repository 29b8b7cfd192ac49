"""Records with no more than the rights read of them."""

from dataclasses import dataclass

from ilrs.datacentre.rights import RightsStatement


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A stand-in for a record of the catalogue."""

    lidvid: str = "urn:ilrs:jdc:ce7:pan:p-1::1.0"
    partner: str = "CNSA"
    instrument: str = "PCAM"
    access: str = "open"
    embargo: str = ""
    start_utc: str = "2026-08-30T00:00:00Z"
    stop_utc: str = "2026-08-31T00:00:00Z"
    received_utc: str = "2026-09-01T00:00:00Z"
    withdrawn_utc: str = ""
    quarantined: bool = False
    released_utc: str = ""
    statements: tuple[RightsStatement, ...] = ()
    attribution: str = ""
