"""What a form begins with: everything that can be told of a command, right or wrong."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.change import Terms
from bot.slack.drafts import NEW, Draft, Typed
from tests.world import CONNECTION, SCHEDULE


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", Typed()),
        ("set", Typed()),
        ("snowflake", Typed("snowflake")),
        (f"list {CONNECTION}", Typed(CONNECTION)),
        (f"show {CONNECTION} {SCHEDULE}", Typed(CONNECTION, SCHEDULE)),
        (
            f'{CONNECTION} {SCHEDULE} "00 25 ? * * *" Europe/London',
            Typed(CONNECTION, SCHEDULE, "00 25 ? * * *", "Europe/London"),
        ),
        (
            'production snowflake a1b2 "0 18 * * * *"',
            Typed("production snowflake", "a1b2", "0 18 * * * *"),
        ),
        (
            "“Production Snowflake” “0 18 ? * MON-FRI” Europe/London",
            Typed("Production Snowflake", "", "0 18 ? * MON-FRI", "Europe/London"),
        ),
        ("snowflake every weekday at 6", Typed("snowflake", "", "every weekday at 6")),
        ("snowflake 6pm every weekday", Typed("snowflake", "", "6pm every weekday")),
        (
            "“Production Snowflake” a1b2 every day except sunday at 6pm",
            Typed("Production Snowflake", "a1b2", "every day except sunday at 6pm"),
        ),
        ("every day at 6pm", Typed(when="every day at 6pm")),
        ('create snowflake "0 4 * * ? *"', Typed("snowflake", NEW, "0 4 * * ? *")),
        ('create Sales 2024 "0 4 * * ? *"', Typed("Sales 2024", NEW, "0 4 * * ? *")),
        ('snowflake "0 4 * * ? *', Typed("snowflake", "", "0 4 * * ? *")),
        (f'snowflake "0 4 * * ? *" {"z" * 200}', Typed("snowflake", "", "0 4 * * ? *")),
        ("R&amp;D &lt;1&gt;", Typed("R&D <1>")),
    ],
    ids=str,
)
def test_what_was_typed_is_kept_as_far_as_it_can_be_read(typed: str, kept: Typed) -> None:
    assert Typed.of(typed) == kept


@given(st.text(max_size=200))
def test_whatever_is_typed_a_form_can_begin_with_it(typed: str) -> None:
    assert isinstance(Typed.of(typed), Typed)


texts = st.text(max_size=255)
channels = st.none() | st.text(min_size=1)


@given(
    st.builds(Draft, channel=channels, connection=texts, name=texts, zone=texts, turn=st.integers())
)
def test_what_travels_with_a_form_comes_back(draft: Draft) -> None:
    assert Draft.from_metadata(draft.to_metadata()) == draft


def test_what_travels_with_a_form_fits_into_slacks_three_thousand_characters() -> None:
    longest = Draft(
        channel="C" * 20,
        edits="f" * 32,
        connection=CONNECTION,
        name="n" * 255,
        schedule=SCHEDULE,
        now=Terms("0" * 256, "z" * 64, hard_refresh=True, description="d" * 5000),
        zone="z" * 64,
        turn=1000,
        when="w" * 300,
        reason="r" * 300,
    ).failing("p" * 5000)
    assert len(longest.to_metadata()) < 3000


def test_what_was_typed_travels_in_the_fields_alone() -> None:
    draft = Draft(when="every weekday at 6pm", reason="Month end")
    again = Draft.from_metadata(draft.to_metadata())
    assert again == replace(draft, when="", reason="")
    assert again.filled({"when": "every weekday at 6pm", "reason": "Month end"}) == draft
