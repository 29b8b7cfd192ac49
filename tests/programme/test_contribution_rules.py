"""The rules on contributions and benefits, each broken in an otherwise sound programme."""

import pytest

from tests.programme.folders import SOUND, Write, messages_of_check

GIVEN = """\
contributions:
  GRID-OFFER:
    stage: implementation
    level: system
    form: material
    gives: [GRID]
    needs: []
    status: agreed
    history:
      - {status: offered, date: 2024-03, as_of: 2024-04}
      - {status: agreed, date: 2025, as_of: 2025-06}
  TEACHING:
    stage: operation
    level: mission
    form: non-material
    needs: [GRID-OFFER]
    service: {kind: training, to: [RU], training_seats: 12}
    status: offered
"""
OTHER = """\
partner: {kind: state, status: signatory}
"""
OWN = """\
benefits:
  TIME: {gives: observation_time, by: mass, part: 70 %}
  TIME-FOR-ALL: {gives: observation_time, part: 30 %}
  SEATS: {gives: training_seats, seats: 5, by: fixed, shares: {CN: 50 %, RU: 30 %}}
  RIGHTS:
    gives: data
    of: [CN]
    embargo: 180 d
    grants: [{to: RU/team, may: [download], from: receipt}, {to: anyone, may: [derive]}]
"""


def found(write: Write, *, given: str = GIVEN, other: str = OTHER, own: str = OWN) -> list[str]:
    files = {"partners/CN/given.yaml": given, "partners/RU/all.yaml": other, "own.yaml": own}
    return messages_of_check(write({**SOUND, **files}))


def test_contributions_and_benefits_are_sound(write: Write) -> None:
    assert found(write) == []


@pytest.mark.parametrize(
    ("sound", "spoiled", "message"),
    [
        ("gives: [GRID]", "gives: [GRID, LAB, GRID]",
         "error partners/CN/given.yaml:6: contributions.GRID-OFFER.gives[2]: GRID is given again;"
         " this list has it already, and the ledger counts it once. Keep one of the two."),
        ("    service:", "    gives: [GRID]\n    service:",
         "error partners/CN/given.yaml:17: contributions.TEACHING.gives[0]: GRID is given again;"
         " the contribution GRID-OFFER gives it already, and the ledger counts it once. Keep one of"
         " the two."),
        ("date: 2025, as_of: 2025-06", "date: 2025-07, as_of: 2025-06",
         "error partners/CN/given.yaml:11: contributions.GRID-OFFER.history[1]: agreed since"
         " 2025-07, in a statement of 2025-06; a status is stated on the day from which it holds,"
         " or later. Exchange or correct the two dates."),
        ("date: 2025, as_of: 2025-06", "date: 2024-01, as_of: 2025-06",
         "error partners/CN/given.yaml:11: contributions.GRID-OFFER.history[1]: agreed since"
         " 2024-01, after offered since 2024-03; statuses stand oldest first, and the last one"
         " holds. Bring them into that order."),
        ("status: agreed\n", "status: committed\n",
         "error partners/CN/given.yaml:8: contributions.GRID-OFFER.status: the status 'committed',"
         " and a history that ends with 'agreed'; the last one of the history is the status. Add"
         " the newest status to the history, or correct `status`."),
        ("needs: []", "needs: [TEACHING]",
         "error partners/CN/given.yaml:7: contributions.GRID-OFFER.needs: a cycle: GRID-OFFER needs"
         " TEACHING needs GRID-OFFER; what a contribution needs comes before it. Remove one of"
         " these needs."),
        ("to: [RU]", "to: [RUS]",
         "error partners/CN/given.yaml:17: contributions.TEACHING.service.to[0]: found 'RUS', which"
         " is no partner; the partners are CN, RU. Did you mean 'RU'?"),
    ],
)  # fmt: skip
def test_a_fault_in_a_contribution_is_named(
    write: Write, sound: str, spoiled: str, message: str
) -> None:
    assert found(write, given=GIVEN.replace(sound, spoiled)) == [message]


def test_what_is_given_has_one_owner(write: Write) -> None:
    other = OTHER + GIVEN.replace("GRID-OFFER", "OTHER-OFFER").replace("[GRID]", "[LAB]").replace(
        "TEACHING", "OTHER-TEACHING"
    )
    assert found(write, other=other) == [
        "error partners/RU/all.yaml:7: contributions.OTHER-OFFER.gives[0]: RU gives LAB, which CN"
        " owns; what is given has one owner, the partner that gives it. Let CN give it, or declare"
        " it in partners/RU/."
    ]


