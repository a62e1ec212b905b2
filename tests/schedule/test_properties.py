"""What holds for every expression."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.schedule import Cron, Schedule, iter_runs, load, next_runs, parse_zone
from bot.told import cautions, load_in_words
from tests.schedule.expressions import Expression, expressions, near_clock_changes

WINDOW = timedelta(days=3)
MINUTE = timedelta(minutes=1)


def scanned(expression: Expression, schedule: Schedule, after: datetime) -> list[datetime]:
    """Look at each minute of a window; the second pass of a repeated hour has fold 1."""
    first = after.replace(second=0) + MINUTE
    instants = (first + number * MINUTE for number in range(WINDOW // MINUTE))
    walls = (instant.astimezone(schedule.zone) for instant in instants)
    return [wall for wall in walls if wall.fold == 0 and expression.names(wall)]


@settings(deadline=None)
@given(expressions(), near_clock_changes())
def test_runs_are_those_of_a_scan_of_every_minute(
    expression: Expression, place: tuple[str, datetime]
) -> None:
    zone, after = place
    schedule = Schedule.parse(expression.text, zone)
    end = after.replace(second=0) + WINDOW
    found = list(takewhile(lambda run: run <= end, iter_runs(schedule, after)))
    assert found == scanned(expression, schedule, after)


@given(expressions(at_noon=True), st.dates(date(1970, 1, 1), date(2199, 1, 1)))
def test_days_are_those_of_a_scan_of_every_day(expression: Expression, first: date) -> None:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    noons = [start + timedelta(days=number, hours=12) for number in range(100)]
    runs = iter_runs(Schedule.parse(expression.text, "UTC"), start)
    found = list(takewhile(lambda run: run <= noons[-1], runs))
    assert found == [noon for noon in noons if expression.names(noon)]


@given(expressions(), near_clock_changes())
def test_runs_strictly_increase(expression: Expression, place: tuple[str, datetime]) -> None:
    zone, after = place
    runs = next_runs(Schedule.parse(expression.text, zone), after, 50)
    instants = [after, *(run.astimezone(UTC) for run in runs)]
    assert all(earlier < later for earlier, later in pairwise(instants))


@given(expressions())
def test_a_normalized_text_reads_as_the_same_value(expression: Expression) -> None:
    cron = Cron.parse(expression.text)
    assert str(cron) == " ".join(expression.text.upper().split())
    assert Cron.parse(str(cron)) == cron


@given(expressions(), near_clock_changes())
def test_load_and_cautions_have_words_for_every_schedule(
    expression: Expression, place: tuple[str, datetime]
) -> None:
    zone, now = place
    schedule = Schedule.parse(expression.text, zone)
    assert load_in_words(load(schedule, now))
    assert all(caution.message.endswith(".") for caution in cautions(schedule, now))


@given(st.data())
def test_no_gap_is_shorter_than_the_shortest(data: st.DataObject) -> None:
    schedule = Schedule(Cron.parse(data.draw(expressions()).text), parse_zone("UTC"))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    measured = load(schedule, now)
    runs = next_runs(schedule, now, 100)
    gaps = [later - run for run, later in pairwise(runs)]
    for gap in gaps:
        assert measured.shortest_gap is not None
        assert measured.shortest_gap <= gap
