"""Where somebody else decides: a card in the channel, and everybody held to their part."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.change import Change, Event, Place
from bot.deciders import MOST_ASKED
from bot.playground.omni import Fault
from bot.playground.slack import Message, Person
from bot.policy import Actor
from bot.slack.people import People
from bot.slack.teller import SlackTeller
from bot.store import Announcement
from bot.telling import TryLater
from tests.databases import Database
from tests.world import (
    COMMAND,
    DATA_TEAM,
    FINANCE,
    GENERAL,
    SCHEDULE,
    SECOND_PERSON,
    World,
    bot_in,
    is_card,
    surroundings,
    world_on,
)

EVERYBODY_DECIDES = "[defaults]\nsecond_person = true\n"
TWO_DECIDE = """
[defaults]
second_person = true
approvers = ["U0APPROVER", "U0ADMIN"]
"""
GROUP_DECIDES = f'{EVERYBODY_DECIDES}approvers = ["S0PLATFORM"]\n'


async def asked(world: World, command: str = SECOND_PERSON) -> Message:
    """Let Robin propose what somebody else has to approve; return the card as Ada sees it."""
    await world.requester.types(command)
    return await world.approver.sees_message(is_card)


def is_moved_card(message: Message) -> bool:
    """Say whether a card shows a schedule that was edited in Omni as it is now."""
    return is_card(message) and "`30 6 * * ? *`" in message.words


def is_edited_card(message: Message) -> bool:
    """Say whether a card shows what the requester edits it to."""
    return is_card(message) and "`0 20 ? * * *`" in message.words


def joins(world: World, person: Person) -> Person:
    """Let somebody into the data team's channel."""
    channel = world.slack.workspace.channels[DATA_TEAM]
    world.slack.add_channel(channel.id, channel.name, members=(*channel.members, person.id))
    return person


