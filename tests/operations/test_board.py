"""The board: passes, what the station does alone until the next, and its file."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.board import (
    Board,
    BoardRule,
    Rest,
    board_text,
    passes_in,
    read_board,
    solitudes,
)
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem


def windows(*spans):
    return Windows((a * STEP_S, b * STEP_S) for a, b in spans)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 16)], [4, 8, 12]),  # all the time in view: every four slots
        ([(2, 6), (9, 10)], [4, 9]),  # the second is due at 8, and comes with the next contact
        ([(2, 3)], []),
        ([(5.5, 5.8)], [5]),  # a part of a slot is enough
    ],
)  # fmt: skip
def test_passes_come_so_often_as_contact_lets_them(spans, expected):
    found = passes_in(windows(*spans), every_s=4 * STEP_S, step_s=STEP_S, span_s=16 * STEP_S)
    assert [at_s / STEP_S for at_s in found] == expected


def test_what_the_station_does_alone_until_each_next_pass():
    rule = BoardRule(id="GRID.rules[0]", element="GRID", to="saving", store="E", level_below=0.5)
    board = Board(
        rules=(rule,), rests=(Rest(element="GRID", mode="saving", kinds=("Y",)),),
        passes_s=(6 * STEP_S, 12 * STEP_S), contact=windows((5, 7), (12, 13)),
    )  # fmt: skip
    asked = problem(
        activity("X", 4, worth=9.0), activity("Y", 4, worth=5.0, kind="Y"), activity("Z", 2)
    )
    found = solitudes(asked, first_plan(asked), board)
    told = [
        (one.begin_s / STEP_S, one.end_s / STEP_S, one.without_contact_s / STEP_S, one.begins,
         one.runs, one.busy_s / STEP_S, one.rules)
        for one in found
    ]  # fmt: skip
    # X stands at 0 to 4, Y at 4 to 8, Z at 8 to 10.
    assert told == [
        (0, 6, 5, ("X", "Y"), (), 6, ("GRID.rules[0]",)),
        (6, 12, 5, ("Z",), ("Y",), 4, ("GRID.rules[0]",)),
        (12, 16, 3, (), (), 0, ()),
    ]


def test_a_board_is_read_as_it_was_written(tmp_path):
    board = Board(
        rules=(
            BoardRule(id="a", element="E", to="rest", from_modes=("work",), store="S",
                      level_below=0.5, open=windows((1, 2)), after_s=3.0, failed="PUMP"),
            BoardRule(id="b", element="E", to="work", silent_above_s=7.0, well="PUMP"),
        ),
        rests=(Rest(element="E", mode="rest", kinds=("X", "Y")),), passes_s=(900.0,),
        contact=windows((1, 3)), makes_w={"SUN": tuple(np.arange(3.0).tolist())},
        energy={"SUN": "ENERGY"},
    )  # fmt: skip
    path = tmp_path / "board.json"
    assert read_board(path) == Board()
    path.write_text(board_text(board), encoding="utf-8")
    assert read_board(path) == board


def test_a_file_that_is_no_board_is_named(tmp_path):
    path = tmp_path / "board.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_board(path)
    assert str(caught.value) == (
        f"{path} is no board; `ilrs plan --output FOLDER` writes FOLDER/board.json."
        " Make the plan anew."
    )
