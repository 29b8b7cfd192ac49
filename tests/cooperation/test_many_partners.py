"""The seeded programme of many partners, on which the bar `ledger-of-fifty` is measured."""

from pathlib import Path

import pytest

from benchmarks.ledger import write_partners
from ilrs.cooperation.balance import declared_balance
from ilrs.cooperation.benefits import observation_shares
from ilrs.cooperation.dependencies import dependencies
from ilrs.cooperation.ledger import ledger
from ilrs.programme.check import check
from ilrs.programme.load import load


def test_many_partners_are_sound_and_all_is_told(tmp_path: Path) -> None:
    folder = write_partners(tmp_path / "one", partners=8, contributions=40, people=300)
    loaded = load(folder)
    assert check(loaded) == []
    programme = loaded.programme
    assert (len(programme.partners), len(ledger(programme))) == (8, 40)
    kinds = {one.kind for one in dependencies(programme)}
    assert kinds == {"host", "ride", "power", "service"}
    rows = declared_balance(programme)
    experts_s = sum(row.given or 0.0 for row in rows if row.measure == "experts")
    assert experts_s == 300 * 400 * 3600.0  # each person works 400 h
    assert sum(observation_shares(programme).values()) == pytest.approx(1.0)


def test_a_seed_gives_the_same_files(tmp_path: Path) -> None:
    one, other = (
        write_partners(tmp_path / name, partners=3, contributions=12, people=30, seed=7)
        for name in ("one", "other")
    )
    digests = [load(folder).programme.sha256 for folder in (one, other)]
    assert digests[0] == digests[1]
