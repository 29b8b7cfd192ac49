import numpy as np

from ilrs.operations.schedule import schedule
from ilrs.operations.shares import PartnerShare, partner_shares


def test_each_partner_has_a_row_with_its_hours(axis, experiment) -> None:
    experiments = [
        experiment("B", owner="Q", wanted="6 h", power="30 W"),
        experiment("A", owner="P", wanted="2 h", power="1 W"),
        experiment("C", owner="P", wanted="1 h", power="1 W"),
        experiment("D", owner="R", wanted="0 h", power="1 W"),
    ]
    plan = schedule(experiments, conditions={}, power_available_w=np.full(3, 40.0), time=axis(3))
    assert partner_shares(experiments, plan=plan) == [
        PartnerShare(partner="P", experiments=2, wanted_h=3.0, granted_h=3.0),
        PartnerShare(partner="Q", experiments=1, wanted_h=6.0, granted_h=3.0),
        PartnerShare(partner="R", experiments=1, wanted_h=0.0, granted_h=0.0),
    ]
    assert [row.share for row in partner_shares(experiments, plan=plan)] == [1.0, 0.5, None]
