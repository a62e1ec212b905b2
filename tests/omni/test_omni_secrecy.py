"""The API key stays between the client and Omni."""

import asyncio
import logging
import traceback
from collections.abc import Callable

import httpx
import pytest

from bot.omni import OmniClient, Unauthorized
from bot.playground.omni import PLAYGROUND_KEY, Fault, OmniStandIn

Connect = Callable[..., OmniClient]

KEY = PLAYGROUND_KEY
SNOWFLAKE = "f47ac10b-58cc-4372-a567-0e02b2c3d479"


@pytest.mark.parametrize("fault", [None, *Fault])
async def test_no_log_of_ours_or_of_httpx_holds_the_key_whatever_omni_does(
    omni: OmniStandIn,
    url: str,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    fault: Fault | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    if fault:
        omni.faults.switch_on(fault, seconds=0.01)
    client = connect(url, KEY)
    for ask in (client.check_key(), client.connections()):
        (outcome,) = await asyncio.gather(ask, return_exceptions=True)
        if isinstance(outcome, BaseException):
            assert KEY not in "".join(traceback.format_exception(outcome))
            assert KEY not in repr(vars(outcome))
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert KEY not in caplog.text
    assert KEY not in repr([vars(record) for record in caplog.records])


async def test_an_omni_that_echoes_the_key_is_quoted_without_it(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": f"Bad {request.headers['authorization']}"})

    caplog.set_level(logging.DEBUG)
    client = connect("https://acme.omniapp.co", KEY, transport=httpx.MockTransport(echo))
    with pytest.raises(Unauthorized) as caught:
        await client.schedules(SNOWFLAKE)
    assert caught.value.detail == "Bad Bearer [API key]"
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in caplog.text


async def test_the_clients_repr_does_not_show_the_key(connect: Connect) -> None:
    assert KEY not in repr(connect("https://acme.omniapp.co", KEY))