def test_a_withdrawn_mission_is_counted_on_by_nobody(write: Write) -> None:
    given = GIVEN.replace("[GRID]", "[GRID, M1]") + "missions:\n  M2: {status: withdrawn}\n"
    lost = SOUND["partners/CN/all.yaml"].replace("status: planned", "status: withdrawn")
    folder = write({**SOUND, "partners/CN/all.yaml": lost, "partners/CN/given.yaml": given,
                    "partners/RU/all.yaml": OTHER})  # fmt: skip
    assert [m for m in messages_of_check(folder) if "contributions." in m] == [
        "warning partners/CN/given.yaml:6: contributions.GRID-OFFER.gives[0]: GRID rides on M1,"
        " which is withdrawn; a contribution that is not withdrawn gives what can still come. Find"
        " another ride, or let its status be withdrawn.",
        "warning partners/CN/given.yaml:6: contributions.GRID-OFFER.gives[1]: M1 is withdrawn; a"
        " contribution that is not withdrawn gives what can still come. Give another mission, or"
        " let its status be withdrawn.",
    ]


def test_a_launch_is_announced_before_it(write: Write) -> None:
    told = "missions:\n  M2: {status: planned, launches: [{date: 2023, as_of: 2024-02}]}\n"
    assert found(write, given=GIVEN + told) == [
        "error partners/CN/given.yaml:20: missions.M2.launches[0]: a launch in 2023, announced in"
        " 2024-02; a launch that is announced is still to come. Exchange or correct the two dates."
    ]
    assert found(write, given=GIVEN + told.replace("planned", "flown")) == []


@pytest.mark.parametrize(
    ("sound", "spoiled", "message"),
    [
        ("{CN: 50 %,", "{CN: 80 %,",
         "own.yaml:4: benefits.SEATS.shares: shares of 1.1 in all; they sum to 100 % at most."
         " Lower one of them."),
        ("part: 30 %", "part: 40 %",
         "own.yaml:3: benefits.TIME-FOR-ALL: 0.4 more of observation time, of which 0.7 is shared"
         " out already; all rules for one thing sum to 100 % at most. Lower one of them."),
        ("part: 30 %}", "part: 30 %, to: [CN, RU], least: 60 %}",
         "own.yaml:3: benefits.TIME-FOR-ALL.least: at least 0.6 for each of 2 partners; they sum to"
         " 100 % at most. Lower one of them."),
        ("RU: 30 %", "RUS: 30 %",
         "own.yaml:4: benefits.SEATS.shares.RUS: a benefit for 'RUS', which is no partner; it is"
         " for one of the 2 partners that are declared. Did you mean 'RU'?"),
        ("to: RU/team", "to: everyone",
         "own.yaml:9: benefits.RIGHTS.grants[0].to: a benefit for 'everyone', which is no partner;"
         " it is for anyone, partners, owner or one of the 2 partners that are declared. Declare"
         " it, or correct the id."),
        ("of: [CN]", "of: [XX]",
         "own.yaml:7: benefits.RIGHTS.of[0]: found 'XX', which is no partner; the partners are CN,"
         " RU. Declare it, or correct the id."),
        ("seats: 5, ", "",
         "own.yaml:4: benefits.SEATS: training seats without a number; they are counted. Add"
         " `seats:`."),
        ("seats: 5,", "seats: 5, power: 1 kW,",
         "own.yaml:4: benefits.SEATS.power: 'power' of a rule on training seats; there stands"
         " 'seats'. Remove it."),
        ("by: fixed, ", "",
         "own.yaml:4: benefits.SEATS.shares: shares of a rule by 'equal'; shares are written where"
         " a rule is by 'fixed'. Write `by: fixed`, or remove the shares."),
        ("by: mass", "by: fixed",
         "own.yaml:2: benefits.TIME.by: a rule by 'fixed' without shares; it gives each partner's"
         " share. Add `shares: {CN: 20 %}`."),
        ("by: mass,", "by: mass, embargo: 1 d,",
         "own.yaml:2: benefits.TIME.embargo: 'embargo' of a rule on observation time; 'embargo'"
         " belongs to a rule on data. Remove it."),
        ("    grants: [{to: RU/team, may: [download], from: receipt}, {to: anyone, may: [derive]}]",
         "", "own.yaml:5: benefits.RIGHTS: a rule on data without grants; it says whom it grants"
         " what. Add `grants: [{to: partners, may: [download]}]`."),
        ("benefits:", "entitlements: {CN: {share: 1}}\nbenefits:",
         "own.yaml:3: benefits.TIME: observation time is shared out by a rule, and by"
         " `entitlements`; one of the two says what part of research each partner may claim. Remove"
         " the rule, or the entitlements."),
    ],
)  # fmt: skip
def test_a_fault_in_a_benefit_is_named(
    write: Write, sound: str, spoiled: str, message: str
) -> None:
    assert found(write, own=OWN.replace(sound, spoiled)) == [f"error {message}"]