async def edited(world: World, card: Message, values: dict[str, str]) -> None:
    """Let Robin edit what waits."""
    await world.requester.clicks(card, "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, values)


async def refused(world: World, person: Person, card: Message, which: str, words: str) -> None:
    """Click, and read the refusal, which nobody else sees."""
    await person.clicks(card, which)
    refusal = await person.sees_message(words)
    assert refusal.only_for == person.id
    assert not world.writes


async def rules_on_record(world: World) -> list[tuple[str, str]]:
    """Return who was refused by which rule."""
    (change,) = await world.history()
    trail = await world.trail(change)
    found = [one for one in trail if one.event.startswith("refused-")]
    return [(one.actor, (one.detail or {})["rule"]) for one in found]


async def test_the_card_stands_in_the_channel_and_names_who_decides(world: World) -> None:
    card = await asked(world)
    assert not card.ephemeral
    assert card.channel == DATA_TEAM
    assert "Decides  <@U0APPROVER> or <@U0ADMIN>" in card.words
    assert [each.action_id for each in card.buttons] == ["approve", "reject", "edit", "cancel"]


async def test_what_a_screen_reader_says_of_a_card_is_enough_to_decide(world: World) -> None:
    await world.requester.types('/omni-schedule "Finance Redshift" "0 20 30 2 ? *"')
    card = await world.approver.sees_message(is_card)
    for fact in (
        "Soft refresh: only adds what is new in the database.",
        "Would never run (before: once a month).",
        "Tells <#C0DATATEAM> and <#C0FINANCE>.",
        "Warning  Omni has disabled this schedule",
        "Warning  Never runs: no month that it names has such a day.",
        "Decides  <@U0APPROVER> or <@U0ADMIN>",
    ):
        assert fact in card.words
        assert fact in card.text
    assert card.text.endswith("Decides  <@U0APPROVER> or <@U0ADMIN>.")


async def test_another_person_approves_and_both_are_named(world: World) -> None:
    card = await asked(world)
    await world.approver.clicks(card, "approve")
    result = await world.requester.sees_message("Omni says: ", channel=DATA_TEAM)
    told = await world.admin.sees_message("Finance Redshift changed", channel=FINANCE)
    await world.stop()
    assert world.writes == ["PUT"]
    assert result.id == card.id
    for message in (result, told):
        assert "Asked by <@U0REQUESTER>" in message.words
        assert "approved by <@U0APPROVER>" in message.words
    assert len(world.told(DATA_TEAM)) == 1  # the card itself tells its channel
    assert len(world.told(FINANCE)) == 1


async def test_what_became_of_a_lost_outcome_is_told_below_the_card_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.applying.SETTLE", (0.0,))
    card = await asked(world)
    world.omni.faults.switch_on(Fault.NOT_HELD)
    await world.approver.clicks(card, "approve")
    unknown = await world.approver.sees_message(
        lambda m: m.id == card.id and "Outcome unknown" in m.words, within=10
    )
    world.omni.faults.clear()
    (change,) = await world.history()
    assert change.schedule_id is not None
    standing = world.omni.data.schedule(change.schedule_id)
    assert standing is not None
    world.omni.data.put(replace(standing, cron="0 20 L * ? *"))  # it comes after all
    await world.approver.clicks(unknown, "recheck")
    await world.requester.sees_message(lambda m: m.id == card.id and "Omni says: " in m.words)
    await world.stop()
    below = [m.text for m in world.requester.sees(DATA_TEAM) if m.thread_ts == card.ts != m.ts]
    told = ("Outcome unknown", "Schema refresh of Finance Redshift changed")
    assert [text.startswith(words) for text, words in zip(below, told, strict=True)] == [True, True]


async def test_the_requester_cannot_approve_even_as_an_admin(world: World) -> None:
    await world.admin.types(SECOND_PERSON)
    card = await world.admin.sees_message(is_card)
    await refused(world, world.admin, card, "approve", "another person has to approve it")
    assert await rules_on_record(world) == [("U0ADMIN", "second-person")]


async def test_who_is_no_approver_is_told_who_is(world: World) -> None:
    card = await asked(world)
    other = joins(world, world.slack.add_person("U0OTHER", "Oli"))
    await refused(world, other, card, "approve", "decided by <@U0APPROVER> or <@U0ADMIN> only")
    await refused(world, other, card, "cancel", "Only <@U0REQUESTER>, who asked for this change")
    assert await rules_on_record(world) == [("U0OTHER", "approvers"), ("U0OTHER", "requester")]


async def test_guests_can_touch_no_button(world: World) -> None:
    joins(world, world.guest)
    card = await asked(world)
    await refused(world, world.guest, card, "approve", "Guests cannot use this bot.")
    assert await rules_on_record(world) == [("U0GUEST", "full-members")]


async def test_who_was_just_made_a_guest_decides_nothing_any_more(world: World) -> None:
    card = await asked(world)
    await world.approver.clicks(card, "reject")  # by which the bot knows who Ada is
    form = await world.approver.sees_modal("Finance Redshift")
    ada = world.slack.add_person("U0APPROVER", "Ada", role="guest")
    await refused(world, ada, card, "approve", "Guests cannot use this bot.")
    await ada.submits(form, {"reason": "One more time"})
    await world.stop()
    assert await rules_on_record(world) == 2 * [("U0APPROVER", "full-members")]
    assert len([one for one in world.slack.requests if one.method == "users.info"]) == 4


async def test_where_slack_does_not_say_it_once_more_nothing_is_decided(world: World) -> None:
    card = await asked(world)
    await world.approver.opens_home()
    await world.approver.sees_home("Finance Redshift")
    world.slack.faults.fail_next("users.info", "internal_error")
    await refused(world, world.approver, card, "approve", "Slack did not tell this bot who you are")
    await world.approver.clicks(card, "approve")
    assert await world.requester.sees_message("Omni says: ", channel=DATA_TEAM)


async def test_strangers_of_another_workspace_can_touch_no_button(world: World) -> None:
    stranger = joins(world, world.slack.add_person("U0STRANGER", "Stef", role="stranger"))
    card = await asked(world)
    await refused(world, stranger, card, "approve", "Only members of the bot's own workspace")
    assert await rules_on_record(world) == [("U0STRANGER", "own-workspace")]


@pytest.mark.parametrize(
    ("profile", "team"),
    [
        ({"team_id": "T0OWN"}, "T0OTHER"),
        ({"team_id": "T0OTHER"}, "T0OWN"),
        ({"team_id": "T0OWN", "is_stranger": True}, "T0OWN"),
    ],
    ids=["the click", "the profile", "Slack's word for it"],
)
async def test_each_sign_of_another_workspace_is_enough(
    monkeypatch: pytest.MonkeyPatch, profile: dict[str, object], team: str
) -> None:
    async def told(**_: str) -> dict[str, object]:
        return {"user": profile}

    client = AsyncWebClient()
    monkeypatch.setattr(client, "users_info", told)
    assert (await People(client, "T0OWN").actor("U0ANY", team)).is_stranger


async def test_guests_cannot_ask(world: World) -> None:
    await world.guest.types(COMMAND, channel=GENERAL)
    refusal = await world.guest.sees_message("Guests cannot use this bot.")
    assert refusal.only_for == world.guest.id
    assert await world.history() == ()


async def test_a_rejection_tells_the_reason(world: World) -> None:
    card = await asked(world)
    await world.approver.clicks(card, "reject")
    form = await world.approver.sees_modal("Finance Redshift")
    await world.approver.submits(form, {"reason": "Month-end is running"})
    result = await world.requester.sees_message("Reason: Month-end is running")
    await world.stop()
    assert result.id == card.id
    assert "rejected by <@U0APPROVER>" in result.words
    assert not result.buttons
    assert not world.writes
    assert not world.told(FINANCE)


async def test_the_requester_may_take_it_back(world: World) -> None:
    card = await asked(world)
    await world.requester.clicks(card, "cancel")
    result = await world.approver.sees_message("Nothing was changed.")
    assert result.id == card.id
    assert "cancelled by <@U0REQUESTER>" in result.words


async def test_when_its_time_is_over_the_card_says_so_and_leads_on(world: World) -> None:
    card = await asked(world)
    (change,) = await world.history()
    world.clock.ahead = change.expires_at - change.created_at
    await world.approver.clicks(card, "approve")
    await world.approver.sees_message("it has expired")
    await world.bot.workflow.remind_due()
    await world.bot.workflow.expire_due()
    result = await world.requester.sees_message("Nobody decided in time")
    await world.stop()
    assert result.id == card.id
    assert [button.label for button in result.buttons] == ["Ask again"]
    assert not world.writes


async def test_who_asks_again_asks_for_themselves_and_a_guest_cannot(world: World) -> None:
    joins(world, world.guest)
    card = await asked(world)
    world.clock.ahead = timedelta(hours=9)
    await world.bot.workflow.expire_due()
    expired = await world.approver.sees_message("Nobody decided in time")
    await refused(world, world.guest, expired, "open_form", "Guests cannot use this bot.")
    assert world.guest.modal is None
    for _ in range(2):  # a double click
        await world.approver.clicks(expired, "open_form")
    form = await world.approver.sees_modal("Becomes")
    await world.approver.submits(form, {})
    again = await world.approver.sees_message(lambda m: is_card(m) and m.id != card.id)
    assert f"Asked by <@{world.approver.id}>" in again.words
    assert not world.writes
    everything = world.slack.workspace.messages.values()
    assert not any("Still waiting" in message.words for message in everything)


async def test_where_the_bot_is_no_member_the_card_comes_all_the_same_with_a_hint(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, EVERYBODY_DECIDES) as world:
        both = (world.requester.id, world.approver.id)
        private = world.slack.add_channel(
            "C0PRIVATE", "quiet", members=both, private=True, bot_is_member=False
        )
        await world.requester.types(COMMAND, channel=private.id)
        card = await world.approver.sees_message(is_card, channel=private.id)
        assert not card.ephemeral
        assert "/invite" in card.words
        await world.approver.clicks(card, "approve")
        result = await world.requester.sees_message("Omni says: ", channel=private.id)
        assert result.id == card.id


async def test_what_is_asked_directly_goes_to_the_policys_channel(world: World) -> None:
    await world.slack.people["U0REQUESTER"].opens_home()  # which opens the direct message, too
    await world.requester.types(SECOND_PERSON, channel=world.requester.dm)
    assert await world.approver.sees_message(is_card, channel=DATA_TEAM)
    told = await world.requester.sees_message("waits in", channel=world.requester.dm)
    assert f"<#{DATA_TEAM}>" in told.words


async def test_without_a_channel_each_approver_is_asked_directly(
    sqlite_database: Database,
) -> None:
    policy = f'{EVERYBODY_DECIDES}approvers = ["U0APPROVER", "U0ADMIN", "S0PLATFORM"]\n'
    async with world_on(sqlite_database, policy) as world:
        await world.requester.types(COMMAND, channel=world.requester.dm)
        told = await world.requester.sees_message("asked <@U0APPROVER> and <@U0ADMIN> directly.")
        assert told.only_for == world.requester.id
        assert "I have not asked <!subteam^S0PLATFORM>" in told.words  # Slack has no such group
        card = await world.approver.sees_message(is_card, channel=world.approver.dm)
        other = await world.admin.sees_message(is_card, channel=world.admin.dm)
        await world.approver.clicks(card, "approve")
        for person in (world.requester, world.approver, world.admin):
            result = await person.sees_message("Omni says: ", channel=person.dm)
            assert not is_card(result)
        await world.stop()
        assert world.writes == ["PUT"]
        assert not any(is_card(one) for one in world.admin.sees())
        assert [one.id for one in world.admin.sees() if one.thread_ts is None] == [other.id]


async def test_who_was_asked_directly_is_asked_again_when_it_moved(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, TWO_DECIDE) as world:
        await world.requester.types(COMMAND, channel=world.requester.dm)
        card = await world.approver.sees_message(is_card, channel=world.approver.dm)
        await world.requester.sees_message("I have asked")
        world.omni.data.edit(SCHEDULE)
        await world.approver.clicks(card, "approve")
        for person in (world.approver, world.admin, world.requester):
            fresh = await person.sees_message(is_moved_card, channel=person.dm)
            assert fresh.id != card.id
        await world.stop()
        told = [one for one in world.requester.sees() if "I have asked" in one.words]
        assert len(told) == 2
        assert not any("I have asked" in one.words for one in world.approver.sees())


async def test_an_edit_asks_everybody_who_decides_whoever_was_asked_before(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
    ask, busy = SlackTeller.ask, asyncio.Event()
    asked_of: list[str] = []  # changes: of the first, Slack never takes Sam's card

    async def ask_but_sam(self: SlackTeller, change: Change, person: str) -> Place | None:
        asked_of.append(change.id)
        if person == "U0ADMIN" and change.id == asked_of[0]:
            busy.set()
            raise TryLater
        return await ask(self, change, person)

    monkeypatch.setattr(SlackTeller, "ask", ask_but_sam)
    async with world_on(sqlite_database, TWO_DECIDE) as world:
        await world.requester.types(COMMAND, channel=world.requester.dm)
        card = await world.requester.sees_message(is_card, channel=world.requester.dm)
        before = await world.approver.sees_message(is_card, channel=world.approver.dm)
        await busy.wait()
        await edited(world, card, {"when": "0 20 ? * * *"})
        for person in (world.approver, world.admin):
            await person.sees_message(is_edited_card, channel=person.dm)
        await world.requester.sees_message("I have asked <@U0APPROVER> and <@U0ADMIN> directly.")
        for person, old in ((world.requester, card), (world.approver, before)):
            ended = await person.sees_message("took its place")
            assert ended.id == old.id
        await world.stop()
        told = [one for one in world.requester.sees() if "I have asked" in one.words]
        assert len(told) == 1
        for person in (world.approver, world.admin, world.requester):
            assert sum(map(is_card, person.sees())) == 1


@pytest.mark.parametrize(
    ("channels", "seen_in"), [("", None), (f'channels = ["{FINANCE}"]\n', FINANCE)]
)
async def test_an_edit_after_the_policy_became_strict_asks_those_who_decide_by_now(
    sqlite_database: Database, channels: str, seen_in: str | None
) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground, "") as world:
            world.slack.faults.fail_next("response_url", "used_url")  # so it is a message
            await world.requester.types(COMMAND, channel=world.requester.dm)
            card = await world.requester.sees_message(is_card)
            assert not card.ephemeral
        async with bot_in(playground, TWO_DECIDE + channels) as world:
            await edited(world, card, {"when": "0 20 ? * * *"})
            for person in (world.approver, world.admin):
                await person.sees_message(is_edited_card, channel=seen_in or person.dm)
            ended = await world.requester.sees_message("took its place")
            assert ended.id == card.id


async def test_the_members_of_a_group_are_asked_directly_but_only_who_may_decide(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, GROUP_DECIDES) as world:
        members = ["U0APPROVER", "U0GUEST", "U0REQUESTER"]
        world.slack.add_user_group("S0PLATFORM", "platform", members)
        await world.requester.types(COMMAND, channel=world.requester.dm)
        told = await world.requester.sees_message("I have asked <@U0APPROVER> directly.")
        assert "not asked" not in told.words
        card = await world.approver.sees_message(is_card, channel=world.approver.dm)
        await world.approver.clicks(card, "approve")
        await world.approver.sees_message("Omni says: ")
        await world.stop()
        assert not world.guest.sees(world.guest.dm)


async def test_nobody_is_refused_as_no_member_of_a_group_that_slack_does_not_tell_just_now(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, GROUP_DECIDES) as world:
        world.slack.add_user_group("S0PLATFORM", "platform", ["U0APPROVER"])
        world.slack.faults.fail_next("usergroups.users.list", "internal_error")
        await world.approver.types(COMMAND, channel=world.approver.dm)
        assert await world.approver.sees_message("Slack did not tell this bot who you are")
        world.slack.faults.fail_next("usergroups.users.list", "missing_scope")  # which lasts
        await world.requester.types(COMMAND, channel=world.requester.dm)
        assert await world.requester.sees_message("I have asked <@U0APPROVER> directly.")


async def test_a_large_group_is_left_to_the_requester_to_tell(sqlite_database: Database) -> None:
    async with world_on(sqlite_database, GROUP_DECIDES) as world:
        many = [f"U0MEMBER{number:02}" for number in range(MOST_ASKED + 1)]
        for one in many:
            world.slack.add_person(one, one)
        world.slack.add_user_group("S0PLATFORM", "platform", many)
        await world.requester.types(COMMAND, channel=world.requester.dm)
        told = await world.requester.sees_message("I have not asked <!subteam^S0PLATFORM>")
        assert "I have asked" not in told.words
        await world.stop()
        assert not any(world.slack.people[one].sees() for one in many)


async def test_an_edit_changes_the_card_and_warns_in_its_thread(world: World) -> None:
    card = await asked(world)
    await edited(world, card, {"when": "0 21 L * ? *"})
    warning = await world.approver.sees_message("has edited this change")
    assert warning.thread_ts == card.ts
    now = await world.approver.sees_message(is_card)
    assert now.id == card.id
    assert "`0 21 L * ? *`" in now.words
    was, becomes = warning.words.split("It is now: ")
    assert "It was: At 08:00 PM, on the last day of the month  0 20 L * ? *  America/Chicago" in was
    assert becomes.startswith("At 09:00 PM, on the last day of the month  0 21 L * ? *")


async def edited_and_held_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> tuple[Message, asyncio.Event]:
    """Propose and edit; the card shows that only once an event is set, later ones at once.

    What Slack limits is sent again after up to a minute, as it was.
    """
    held, free, update = asyncio.Event(), asyncio.Event(), SlackTeller._update

    async def late(*args: Any) -> bool:
        if not held.is_set():
            held.set()
            await free.wait()
        return await update(*args)

    card = await asked(world)
    monkeypatch.setattr(SlackTeller, "_update", late)
    await edited(world, card, {"when": "0 21 L * ? *"})
    await held.wait()
    return card, free


async def test_a_card_that_slack_brings_up_to_date_late_says_how_its_change_ended_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, free = await edited_and_held_back(world, monkeypatch)
    newer, _ = await world.history()
    ada = Actor(world.approver.id, tz="Europe/London")
    await world.bot.workflow.decide(newer.id, Event.APPROVE, ada, surface="home")
    await world.approver.sees_message(lambda m: m.id == card.id and "Omni says: " in m.words)
    free.set()
    await world.stop()
    (now,) = [message for message in world.told(DATA_TEAM) if message.id == card.id]
    assert "Omni says: " in now.words
    assert not is_card(now)


async def test_of_two_edits_the_later_one_stands_on_the_card_whatever_slack_takes_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, free = await edited_and_held_back(world, monkeypatch)
    await world.requester.types('/omni-schedule "Finance Redshift" "0 23 L * ? *"')
    own = await world.requester.sees_message("You already asked to change this schedule")
    await world.requester.clicks(own, "replace")
    await world.approver.sees_message(lambda m: m.id == card.id and "`0 23 L * ? *`" in m.words)
    free.set()
    await world.stop()
    (now,) = [message for message in world.told(DATA_TEAM) if message.id == card.id]
    assert is_card(now)
    assert "`0 23 L * ? *`" in now.words


async def test_an_edit_of_the_reason_alone_says_that_the_rest_is_the_same(world: World) -> None:
    card = await asked(world)
    await edited(world, card, {"reason": "Month-end moved"})
    assert await world.approver.sees_message("What is to be decided is the same as before.")


async def test_a_click_that_was_meant_for_what_stood_there_before_an_edit_decides_nothing(
    world: World,
) -> None:
    card = await asked(world)
    await edited(world, card, {"when": "0 21 L * ? *"})
    await world.approver.sees_message("has edited this change")
    await world.approver.clicks(card, "approve", late=True)
    told = await world.approver.sees_message("Nothing was decided: <@U0REQUESTER> has edited this")
    assert told.only_for == world.approver.id
    await world.approver.clicks(card, "reject", late=True)
    await world.stop()
    newer, older = await world.history()
    assert (newer.status, older.status) == ("pending", "cancelled")
    assert newer.short_id in told.words
    assert world.approver.modal is None
    assert not world.writes


async def test_reject_asks_nobody_for_a_reason_who_may_not_reject(world: World) -> None:
    card = await asked(world)
    other = joins(world, world.slack.add_person("U0OTHER", "Oli"))
    await refused(world, other, card, "reject", "decided by <@U0APPROVER> or <@U0ADMIN> only")
    assert other.modal is None


async def test_reject_on_an_old_copy_of_a_card_says_how_it_ended(world: World) -> None:
    card = await asked(world)
    world.slack.faults.fail_next("chat.update", "message_not_found")
    await world.requester.opens_home()
    await world.requester.clicks(await world.requester.sees_home("Page 1"), "cancel")
    await world.requester.sees_home("Nothing waits.")
    await world.approver.clicks(card, "reject")
    assert await world.approver.sees_message("Too late: <@U0REQUESTER> has cancelled it")
    assert world.approver.modal is None


async def test_a_card_that_is_gone_does_not_take_the_result_with_it(world: World) -> None:
    card = await asked(world)
    world.slack.faults.fail_next("chat.update", "message_not_found")
    world.slack.faults.fail_next("chat.update", "message_not_found")
    await world.approver.clicks(card, "approve")
    assert await world.approver.sees_message("Omni says: ")


@pytest.mark.slow
async def test_a_card_that_slack_confirms_late_costs_no_channel_its_story(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
    ask, below = SlackTeller.ask, SlackTeller.below
    everybody_asked, confirmed, stuck = asyncio.Event(), asyncio.Event(), asyncio.Event()
    asked: list[str] = []

    async def ask_slowly(self: SlackTeller, change: Change, person: str) -> Place | None:
        card = await ask(self, change, person)
        asked.append(person)
        if len(asked) == 2:
            everybody_asked.set()
            await confirmed.wait()
        return card

    async def refuse(self: SlackTeller, change: Change, told: Announcement) -> Announcement:
        if told.channel != DATA_TEAM:
            return await below(self, change, told)
        stuck.set()
        raise TryLater

    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground, TWO_DECIDE) as world:
            await world.requester.types("/omni-schedule subscribe snowflake")
            await world.requester.sees_message("Production Snowflake")
            monkeypatch.setattr(SlackTeller, "ask", ask_slowly)
            await world.requester.types(COMMAND, channel=world.requester.dm)
            await asyncio.wait_for(everybody_asked.wait(), 10)
            monkeypatch.setattr(SlackTeller, "below", refuse)
            decides = world.slack.people[asked[0]]
            await decides.clicks(await decides.sees_message(is_card), "approve")
            await asyncio.wait_for(stuck.wait(), 10)
            confirmed.set()
            for person in asked:
                await world.slack.people[person].sees_message("Snowflake changed", within=10)
            await world.stop()
        monkeypatch.setattr(SlackTeller, "below", below)
        async with bot_in(playground, TWO_DECIDE) as world:
            told = await world.admin.sees_message("Omni says: ", channel=DATA_TEAM, within=10)
            assert told.thread_ts is not None


REQUESTERS_DECIDE = f'{EVERYBODY_DECIDES}requesters = ["U0REQUESTER", "U0ADMIN"]\n'


async def test_with_no_approvers_those_who_may_ask_are_named_and_decide(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, REQUESTERS_DECIDE) as world:
        card = await asked(world, COMMAND)
        assert "Decides  <@U0ADMIN>" in card.words
        await refused(world, world.approver, card, "approve", "can be asked for by")
        await world.approver.opens_home()
        assert await world.approver.sees_home("for <@U0ADMIN> to decide")


async def test_outside_of_any_channel_those_who_may_ask_are_asked_to_decide(
    sqlite_database: Database,
) -> None:
    async with world_on(sqlite_database, REQUESTERS_DECIDE) as world:
        await world.requester.types(COMMAND, channel=world.requester.dm)
        assert await world.requester.sees_message("I have asked <@U0ADMIN> directly")
        assert await world.admin.sees_message(is_card)


async def test_who_decides_where_nobody_is_named_is_told_the_same_everywhere(
    sqlite_database: Database,
) -> None:
    able = "any full member of the workspace but the requester"
    async with world_on(sqlite_database, EVERYBODY_DECIDES) as world:
        card = await asked(world, COMMAND)
        assert f"Decides  {able}" in card.words
        await world.requester.clicks(card, "approve")
        assert await world.requester.sees_message(f"an approver: {able}.")
        await world.requester.opens_home()
        assert await world.requester.sees_home(f"for {able} to decide")


async def test_an_approver_who_asks_is_not_named_to_decide(sqlite_database: Database) -> None:
    policy = f'{EVERYBODY_DECIDES}approvers = ["U0REQUESTER", "U0ADMIN"]\n'
    async with world_on(sqlite_database, policy) as world:
        card = await asked(world, COMMAND)
        assert "Decides  <@U0ADMIN>" in card.words
        await world.approver.opens_home()
        assert await world.approver.sees_home("for <@U0ADMIN> to decide")


async def test_who_asks_for_what_nobody_can_decide_reads_so_on_the_card(
    sqlite_database: Database,
) -> None:
    policy = f'{EVERYBODY_DECIDES}approvers = ["U0REQUESTER"]\n'
    async with world_on(sqlite_database, policy) as world:
        card = await world.proposes()
        assert "Decides  nobody yet." in card.words
        await world.requester.opens_home()
        assert await world.requester.sees_home("the policy names nobody else to decide")


async def test_home_tells_who_decides_as_the_policy_is_now(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground, "") as world:
            await world.proposes()
        async with bot_in(playground, EVERYBODY_DECIDES) as world:
            await world.requester.opens_home()
            assert await world.requester.sees_home(
                "for any full member of the workspace but the requester to decide"
            )
