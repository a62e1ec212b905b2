"""The client against the stand-in, over real HTTP."""

import asyncio
import gzip
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from bot.omni import (
    Caller,
    ConnectionSchedule,
    Forbidden,
    NotFound,
    OmniClient,
    OmniError,
    RateLimited,
    Rejected,
    Timing,
    Unauthorized,
    Unavailable,
    Unexpected,
)
from bot.omni.client import LARGEST_ANSWER
from bot.playground.omni import Fault, OmniStandIn, Requests

Connect = Callable[..., OmniClient]

SNOWFLAKE = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
DAILY = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
DATABRICKS = "6d05e7b9-f318-4c72-84ae-2b9c70d15f36"
HARD = "18b7f4d2-c95e-4063-a1f8-e70d3c926b5a"
REDSHIFT = "a70c16e4-5b2d-4e89-93f7-d8420b6e1c95"
AT_SIX = "00 18 ? * * *"
IMPATIENT = Timing(connect=5.0, read=5.0, write=5.0, pauses=(0.01, 0.02))


async def change(client: OmniClient) -> None:
    await client.update(SNOWFLAKE, DAILY, cron=AT_SIX, timezone="Europe/London", hard_refresh=None)


def statuses(omni: OmniStandIn) -> list[int | None]:
    return [entry.status for entry in omni.log]


class TestReading:
    """Lists and single schedules, in our words."""

    async def test_connections_come_with_name_and_dialect(self, client: OmniClient) -> None:
        first = (await client.connections())[0]
        assert (first.id, first.name) == (SNOWFLAKE, "Production Snowflake")
        assert first.dialect == "snowflake"

    async def test_a_deleted_connection_is_left_out(self, connect: Connect) -> None:
        gone = {"id": "c", "name": "Old", "dialect": "mysql", "deletedAt": "2026-01-15T10:30:00Z"}
        client = connect(transport=answering(200, json={"connections": [gone]}))
        assert await client.connections() == ()

    async def test_a_schedule_comes_with_every_field_that_is_shown(
        self, client: OmniClient
    ) -> None:
        assert await client.schedule(DATABRICKS, HARD) == ConnectionSchedule(
            id=HARD,
            connection_id=DATABRICKS,
            cron="0 2 ? * SUN *",
            timezone="Australia/Sydney",
            description=(await client.schedules(DATABRICKS))[0].description,
            hard_refresh=True,
            disabled_at=None,
        )

    async def test_a_disabled_schedule_says_since_when(self, client: OmniClient) -> None:
        (schedule,) = await client.schedules(REDSHIFT)
        assert schedule.disabled_at == datetime(2026, 11, 1, 3, 0, 4, tzinfo=UTC)

    async def test_an_older_omni_says_nothing_of_hard_or_soft(
        self, old_url: str, connect: Connect
    ) -> None:
        assert (await connect(old_url).schedule(DATABRICKS, HARD)).hard_refresh is None

    async def test_the_base_url_may_end_in_api(
        self, omni: OmniStandIn, url: str, connect: Connect
    ) -> None:
        await connect(f"{url}/api/").connections()
        assert [entry.path for entry in omni.log] == ["/api/v1/connections"]

    async def test_a_list_of_another_shape_is_refused(self, connect: Connect) -> None:
        client = connect(transport=answering(200, json={"connections": {"id": "c"}}))
        with pytest.raises(Unexpected, match="expected a list `connections`, got an object"):
            await client.connections()


