"""What files say about law: agreements, what is known of an object for a registry, guidelines."""

from typing import Literal

from ilrs.programme.entity import DatedClaim, Entity
from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import PartialDate

__all__ = ["Agreement", "Check", "Guideline", "Settles", "Stewardship"]

#: What a guideline may ask of an object, or of the programme; see `ilrs.cooperation.guidelines`.
Check = Literal[
    "supervised", "registered", "registry_agreed", "contact_named", "orbit_shared",
    "frequencies_declared", "end_declared", "passivated", "nuclear_assessed", "protection_declared",
    "organics_listed", "liability_waived", "capacity_built", "due_regard", "spectrum_free",
]  # fmt: skip

#: What an agreement may settle.
Settles = Literal[
    "cooperation", "coordination", "data", "hosting", "power", "finance", "customs",
    "export_control", "intellectual_property", "confidentiality", "property", "cross_waiver",
    "registry", "disputes", "accession",
]  # fmt: skip


class Agreement(Entity):
    """An act between partners: who, when, from when on, and what it settles."""

    parties: tuple[str, ...]
    date: PartialDate
    in_force: PartialDate | None = None  # not in force, or of a kind that does not enter into force
    ends: PartialDate | None = None
    covers: tuple[Settles, ...] = ()
    of: tuple[str, ...] = ()  # elements and missions that it is about; all when left out


class Stewardship(DeclaredModel):
    """What a registry, other operators and scientists ask of an element or a mission."""

    designator: str | None = None  # international designator, as 2023-118A
    registration_number: str | None = None  # in the register of its State
    territory: str | None = None  # State from whose territory it was or is launched
    end_of_life: Literal["impact", "stays", "leaves_orbit", "returns"] | None = None
    is_passivated: bool | None = None  # stores are emptied, batteries made safe at its end
    safety_assessment: DatedClaim | None = None  # of its nuclear power source, made public
    protection: Literal["I", "II", "IIa", "IIb"] | None = None  # COSPAR's category
    organic_inventory: bool | None = None  # whether one is kept


class Guideline(Entity):
    """A rule of conduct that is checked: whose, what it says, and by which check."""

    instrument: str
    text: str
    check: Check
    level: Literal["binding", "voluntary"] = "voluntary"
