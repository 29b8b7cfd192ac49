"""What each partner was granted of the research time it wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from ilrs.programme.entities import Experiment

__all__ = ["PartnerShare", "partner_shares"]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerShare:
    """One partner's row: its experiments, the hours it wanted and those the plan grants."""

    partner: str
    experiments: int
    wanted_h: float
    granted_h: float

    @property
    def share(self) -> float | None:
        """Granted over wanted, 0-1; None where nothing was wanted. [1]"""
        return self.granted_h / self.wanted_h if self.wanted_h else None


def partner_shares(experiments: Sequence[Experiment], *, plan: xr.Dataset) -> list[PartnerShare]:
    """One row per partner with experiments, in the order of their ids. [h]

    `plan` is that of `operations.schedule` for the same experiments.
    """
    ids = [str(key) for key in plan["experiment"].values]
    granted_s = dict(zip(ids, plan["planned_s"].values.tolist(), strict=True))
    rows = []
    for partner in sorted({experiment.owner for experiment in experiments}):
        own = [experiment for experiment in experiments if experiment.owner == partner]
        rows.append(
            PartnerShare(
                partner=partner,
                experiments=len(own),
                wanted_h=sum(experiment.wanted_s for experiment in own) / _HOUR_S,
                granted_h=sum(granted_s[experiment.id] for experiment in own) / _HOUR_S,
            )
        )
    return rows
