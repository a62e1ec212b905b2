"""The stand-in, asked the way anybody may ask Omni."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest

from bot.playground.omni import PLAYGROUND_KEY, Fault, OmniStandIn, Requests

CONNECTIONS = "/api/v1/connections"
SNOWFLAKE = f"{CONNECTIONS}/f47ac10b-58cc-4372-a567-0e02b2c3d479"
DATABRICKS = f"{CONNECTIONS}/6d05e7b9-f318-4c72-84ae-2b9c70d15f36"
DAILY_ID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
DAILY = f"{SNOWFLAKE}/schedules/{DAILY_ID}"
HARD_ID = "18b7f4d2-c95e-4063-a1f8-e70d3c926b5a"
HARD = f"{DATABRICKS}/schedules/{HARD_ID}"
AT_SIX = {"schedule": "00 18 ? * * *", "timezone": "Europe/London"}


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(url) as made:
        yield made


@pytest.fixture
async def old_http(old_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(old_url) as made:
        yield made


def asking(url: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {PLAYGROUND_KEY}"}
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)


class TestAsOmni:
    """Its shapes and its words."""

    async def test_the_documented_update_gets_the_documented_answer(
        self, http: httpx.AsyncClient
    ) -> None:
        answer = await http.put(DAILY, json=AT_SIX)
        assert answer.status_code == 200
        body = answer.json()
        assert body["schedule"] == "00 18 ? * * *"
        assert body["timezone"] == "Europe/London"
        assert body["description"] in {"At 06:00 PM GMT", "At 06:00 PM BST"}
        assert body["disabledAt"] is None
        assert body["updatedAt"] > body["createdAt"] == "2026-01-15T10:30:00.000Z"

    async def test_the_zone_of_a_description_is_todays(self) -> None:
        for month, zone in ((1, "EST"), (7, "EDT")):
            day = datetime(2026, month, 15, tzinfo=UTC)
            omni = OmniStandIn(clock=lambda day=day: day)  # type: ignore[misc]  # mypy cannot infer a lambda's default
            connection = omni.data.add_connection("Production Snowflake")
            schedule = omni.data.add_schedule(connection, "00 09 * * ? *", "America/New_York")
            described = schedule.as_json(day, hard_refresh_known=True)["description"]
            assert described == f"At 09:00 AM {zone}"

    async def test_an_update_without_hard_refresh_turns_a_hard_schedule_soft(
        self, http: httpx.AsyncClient
    ) -> None:
        assert (await http.get(HARD)).json()["hardRefresh"] is True
        await http.put(HARD, json=AT_SIX)
        assert (await http.get(HARD)).json()["hardRefresh"] is False

    async def test_an_update_leaves_a_disabled_schedule_disabled(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        daily = omni.data.schedule(DAILY_ID)
        assert daily
        omni.data.put(replace(daily, disabled_at=datetime(2026, 11, 1, tzinfo=UTC)))
        answer = await http.put(DAILY, json=AT_SIX)
        assert answer.json()["disabledAt"] == "2026-11-01T00:00:00.000Z"

    async def test_create_and_delete_are_seen_in_the_list(self, http: httpx.AsyncClient) -> None:
        created = await http.post(f"{SNOWFLAKE}/schedules", json=AT_SIX)
        assert created.status_code == 201
        assert (await http.delete(DAILY)).json() == {"success": True}
        listed = (await http.get(f"{SNOWFLAKE}/schedules")).json()["schedules"]
        assert [s["scheduleId"] for s in listed] == [created.json()["scheduleId"]]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (AT_SIX | {"schedule": "00 18 * * * *"}, "Invalid cron expression: 00 18 * * * *"),
            (AT_SIX | {"schedule": "0 18 * * 1-5"}, "Invalid cron expression: 0 18 * * 1-5"),
            (AT_SIX | {"schedule": 18}, "schedule: expected a string"),
            ({"timezone": "Europe/London"}, "schedule: expected a string"),
            (AT_SIX | {"timezone": "Europe/Londn"}, "Invalid timezone: Europe/Londn"),
            ({"schedule": "00 18 ? * * *"}, "timezone: expected a string"),
            (AT_SIX | {"hardRefresh": "yes"}, "hardRefresh: expected a boolean"),
            (AT_SIX | {"name": "x", "cron": "y"}, "Unrecognized keys: cron, name"),
            ([AT_SIX], "Expected a JSON object"),
        ],
    )
    async def test_a_bad_body_is_refused_and_changes_nothing(
        self, omni: OmniStandIn, http: httpx.AsyncClient, body: Any, words: str
    ) -> None:
        before = omni.data.schedule(DAILY_ID)
        answer = await http.put(DAILY, json=body)
        assert (answer.status_code, answer.json()) == (400, {"detail": words, "status": 400})
        assert omni.data.schedule(DAILY_ID) == before

    async def test_a_body_that_is_no_json_is_refused(self, http: httpx.AsyncClient) -> None:
        assert (await http.put(DAILY, content=b"{")).json()["detail"] == "Expected a JSON object"

    async def test_an_old_one_knows_neither_hard_refresh_nor_whoami(
        self, old_http: httpx.AsyncClient
    ) -> None:
        assert "hardRefresh" not in (await old_http.get(HARD)).json()
        refused = await old_http.put(HARD, json=AT_SIX | {"hardRefresh": True})
        assert refused.json() == {"detail": "Unrecognized keys: hardRefresh", "status": 400}
        assert (await old_http.put(HARD, json=AT_SIX)).status_code == 200
        assert (await old_http.get("/api/v1/whoami")).status_code == 404

    async def test_a_missing_key_is_401_and_a_wrong_one_403(self, http: httpx.AsyncClient) -> None:
        wrong = await http.get(CONNECTIONS, headers={"Authorization": "Bearer x"})
        assert (wrong.status_code, wrong.json()["detail"]) == (403, "Invalid bearer token")
        del http.headers["Authorization"]
        missing = await http.get(CONNECTIONS)
        assert (missing.status_code, missing.json()) == (401, {"error": "Unauthorized"})

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            (f"{CONNECTIONS}/none/schedules", "Connection with id none does not exist"),
            (f"{SNOWFLAKE}/schedules/none", "Schedule with id none does not exist"),
            (
                f"{SNOWFLAKE}/schedules/{HARD_ID}",
                "Connection with id f47ac10b-58cc-4372-a567-0e02b2c3d479 does not exist",
            ),
        ],
    )
    async def test_what_is_not_there_is_404_and_a_foreign_schedule_blames_the_connection(
        self, http: httpx.AsyncClient, path: str, words: str
    ) -> None:
        answer = await http.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": words, "status": 404})

    async def test_an_unknown_path_or_method_is_refused_in_json(
        self, http: httpx.AsyncClient
    ) -> None:
        assert (await http.get("/api/v1/nothing")).json() == {"error": "Not Found"}
        assert (await http.patch(DAILY, json=AT_SIX)).status_code == 405


class TestFaults:
    """Switched on and off while it runs."""

    async def test_none_is_on_at_first_and_all_can_be_cleared(self, omni: OmniStandIn) -> None:
        assert not omni.faults.on
        omni.faults.switch_on(Fault.SLOW, seconds=3)
        omni.faults.switch_on(Fault.FAILING)
        omni.faults.switch_off(Fault.SLOW)
        omni.faults.switch_off(Fault.SLOW)
        assert [switch.fault for switch in omni.faults.on] == [Fault.FAILING]
        omni.faults.clear()
        assert not omni.faults.on

    async def test_one_may_befall_reads_or_writes_alone(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.FAILING, requests=Requests.READS)
        assert (await http.put(DAILY, json=AT_SIX)).status_code == 200
        assert (await http.get(DAILY)).status_code == 500
        omni.faults.switch_on(Fault.FAILING, requests=Requests.WRITES)
        assert (await http.get(DAILY)).status_code == 200
        assert (await http.put(DAILY, json=AT_SIX)).status_code == 500

    async def test_one_may_befall_the_next_few_requests_of_its_kind(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.FAILING, requests=Requests.READS, times=2)
        await http.put(DAILY, json=AT_SIX)
        assert [(await http.get(DAILY)).status_code for _ in range(3)] == [500, 500, 200]
        assert not omni.faults.on

    async def test_one_may_befall_a_share_of_the_requests(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.dice = Random(1)
        omni.faults.switch_on(Fault.FAILING, share=0.5)
        statuses = Counter([(await http.get(DAILY)).status_code for _ in range(100)])
        assert 30 < statuses[500] < 70
        assert statuses.total() == statuses[500] + statuses[200]

    async def test_too_many_requests_come_with_and_without_retry_after(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.RATE_LIMITED, times=1)
        assert "retry-after" not in (await http.get(DAILY)).headers
        omni.faults.switch_on(Fault.RATE_LIMITED, times=1, seconds=30)
        refused = await http.get(DAILY)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")

    async def test_a_slow_answer_comes_after_its_work_was_done(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=0.2)
        slow = asyncio.ensure_future(http.put(DAILY, json=AT_SIX))
        await omni.pulse.after(omni.pulse.count)
        assert (await http.get(DAILY)).json()["schedule"] == AT_SIX["schedule"]
        assert not slow.done()
        assert (await slow).status_code == 200

    async def test_a_write_can_be_said_and_not_held(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.NOT_HELD, times=2)
        before = (await http.get(DAILY)).json()
        assert (await http.put(DAILY, json=AT_SIX)).json()["schedule"] == AT_SIX["schedule"]
        assert (await http.delete(DAILY)).json() == {"success": True}
        assert (await http.get(DAILY)).json() == before

    async def test_hard_refresh_can_be_reset_in_spite_of_the_answer(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.RESETS_HARD_REFRESH)
        answer = await http.put(HARD, json=AT_SIX | {"hardRefresh": True})
        assert answer.json()["hardRefresh"] is True
        assert (await http.get(HARD)).json()["hardRefresh"] is False

    async def test_somebody_can_edit_just_before_a_request_sees_the_schedule(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.EDITED, requests=Requests.READS, times=2)
        first = (await http.get(DAILY)).json()
        second = (await http.get(f"{SNOWFLAKE}/schedules")).json()["schedules"][0]
        assert first["schedule"] == "30 6 * * ? *"
        assert second["schedule"] == "45 7 * * ? *"
        assert (await http.get(DAILY)).json()["schedule"] == "45 7 * * ? *"
        assert (await http.get(HARD)).json()["schedule"] == "0 2 ? * SUN *"

    async def test_the_login_page_is_what_nonsense_means(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        omni.faults.switch_on(Fault.NONSENSE)
        answer = await http.put(DAILY, json=AT_SIX)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")

    @pytest.mark.parametrize(
        ("fault", "cron"),
        [(Fault.DROPS_REQUEST, "00 09 * * ? *"), (Fault.DROPS_ANSWER, "00 18 ? * * *")],
    )
    async def test_a_connection_can_be_closed_before_or_after_the_work(
        self,
        omni: OmniStandIn,
        http: httpx.AsyncClient,
        caplog: pytest.LogCaptureFixture,
        fault: Fault,
        cron: str,
    ) -> None:
        omni.faults.switch_on(fault, times=1)
        with pytest.raises(httpx.TransportError):
            await http.put(DAILY, json=AT_SIX)
        assert (await http.get(DAILY)).json()["schedule"] == cron
        assert omni.log[0].status is None
        assert not [record for record in caplog.records if record.levelname == "ERROR"]


class TestTheLog:
    """What came, and that something did."""

    async def test_it_tells_method_path_body_and_status_of_every_request(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        await http.get(DAILY)
        await http.put(DAILY, json=AT_SIX)
        await http.put(DAILY, json={})
        await http.delete(f"{SNOWFLAKE}/schedules/none")
        assert [(e.method, e.path, e.body, e.status) for e in omni.log] == [
            ("GET", DAILY, None, 200),
            ("PUT", DAILY, AT_SIX, 200),
            ("PUT", DAILY, {}, 400),
            ("DELETE", f"{SNOWFLAKE}/schedules/none", None, 404),
        ]
        assert omni.writes == 3

    async def test_it_keeps_the_last_requests_and_counts_all_writes(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        for _ in range(510):
            await http.delete(f"{SNOWFLAKE}/schedules/none")
        assert len(omni.log) == 500
        assert omni.writes == 510

    async def test_who_follows_is_woken_by_requests_edits_and_faults(
        self, omni: OmniStandIn, http: httpx.AsyncClient
    ) -> None:
        async def woken_by(cause: Callable[[], object]) -> bool:
            async def act() -> None:
                result = cause()
                if asyncio.iscoroutine(result):
                    await result

            seen = omni.pulse.count
            count, _ = await asyncio.gather(omni.pulse.after(seen), act())
            return count > seen

        assert await woken_by(lambda: http.get(CONNECTIONS))
        assert await woken_by(lambda: omni.data.edit(DAILY_ID))
        assert await woken_by(lambda: omni.data.remove(DAILY_ID))
        assert await woken_by(lambda: omni.data.add_connection("Brand new"))
        assert await woken_by(lambda: omni.faults.switch_on(Fault.SLOW))
        assert await woken_by(omni.faults.clear)

    async def test_who_missed_a_change_is_told_at_once(self, omni: OmniStandIn) -> None:
        seen = omni.pulse.count
        omni.data.edit(DAILY_ID)
        assert await omni.pulse.after(seen) == seen + 1
