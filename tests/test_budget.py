"""Omni's 60 requests a minute: who goes first, what people are told, and that nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import SharedBudget, budget_in
from bot.database import connect
from bot.omni import Ledger, Line, MemoryBudget, RateLimited, in_line
from bot.omni.budget import WINDOW, Turns
from bot.omni.wire import LONGEST_WAIT
from bot.playground.omni import Fault, Requests
from bot.playground.slack import Message, Person
from bot.slack import answers
from tests.databases import Database, Postgres
from tests.test_create_and_delete import DELETE
from tests.world import COMMAND, DATA_TEAM, SCHEDULE, World, is_card

# -- the ledger -----------------------------------------------------------------------------


def spent(*moments: float) -> Ledger:
    return Ledger(moments)


@pytest.mark.parametrize(
    ("ledger", "line", "count", "wait"),
    [
        (spent(), Line.BACKGROUND, 1, 0),
        (spent(*[0.0] * 34), Line.BACKGROUND, 1, 0),
        (spent(*[0.0] * 35), Line.BACKGROUND, 1, WINDOW - 30),
        (spent(*[0.0] * 35), Line.PEOPLE, 1, 0),
        (spent(*[0.0] * 50), Line.PEOPLE, 1, WINDOW - 30),
        (spent(*[0.0] * 57), Line.DECIDED, 3, 0),
        (spent(*[0.0] * 58), Line.DECIDED, 3, WINDOW - 30),
        (spent(0.0, *[10.0] * 59), Line.DECIDED, 1, WINDOW - 30),
        (spent(0.0, *[10.0] * 59), Line.DECIDED, 2, WINDOW - 20),
        (spent(*[30.0 - WINDOW] * 60), Line.BACKGROUND, 1, 0),  # a minute ago
        (spent(*[5000.0] * 60), Line.BACKGROUND, 1, 0),  # before the clock was set back
    ],
)
def test_each_line_waits_until_enough_of_the_minute_is_free_for_it(
    ledger: Ledger, line: Line, count: int, wait: float
) -> None:
    assert ledger.wait(line, count, 30.0) == pytest.approx(wait)


def test_nobody_sends_before_the_time_that_omni_named() -> None:
    closed = spent().close(20, 30.0)
    assert closed.wait(Line.DECIDED, 1, 30.0) == 20
    assert closed.close(5, 30.0).wait(Line.DECIDED, 1, 30.0) == 20
    assert closed.wait(Line.DECIDED, 1, 50.0) == 0


def test_a_clock_that_is_set_back_does_not_keep_omni_closed() -> None:
    yesterday = 30.0 - 86_400
    closed = spent().close(60, 30.0)
    assert closed.wait(Line.DECIDED, 1, yesterday) == 0
    assert closed.close(20, yesterday).wait(Line.DECIDED, 1, yesterday) == 20
    longest = spent().close(LONGEST_WAIT, 30.0)
    assert longest.wait(Line.DECIDED, 1, 30.0) == LONGEST_WAIT


@given(st.lists(st.tuples(st.sampled_from(Line), st.integers(1, 3), st.floats(0, 20))))
def test_no_minute_ever_holds_more_than_sixty(asks: list[tuple[Line, int, float]]) -> None:
    ledger, now, sent = Ledger(), 0.0, []
    for line, count, later in asks * 3:
        now += later + ledger.wait(line, count, now + later)
        ledger = ledger.spend(count, now)
        sent += [now] * count
    for end in sent:
        assert sum(end - 60 < at <= end for at in sent) <= 60


# -- turns ----------------------------------------------------------------------------------


async def test_what_nobody_waits_for_leaves_the_rest_of_the_minute_to_people() -> None:
    turns = Turns(MemoryBudget())
    with in_line(Line.BACKGROUND):
        for _ in range(35):
            await turns.one()
        with pytest.raises(RateLimited) as refused:
            await turns.one()
    assert "Try again in 61 s." in str(refused.value)
    for _ in range(15):
        await turns.one()


async def test_booked_turns_wait_for_nobody() -> None:
    turns = Turns(MemoryBudget())
    with in_line(Line.DECIDED):
        await turns.book(3)
        for _ in range(57):
            await turns.budget.take(Line.DECIDED, 1)
        for _ in range(3):
            await turns.one()
        with pytest.raises(RateLimited):
            await turns.one()


async def test_turns_that_are_booked_already_are_not_booked_again() -> None:
    turns = Turns(MemoryBudget())
    with in_line(Line.DECIDED):
        await turns.book(3)
        await turns.one()
        await turns.book(2)
        await turns.book(3)  # one more
        assert await turns.budget.take(Line.DECIDED, 56) == 0


async def test_whoever_came_first_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.omni.budget.WINDOW", 0.2)
    turns, order = Turns(MemoryBudget()), []

    async def ask(number: int) -> None:
        await turns.one()
        order.append(number)

    await asyncio.gather(*(ask(number) for number in range(120)))
    assert order == list(range(120))


# -- several processes ----------------------------------------------------------------------


@asynccontextmanager
async def budgets_on(database: Database, processes: int) -> AsyncIterator[list[SharedBudget]]:
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(processes):
            engine = connect(database.async_url)
            stack.push_async_callback(engine.dispose)
            budget = budget_in(engine)
            assert isinstance(budget, SharedBudget)
            made.append(budget)
        yield made


@pytest.fixture
def on_postgres(postgres: Postgres, migrated_postgres: str) -> Iterator[Database]:
    with postgres.database(like=migrated_postgres) as database:
        yield database


async def test_four_processes_send_sixty_a_minute_together(on_postgres: Database) -> None:
    async with budgets_on(on_postgres, 4) as budgets:
        asks = (budget.take(Line.DECIDED, 1) for budget in budgets for _ in range(25))
        waits = await asyncio.gather(*asks)
    assert waits.count(0) == 60
    assert all(50 < wait <= WINDOW for wait in waits if wait)


async def test_what_omni_tells_one_process_holds_for_all(on_postgres: Database) -> None:
    async with budgets_on(on_postgres, 2) as (one, other):
        await one.close(30)
        assert 25 < await other.take(Line.DECIDED, 1) <= 30


# -- through the front door -----------------------------------------------------------------


async def approved(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.RATE_LIMITED, requests=Requests.READS, times=3, seconds=1)
    await world.requester.clicks(card, "approve")


@pytest.mark.slow
async def test_an_approved_change_outlasts_a_rate_limit_and_its_card_says_so(world: World) -> None:
    await approved(world)
    waiting = await world.requester.sees_message("Your change follows at ", within=10)
    assert "Omni allows 60 requests a minute, and they are used up." in waiting.words
    await world.requester.sees_message("Omni says: ", within=10)
    assert world.writes == ["PUT"]
    assert world.schedule.cron == "00 18 ? * * *"


@pytest.mark.slow
async def test_reading_back_outlasts_a_rate_limit(world: World) -> None:
    await world.is_writing(seconds=0.5)
    world.omni.faults.switch_on(Fault.RATE_LIMITED, requests=Requests.READS, times=2, seconds=1)
    await world.requester.sees_message("Omni says: ", within=15)
    assert world.writes == ["PUT"]


async def test_a_write_that_omni_counts_as_too_many_ends_with_the_next_step(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.RATE_LIMITED, requests=Requests.WRITES)
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Nothing was changed. ")
    assert "about 60 requests a minute" in result.words
    assert "Try again in a minute." in result.words
    assert world.writes == ["PUT"]


@pytest.mark.parametrize("command", [COMMAND, DELETE], ids=["set", "delete"])
async def test_nothing_waits_between_a_write_and_its_reading_back(
    world: World, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await world.proposes(command)
    take = MemoryBudget.take

    async def until_it_is_written(self: MemoryBudget, line: Line, count: int) -> float:
        return 60.0 if world.writes else await take(self, line, count)

    monkeypatch.setattr(MemoryBudget, "take", until_it_is_written)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message(lambda m: m.id == card.id and "undo" in names(m))


@pytest.mark.usefixtures("hasty")
async def test_what_moves_while_a_second_write_waits_for_its_turn_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, edited = MemoryBudget.take, ""

    async def until_it_was_looked_for(self: MemoryBudget, line: Line, count: int) -> float:
        nonlocal edited
        asked = [entry.method for entry in world.omni.log if SCHEDULE in entry.path]
        if not edited and asked[-4:] == ["PUT", "GET", "GET", "GET"]:
            world.omni.data.edit(SCHEDULE)
            edited = world.schedule.cron
            return 0.1
        return await take(self, line, count)

    card = await world.proposes()
    world.omni.faults.switch_on(Fault.DROPS_REQUEST, requests=Requests.WRITES, times=1)
    monkeypatch.setattr(MemoryBudget, "take", until_it_was_looked_for)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni shows neither the old nor the new.")
    assert world.schedule.cron == edited
    assert world.writes == ["PUT"]


def names(message: Message) -> list[str]:
    return [button.action_id for button in message.buttons]


@pytest.mark.slow
async def test_a_change_whose_turn_never_comes_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.workflow.TURN_LONGEST", 1.5)
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.RATE_LIMITED, requests=Requests.READS, seconds=1)
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Not changed: ", within=15)
    assert "Nothing was sent." in result.words
    assert "about 60 requests a minute" in result.words
    assert world.writes == []


@pytest.mark.slow
async def test_a_write_that_cannot_be_read_back_in_ten_minutes_is_called_unknown(
    world: World,
) -> None:
    await world.is_writing(seconds=0.5)
    world.omni.faults.switch_on(Fault.RATE_LIMITED, requests=Requests.READS, seconds=700)
    result = await world.requester.sees_message("Outcome unknown: ", within=15)
    assert "Omni could not be read after the write." in result.words
    assert world.writes == ["PUT"]


@pytest.mark.slow
async def test_fifty_people_at_once_are_all_answered_and_no_change_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.omni.budget.WINDOW", 2.0)  # so that the test takes no minutes
    crowd = [world.slack.add_person(f"U0CROWD{n:02}", f"Person {n}") for n in range(50)]
    team = world.slack.workspace.channels[DATA_TEAM]
    members = [*team.members, *(person.id for person in crowd)]
    world.slack.add_channel(team.id, team.name, members=members)
    connections = [world.omni.data.add_connection(f"Warehouse {n:02}") for n in range(50)]
    for connection in connections:
        world.omni.data.add_schedule(connection, "0 9 * * ? *", "Europe/London")

    async def changes(number: int, person: Person) -> None:
        typed = await person.types(f'/omni-schedule "Warehouse {number:02}" "0 18 * * ? *"')
        assert typed.seconds < 3
        card = await person.sees_message(is_card, within=40)
        clicked = await person.clicks(card, "approve")
        assert clicked.seconds < 3
        await person.sees_message(is_done, within=60)

    await spend_the_minute(world)
    await asyncio.gather(*(changes(number, person) for number, person in enumerate(crowd)))

    assert world.writes == ["PUT"] * 50
    for connection in connections:
        (schedule,) = world.omni.data.schedules(connection.id)
        assert schedule.cron == "0 18 * * ? *"


@pytest.mark.slow
async def test_a_person_who_waits_for_omni_is_told_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.omni.budget.WINDOW", 5.0)
    await spend_the_minute(world)
    answer = await world.requester.types('/omni-schedule "Production Snowflake" "0 18 * * ? *"')
    assert answer.seconds < 3
    told = await world.requester.sees_message("Omni allows 60 requests a minute, and they are")
    assert "Your answer follows by itself" in told.words
    await world.requester.sees_message(is_card, within=10)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "in 1 second or a little later"), (1.2, "in 2 seconds or")]
)
def test_a_wait_is_told_in_whole_seconds(seconds: float, words: str) -> None:
    assert words in answers.waiting(seconds).text


async def spend_the_minute(world: World) -> None:
    """Leave people no request of this minute, by asking for what is not kept, one by one."""
    seen: set[str] = set()
    while len(world.omni.log) < Line.PEOPLE:
        await world.requester.types('/omni-schedule "Production Snowflake" "00 09 * * ? *"')
        answer = await world.requester.sees_message(
            lambda message: "It is already so" in message.words and message.id not in seen
        )
        seen.add(answer.id)


def is_done(message: Message) -> bool:
    return message.ephemeral and "Omni says: " in message.words
