"""The list that many ask for, when they give up or the bot stops."""

import asyncio
import gc

import pytest

from bot.shared import Shared


class Fetch:
    """A fetch that goes on when the test says so, and fails."""

    def __init__(self) -> None:
        self.begun, self.may_fail, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self) -> str:
        self.begun.set()
        try:
            await self.may_fail.wait()
            raise LookupError
        finally:
            self.ended.set()


async def test_an_error_that_nobody_waits_for_any_more_is_not_reported_as_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fetch = Fetch()
    shared = Shared(fetch, seconds=60)
    asker = asyncio.ensure_future(shared.get(fresh=False))
    await fetch.begun.wait()
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    fetch.may_fail.set()
    await fetch.ended.wait()
    del asker, shared
    gc.collect()
    assert caplog.text == ""


async def test_closing_waits_until_the_fetch_has_let_go() -> None:
    fetch = Fetch()
    shared = Shared(fetch, seconds=60)
    asker = asyncio.ensure_future(shared.get(fresh=False))
    await fetch.begun.wait()
    await shared.close()
    assert fetch.ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await asker


async def test_closing_without_a_fetch_is_nothing() -> None:
    await Shared(Fetch(), seconds=60).close()
