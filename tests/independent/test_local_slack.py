"""A Slack that others wrote, and the bot: the same story over HTTP and over Socket Mode.

What local-slack 0.1.8 cannot do is left to our own stand-in: it asks no menu for its options,
tells the bot nothing about a form before it is submitted, refuses neither blocks nor tokens,
and knows no time limits, retries, guests or user groups.
"""

import pytest

from tests.independent.conftest import Town
from tests.world import COMMAND, DATA_TEAM, FINANCE, SECOND_PERSON

pytestmark = pytest.mark.slow

ASKED = "Change the schema refresh of Production Snowflake?"
RISKY = "Change the schema refresh of Finance Redshift?"


async def test_a_change_is_asked_for_approved_applied_and_told(town: Town) -> None:
    await town.requester.types(COMMAND)
    card = await town.requester.sees(ASKED)
    assert card.only_for == town.requester.id
    await town.requester.clicks(card, "approve")

    result = await town.requester.sees("Omni says: At 06:00 PM")
    assert (result.ts, result.only_for) == (card.ts, card.only_for)  # it took the card's place
    assert [*result.buttons] == ["undo"]
    told = await town.approver.sees("Production Snowflake changed")
    assert told.channel == DATA_TEAM
    details = await town.approver.sees("Production Snowflake changed", thread=True)
    assert details.thread_ts == told.ts
    assert town.writes == ["PUT"]


async def test_what_cannot_be_read_is_answered_in_the_answer_to_slack(town: Town) -> None:
    await town.requester.types(COMMAND.replace("18", "25"))
    answer = await town.requester.sees("`25`")
    assert answer.only_for == town.requester.id
    assert town.writes == []


async def test_what_somebody_else_has_to_approve_waits_for_them(town: Town) -> None:
    await town.requester.types(SECOND_PERSON)
    card = await town.approver.sees(RISKY)
    assert card.channel == DATA_TEAM
    await town.requester.clicks(card, "approve")
    refusal = await town.requester.sees("another person has to approve it")
    assert refusal.only_for == town.requester.id
    assert town.writes == []

    await town.approver.clicks(card, "approve")
    told = await town.approver.sees("Finance Redshift changed", channel=FINANCE)
    assert told.only_for is None
    result = await town.requester.sees("Omni says")
    assert result.ts == card.ts
    assert town.writes == ["PUT"]


async def test_a_form_says_what_is_wrong_in_its_field_and_then_leads_to_a_new_card(
    town: Town,
) -> None:
    await town.requester.types(COMMAND)
    card = await town.requester.sees(ASKED)
    await town.requester.clicks(card, "edit")
    form = await town.requester.sees_modal("Edit the change")
    await town.requester.submits(form, when="0 25 ? * * *")
    assert "25" in await town.requester.sees_error("when")
    await town.requester.submits(form, when="0 7 ? * * *")
    edited = await town.requester.sees("At 07:00 AM")
    assert "approve" in edited.buttons
    assert town.writes == []


async def test_app_home_shows_what_waits_and_follows_the_decision(town: Town) -> None:
    await town.requester.types(SECOND_PERSON)
    card = await town.approver.sees(RISKY)
    await town.approver.opens_home()
    await town.approver.sees_home(RISKY.removesuffix("?"))
    await town.approver.clicks(card, "approve")
    await town.approver.sees_home("Nothing waits.")
