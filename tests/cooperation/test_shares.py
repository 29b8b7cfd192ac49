"""Who owns the mass on the surface."""

from collections.abc import Callable

import pytest

from ilrs.cooperation.shares import OwnerShare, landed_shares, single_owner_share
from ilrs.programme.entities import Programme


def test_shares_count_what_lands_and_name_the_unknown(programme: Programme) -> None:
    # the hub has no site, the probe was lost with its flight
    assert landed_shares(programme) == [
        OwnerShare(
            owner="RU", mass_kg=5000.0, share=pytest.approx(5000 / 5200),
            elements=("REACTOR", "CABLE"), mass_unknown=("CABLE",),
        ),
        OwnerShare(
            owner="CN", mass_kg=200.0, share=pytest.approx(200 / 5200), elements=("ROVER",),
            mass_unknown=(),
        ),
    ]  # fmt: skip


def test_single_owner_is_the_one_with_most_mass(programme: Programme) -> None:
    assert single_owner_share(programme) == (pytest.approx(5000 / 5200), "RU")


def test_share_is_not_known_when_no_mass_is(declare: Callable[..., Programme]) -> None:
    nothing = (None, "no landed element declares a mass")
    assert single_owner_share(declare(elements={})) == nothing
    cable = {"facility": "F2", "site": "RIDGE", "arrives_on": "LES-3"}
    unknown = declare(elements={"CABLE": cable})
    assert single_owner_share(unknown) == nothing
    assert landed_shares(unknown)[0].owner == "not known"
