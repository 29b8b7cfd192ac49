"""What files say of how a thing is developed: readiness, models, verification, reviews, interfaces.

Gates and what each asks for are data of the programme. Verification methods are those of
ECSS-E-ST-10-02C Rev.1 (2018) and demonstration; readiness levels are those of ISO 16290:2013.
"""

from typing import Literal

from pydantic import Field

from ilrs.programme.entity import DatedClaim, Entity
from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import PartialDate

__all__ = [
    "Development", "Gate", "InterfaceDocument", "Maturity", "ModelBuilt", "Review", "Verification",
]  # fmt: skip

ModelKind = Literal["STM", "EM", "EQM", "QM", "PFM", "FM"]
JointKind = Literal["power", "data", "thermal", "mechanical"]


class Maturity(DeclaredModel):
    """A statement of a technology readiness level."""

    level: int = Field(ge=1, le=9)
    date: PartialDate | None = None
    source: tuple[str, ...] = ()
    note: str = ""


class ModelBuilt(DeclaredModel):
    """One model of a thing: structural and thermal, engineering, qualification, (proto)flight."""

    kind: ModelKind
    status: Literal["planned", "built", "tested", "delivered"] = "planned"
    date: PartialDate | None = None
    source: tuple[str, ...] = ()


class Verification(DeclaredModel):
    """One cell of the verification matrix: how a requirement is verified, and how far that is."""

    requirement: str  # its id, or the maker's own words
    method: Literal["test", "analysis", "inspection", "demonstration", "review_of_design"]
    status: Literal["open", "passed", "failed", "waived"] = "open"
    date: PartialDate | None = None
    source: tuple[str, ...] = ()


class Review(DeclaredModel):
    """What a review at a gate decided."""

    gate: str
    outcome: Literal["passed", "failed"]
    date: PartialDate
    source: tuple[str, ...] = ()
    note: str = ""


class Development(Entity):
    """How far an element or a mission is developed; its id is that of the element or mission."""

    owner: str = ""
    philosophy: Literal["qualification", "protoflight", "hybrid"] | None = None  # of its models
    trl: tuple[Maturity, ...] = ()  # oldest statement first; the last one holds
    models: tuple[ModelBuilt, ...] = ()
    verification: tuple[Verification, ...] = ()
    reviews: tuple[Review, ...] = ()
    deliveries: tuple[DatedClaim, ...] = ()  # announced dates, oldest first; the last one holds


class InterfaceDocument(Entity):
    """A document on what two elements agree where they join; both partners sign it."""

    owner: str = ""
    between: tuple[str, ...]  # two elements
    kinds: tuple[JointKind, ...] = ()  # of their joints; all when left out
    issue: str = ""
    signed: dict[str, PartialDate] = Field(default_factory=dict)  # partner -> date


class Gate(Entity):
    """A review on the way to flight, and what it asks for; gates stand in their order."""

    least_trl: int | None = Field(default=None, ge=1, le=9)
    models: tuple[ModelKind, ...] = ()  # one of these has been tested
    verification: Literal["planned", "passed"] | None = None  # a row for each, or all rows passed
    documents: Literal["drafted", "signed"] | None = None  # of joints with other partners