class TestTheListOfConnections:
    """Kept for a while, asked for once."""

    async def test_it_is_kept_until_somebody_wants_it_fresh(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        before = await client.connections()
        omni.data.add_connection("Brand new")
        assert await client.connections() == before
        assert (await client.connections(fresh=True))[-1].name == "Brand new"
        assert len(omni.log) == 2

    async def test_it_is_asked_for_again_when_its_time_is_over(
        self, omni: OmniStandIn, url: str, connect: Connect
    ) -> None:
        client = connect(url, timing=replace(IMPATIENT, keep_connections=0.0))
        await client.connections()
        await client.connections()
        assert len(omni.log) == 2

    async def test_fifty_askers_are_one_request(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        answers = await asyncio.gather(*(client.connections() for _ in range(50)))
        assert len(omni.log) == 1
        assert len(set(answers)) == 1

    async def test_one_who_gives_up_does_not_take_it_from_the_others(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        omni.faults.switch_on(Fault.SLOW, seconds=0.1)
        impatient, patient = (asyncio.ensure_future(client.connections()) for _ in range(2))
        await omni.pulse.after(omni.pulse.count)
        impatient.cancel()
        assert await patient
        assert impatient.cancelled()
        assert len(omni.log) == 1

    async def test_an_error_goes_to_all_who_wait_and_is_not_kept(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        omni.faults.switch_on(Fault.NO_ROLE, times=1)
        failed = await asyncio.gather(
            *(client.connections() for _ in range(3)), return_exceptions=True
        )
        assert [type(error) for error in failed] == [Forbidden] * 3
        assert await client.connections()
        assert len(omni.log) == 2

    async def test_a_thousand_are_no_trouble(self, omni: OmniStandIn, client: OmniClient) -> None:
        for number in range(1000):
            omni.data.add_connection(f"Warehouse {number}")
        assert len(await client.connections()) == 1006

    async def test_closing_ends_a_request_under_way(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        omni.faults.switch_on(Fault.SLOW, seconds=60)
        asking = asyncio.ensure_future(client.connections())
        await omni.pulse.after(omni.pulse.count)
        await client.aclose()
        with pytest.raises(asyncio.CancelledError):
            await asking


class TestWriting:
    """Exactly the fields of the contract, once."""

    async def test_an_update_sends_expression_and_zone_alone_where_omni_gave_no_hard_refresh(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        await change(client)
        assert omni.log[-1].method == "PUT"
        assert omni.log[-1].body == {"schedule": AT_SIX, "timezone": "Europe/London"}

    @pytest.mark.parametrize("hard", [True, False])
    async def test_an_update_carries_hard_refresh_over_where_omni_gave_it(
        self, omni: OmniStandIn, client: OmniClient, *, hard: bool
    ) -> None:
        await client.update(
            DATABRICKS, HARD, cron="0 3 ? * SUN *", timezone="Etc/UTC", hard_refresh=hard
        )
        stored = omni.data.schedule(HARD)
        assert stored
        assert stored.hard_refresh is hard
        assert omni.log[-1].body == {
            "schedule": "0 3 ? * SUN *",
            "timezone": "Etc/UTC",
            "hardRefresh": hard,
        }

    async def test_what_was_updated_is_read_back_with_omnis_description(
        self, client: OmniClient
    ) -> None:
        await change(client)
        schedule = await client.schedule(SNOWFLAKE, DAILY)
        assert (schedule.cron, schedule.timezone) == (AT_SIX, "Europe/London")
        assert schedule.description.startswith("At 06:00 PM ")

    async def test_create_returns_the_id_to_read_back(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        created = await client.create(SNOWFLAKE, cron=AT_SIX, timezone="Europe/London")
        assert (await client.schedule(SNOWFLAKE, created)).cron == AT_SIX
        assert omni.log[0].body == {"schedule": AT_SIX, "timezone": "Europe/London"}

    async def test_delete_leaves_nothing_to_read_back(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        await client.delete(SNOWFLAKE, DAILY)
        with pytest.raises(NotFound, match=f"Schedule with id {DAILY} does not exist"):
            await client.schedule(SNOWFLAKE, DAILY)
        assert omni.log[0].body is None

    async def test_a_partial_answer_to_an_update_is_enough(self, connect: Connect) -> None:
        await change(connect(transport=answering(200, json={"scheduleId": DAILY})))

    async def test_a_create_without_an_id_in_the_answer_may_have_happened(
        self, connect: Connect
    ) -> None:
        client = connect(transport=answering(201, json={"success": True}))
        with pytest.raises(Unexpected, match="`scheduleId`") as caught:
            await client.create(SNOWFLAKE, cron=AT_SIX, timezone="Europe/London")
        assert caught.value.outcome_unknown

    async def test_omni_refuses_a_bad_expression_in_its_own_words(self, client: OmniClient) -> None:
        with pytest.raises(Rejected, match="Invalid cron expression: 00 25") as caught:
            await client.create(SNOWFLAKE, cron="00 25 ? * * *", timezone="Europe/London")
        assert not caught.value.outcome_unknown

    async def test_an_older_omni_refuses_a_key_that_it_does_not_know(
        self, old_url: str, connect: Connect
    ) -> None:
        with pytest.raises(Rejected, match="hardRefresh"):
            await connect(old_url).update(
                SNOWFLAKE, DAILY, cron=AT_SIX, timezone="Etc/UTC", hard_refresh=True
            )


class TestTryingAgain:
    """Reads are, within bounds; writes are not."""

    @pytest.mark.parametrize(
        "fault", [Fault.FAILING, Fault.RATE_LIMITED, Fault.DROPS_REQUEST, Fault.DROPS_ANSWER]
    )
    async def test_a_read_succeeds_when_omni_recovers(
        self, omni: OmniStandIn, client: OmniClient, fault: Fault
    ) -> None:
        omni.faults.switch_on(fault, times=2)
        assert (await client.schedule(SNOWFLAKE, DAILY)).id == DAILY
        assert len(omni.log) == 3

    @pytest.mark.parametrize(
        "fault", [Fault.FAILING, Fault.RATE_LIMITED, Fault.DROPS_REQUEST, Fault.DROPS_ANSWER]
    )
    async def test_a_read_is_given_up_after_three_tries(
        self, omni: OmniStandIn, client: OmniClient, fault: Fault
    ) -> None:
        omni.faults.switch_on(fault)
        with pytest.raises((Unavailable, RateLimited)):
            await client.schedules(SNOWFLAKE)
        assert len(omni.log) == 3

    @pytest.mark.parametrize("fault", [Fault.BAD_KEY, Fault.NO_ROLE, Fault.NONSENSE])
    async def test_what_waiting_cannot_mend_is_not_tried_again(
        self, omni: OmniStandIn, client: OmniClient, fault: Fault
    ) -> None:
        omni.faults.switch_on(fault)
        with pytest.raises((Unauthorized, Forbidden, Unexpected)):
            await client.schedules(SNOWFLAKE)
        assert len(omni.log) == 1

    async def test_retry_after_is_waited_for(self, omni: OmniStandIn, client: OmniClient) -> None:
        omni.faults.switch_on(Fault.RATE_LIMITED, times=1, seconds=1)
        await client.schedules(SNOWFLAKE)
        first, second = omni.log
        assert (second.time - first.time).total_seconds() >= 1

    async def test_nobody_waits_for_a_retry_after_beyond_the_time_of_a_read(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        omni.faults.switch_on(Fault.RATE_LIMITED, seconds=60)
        with pytest.raises(RateLimited) as caught:
            await client.schedules(SNOWFLAKE)
        assert caught.value.retry_after == 60
        assert len(omni.log) == 1

    async def test_all_tries_of_a_read_together_have_a_bound(
        self, omni: OmniStandIn, url: str, connect: Connect
    ) -> None:
        omni.faults.switch_on(Fault.SLOW, seconds=60)
        client = connect(url, timing=replace(IMPATIENT, read=0.2))
        begun = time.monotonic()
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1 did not answer in time"):
            await client.schedules(SNOWFLAKE)
        assert 0.2 <= time.monotonic() - begun < 10  # the stand-in takes 60

    @pytest.mark.parametrize(
        "fault",
        [
            Fault.FAILING,
            Fault.RATE_LIMITED,
            Fault.DROPS_REQUEST,
            Fault.DROPS_ANSWER,
            Fault.NONSENSE,
            Fault.BAD_KEY,
        ],
    )
    @pytest.mark.parametrize("write", ["update", "create", "delete"])
    async def test_a_write_is_sent_once_whatever_happens(
        self, omni: OmniStandIn, client: OmniClient, fault: Fault, write: str
    ) -> None:
        omni.faults.switch_on(fault, requests=Requests.WRITES)
        with pytest.raises(OmniError):
            await WRITES[write](client)
        assert omni.writes == 1


class TestTheOutcomeOfAWrite:
    """Known to be nothing, or unknown."""

    @pytest.mark.parametrize(
        ("fault", "kind", "unknown", "happened"),
        [
            (Fault.DROPS_ANSWER, Unavailable, True, True),
            (Fault.DROPS_REQUEST, Unavailable, True, False),
            (Fault.FAILING, Unavailable, True, False),
            (Fault.NONSENSE, Unexpected, True, False),
            (Fault.RATE_LIMITED, RateLimited, False, False),
            (Fault.BAD_KEY, Unauthorized, False, False),
            (Fault.NO_ROLE, Forbidden, False, False),
        ],
    )
    async def test_it_is_unknown_where_omni_may_have_done_its_work(
        self,
        omni: OmniStandIn,
        client: OmniClient,
        fault: Fault,
        kind: type[OmniError],
        *,
        unknown: bool,
        happened: bool,
    ) -> None:
        omni.faults.switch_on(fault, requests=Requests.WRITES)
        with pytest.raises(kind) as caught:
            await change(client)
        assert caught.value.outcome_unknown is unknown
        assert ((await client.schedule(SNOWFLAKE, DAILY)).cron == AT_SIX) is happened

    async def test_it_is_unknown_after_a_time_out(
        self, omni: OmniStandIn, url: str, connect: Connect
    ) -> None:
        omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=60)
        client = connect(url, timing=replace(IMPATIENT, write=0.2))
        with pytest.raises(Unavailable, match="did not answer in time") as caught:
            await change(client)
        assert caught.value.outcome_unknown
        assert (await client.schedule(SNOWFLAKE, DAILY)).cron == AT_SIX

    async def test_nothing_happened_where_the_connection_was_refused(
        self, connect: Connect
    ) -> None:
        with socket.socket() as bound_but_deaf:
            bound_but_deaf.bind(("127.0.0.1", 0))
            port = bound_but_deaf.getsockname()[1]
            with pytest.raises(Unavailable, match=r"no connection to 127\.0\.0\.1") as caught:
                await change(connect(f"http://127.0.0.1:{port}"))
        assert not caught.value.outcome_unknown
        assert caught.value.status is None

    @pytest.mark.parametrize(
        ("error", "words", "unknown"),
        [
            (httpx.ConnectError("Name or service not known"), "Name or service not known", False),
            (httpx.ConnectTimeout(""), "no connection to acme.omniapp.co", False),
            (httpx.PoolTimeout(""), "no connection to acme.omniapp.co", False),
            (httpx.ProxyError("403 Forbidden"), "403 Forbidden", False),
            (httpx.WriteError(""), "ended the connection", True),
            (httpx.ReadError(""), "ended the connection", True),
            (httpx.RemoteProtocolError(""), "ended the connection", True),
        ],
    )
    async def test_it_depends_on_whether_a_byte_went_out(
        self, connect: Connect, error: httpx.RequestError, words: str, *, unknown: bool
    ) -> None:
        def fail(_request: httpx.Request) -> httpx.Response:
            raise error

        with pytest.raises(Unavailable) as caught:
            await change(connect(transport=httpx.MockTransport(fail)))
        assert words in caught.value.detail
        assert not caught.value.detail.endswith(": ")
        assert caught.value.outcome_unknown is unknown

    async def test_it_is_unknown_where_the_answer_cannot_be_unpacked(
        self, connect: Connect
    ) -> None:
        broken = gzip.compress(b'{"success": true}')[::-1]
        client = connect(
            transport=answering(200, content=broken, headers={"content-encoding": "gzip"})
        )
        with pytest.raises(Unexpected, match="broken compression") as caught:
            await change(client)
        assert caught.value.outcome_unknown


class TestTheKey:
    """Checked cheaply, and told apart from a role."""

    async def test_a_newer_omni_tells_whom_it_stands_for(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        assert await client.check_key() == Caller(scope="organization", role="ORG_ADMIN")
        assert [entry.path for entry in omni.log] == ["/api/v1/whoami"]

    async def test_an_older_omni_is_asked_for_its_connections(
        self, old_omni: OmniStandIn, old_url: str, connect: Connect
    ) -> None:
        assert await connect(old_url).check_key() == Caller()
        assert statuses(old_omni) == [404, 200]

    async def test_a_wrong_key_is_no_matter_of_roles(self, url: str, connect: Connect) -> None:
        with pytest.raises(Unauthorized, match="OMNI_API_KEY"):
            await connect(url, key="another_key").check_key()

    async def test_an_owner_without_the_role_is_told_which_one_it_takes(
        self, omni: OmniStandIn, client: OmniClient
    ) -> None:
        omni.faults.switch_on(Fault.NO_ROLE)
        with pytest.raises(Forbidden, match="Connection Admin"):
            await client.schedules(SNOWFLAKE)

    @pytest.mark.parametrize("key", ["", "  ", "two words", "key\nnext", "ключ", "k\x00"])
    async def test_one_that_no_header_can_carry_is_refused_at_the_start(self, key: str) -> None:
        with pytest.raises(ValueError, match="OMNI_API_KEY") as caught:
            OmniClient("https://acme.omniapp.co", key)
        assert key.strip() == "" or key not in str(caught.value)


class TestIds:
    """They are people's text until Omni knows them."""

    @pytest.mark.parametrize("an_id", ["", " ", ".", "..", " .. "])
    async def test_one_that_names_another_resource_is_never_sent(
        self, omni: OmniStandIn, client: OmniClient, an_id: str
    ) -> None:
        with pytest.raises(NotFound, match="is not an id"):
            await client.delete(SNOWFLAKE, an_id)
        with pytest.raises(NotFound, match="is not an id"):
            await client.schedules(an_id)
        assert not omni.log

    async def test_one_with_slashes_stays_one_segment(self, connect: Connect) -> None:
        sent: list[bytes] = []

        def note(request: httpx.Request) -> httpx.Response:
            sent.append(request.url.raw_path)
            return httpx.Response(200, json={"success": True})

        client = connect(transport=httpx.MockTransport(note))
        await client.delete("c/../d", "s?x=1#é")
        assert sent == [b"/api/v1/connections/c%2F..%2Fd/schedules/s%3Fx%3D1%23%C3%A9"]


async def test_a_redirect_is_not_followed(connect: Connect) -> None:
    seen: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://login.example.com/"})

    with pytest.raises(Unexpected, match=r"login\.example\.com"):
        await connect(transport=httpx.MockTransport(redirect)).connections()
    assert seen == ["acme.omniapp.co"]


async def test_a_proxy_is_passed_by_on_the_way_to_this_machine(
    url: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert await connect(url).connections()


def test_no_certificates_are_looked_for_on_the_way_to_this_machine() -> None:
    client = "from bot.omni import OmniClient; OmniClient('http://127.0.0.1:9', 'key')"
    environ = {**os.environ, "SSL_CERT_FILE": "/nowhere.pem"}
    subprocess.run([sys.executable, "-c", client], env=environ, check=True)


async def test_many_reads_at_once_share_the_clients_connections(
    omni: OmniStandIn, client: OmniClient
) -> None:
    found = await asyncio.gather(*(client.schedule(SNOWFLAKE, DAILY) for _ in range(50)))
    assert {schedule.id for schedule in found} == {DAILY}
    assert statuses(omni) == [200] * 50


WRITES: dict[str, Callable[[OmniClient], Awaitable[object]]] = {
    "update": change,
    "create": lambda client: client.create(SNOWFLAKE, cron=AT_SIX, timezone="Europe/London"),
    "delete": lambda client: client.delete(SNOWFLAKE, DAILY),
}


def packed(content: bytes, times: int) -> bytes:
    for _ in range(times):
        content = gzip.compress(content)
    return content


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_an_answer_that_could_fill_the_memory_is_not_read_to_its_end(
    connect: Connect, times: int
) -> None:
    body = packed(bytes(3 * LARGEST_ANSWER), times)
    headers = {"content-encoding": ", ".join(["gzip"] * times)} if times else {}
    read = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal read
        for start in range(0, len(body), 65_536):
            read += 65_536
            yield body[start : start + 65_536]

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, content=parts())

    with pytest.raises(Unexpected, match="at most 16 MB") as caught:
        await connect(transport=httpx.MockTransport(answer)).connections()
    assert caught.value.outcome_unknown
    assert read < 2 * LARGEST_ANSWER


def answering(status: int, **answer: object) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(status, **answer))  # type: ignore[arg-type]  # passed through
