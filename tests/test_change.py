"""How a change may move, and when what Omni shows counts as moved or landed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.change import (
    OPEN,
    TRANSITIONS,
    Action,
    Event,
    Status,
    Terms,
    diagram,
    landed,
    moved,
    other_kind,
)
from tests.store.samples import AN_HOUR, EVENING, MORNING, NOON, a_change, a_create

DIAGRAM = """\
pending   ──approve─▶ applying
          ──cancel──▶ cancelled
          ──reject──▶ rejected
          ──expire──▶ expired
applying  ──confirm─▶ applied
          ──fail────▶ failed
          ──outdate─▶ stale
          ──lose────▶ unknown
unknown   ──confirm─▶ applied
          ──fail────▶ failed"""

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
A_DELETE = a_change(action=Action.DELETE, after=None)


def test_the_diagram_shows_every_way_a_change_can_move() -> None:
    assert diagram() == DIAGRAM
    assert len(TRANSITIONS) == len(DIAGRAM.splitlines())


def test_a_change_holds_its_schedule_until_it_is_decided_and_applied() -> None:
    assert {Status.PENDING, Status.APPLYING} == OPEN


def test_nothing_follows_an_end_except_that_an_unknown_outcome_becomes_known() -> None:
    starts = {start for start, _ in TRANSITIONS}

    assert starts == OPEN | {Status.UNKNOWN}
    assert {Status.PENDING, *TRANSITIONS.values()} == set(Status)
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_people_see_the_first_six_digits_of_an_id() -> None:
    assert a_change(id="4f2a9c" + 26 * "0").short_id == "4f2a9c"


@pytest.mark.parametrize(
    "now",
    [
        replace(MORNING, cron="00 10 * * ? *"),
        replace(MORNING, timezone="Europe/London"),
        replace(MORNING, hard_refresh=True),
        replace(MORNING, disabled_at=NIGHT),
        None,
    ],
)
def test_a_schedule_that_differs_from_the_preview_has_moved(now: Terms | None) -> None:
    assert moved(MORNING, now)
    assert moved(now, MORNING)


@pytest.mark.parametrize(
    ("preview", "now"),
    [
        (MORNING, MORNING),
        (MORNING, replace(MORNING, description="At 09:00 AM EDT")),
        (
            replace(MORNING, disabled_at=NIGHT),
            replace(MORNING, disabled_at=NIGHT.replace(hour=22)),
        ),
        (None, None),
    ],
    ids=["the same", "another season's zone name", "disabled at another moment", "none yet"],
)
def test_a_schedule_that_does_what_the_preview_showed_has_not_moved(
    preview: Terms | None, now: Terms | None
) -> None:
    assert not moved(preview, now)


@pytest.mark.parametrize("hard", [None, True, False])
def test_a_change_landed_where_the_rest_was_carried_over(hard: bool | None) -> None:  # noqa: FBT001 - a table's column
    change = a_change(before=replace(MORNING, hard_refresh=hard))

    assert landed(change, replace(EVENING, hard_refresh=hard, description="At 06:00 PM GMT"))
    assert landed(change, replace(EVENING, hard_refresh=not hard)) is (hard is None)


@pytest.mark.parametrize(
    "now",
    [MORNING, replace(EVENING, cron="00 19 ? * * *"), replace(EVENING, timezone="UTC"), None],
)
def test_a_change_did_not_land_where_omni_shows_anything_else(now: Terms | None) -> None:
    assert not landed(a_change(), now)


def test_a_create_landed_with_the_refresh_that_was_asked_for() -> None:
    change = a_create(after=replace(EVENING, hard_refresh=True))

    assert landed(change, replace(EVENING, hard_refresh=True))
    assert not landed(change, replace(EVENING, hard_refresh=False))
    assert not landed(change, None)


def test_a_change_landed_where_omni_writes_the_same_times_another_way() -> None:
    assert landed(a_change(), replace(EVENING, cron="0 18 ? * * *"))
    assert not landed(a_change(), replace(EVENING, cron="rate(1 hour)"))


def test_a_delete_landed_when_the_schedule_is_gone() -> None:
    assert landed(A_DELETE, None)
    assert not landed(A_DELETE, MORNING)


@pytest.mark.parametrize(
    "terms",
    [
        EVENING,
        MORNING,
        replace(EVENING, hard_refresh=False),
        replace(EVENING, hard_refresh=True, disabled_at=NIGHT.replace(microsecond=123_456)),
    ],
)
def test_terms_come_back_from_json_as_they_were(terms: Terms) -> None:
    assert Terms.from_json(terms.to_json()) == terms


def test_kinds_of_refresh_differ_only_where_omni_tells_both() -> None:
    hard, soft, untold = (replace(EVENING, hard_refresh=kind) for kind in (True, False, None))
    assert other_kind(hard, soft)
    assert not other_kind(soft, soft)
    assert not other_kind(hard, untold)
    assert not other_kind(untold, soft)


@pytest.mark.parametrize(("reminders", "hours"), [(0, 4), (1, 6), (2, 7)])
def test_each_reminder_comes_with_half_of_the_time_that_was_left(
    reminders: int, hours: int
) -> None:
    change = a_change(reminders=reminders)
    assert change.next_reminder == NOON + hours * AN_HOUR
