"""Whether the process lives and can work, as a platform and an operator ask."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest

from bot.slack.health import KEEP, Check, Readiness
from bot.slack.ingress import Ingress
from tests.ingress.door import SECRET, Bot, Door

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the doors' servers run in that loop


@dataclass
class Dependencies:
    """What they answer, how often they were asked, and what time it is."""

    problem: str | None = None
    fault: Exception | None = None
    asked: int = 0
    now: float = 1795456800.0

    async def __call__(self) -> Readiness:
        self.asked += 1
        await asyncio.sleep(0)
        if self.fault:
            raise self.fault
        return Readiness((Check("database", 0.00123), Check("omni", 0.2, self.problem)))

    async def get(self) -> httpx.Response:
        return (await self.get_all(1))[0]

    async def get_all(self, count: int) -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://bot") as client:
            return await asyncio.gather(*(client.get("/readyz") for _ in range(count)))

    def __post_init__(self) -> None:
        bolt = Bot().app().async_dispatch
        self._transport = httpx.ASGITransport(
            Ingress(bolt, signing_secret=SECRET, ready=self, clock=lambda: self.now)
        )


async def test_a_process_that_answers_lives(door: Door) -> None:
    answer = await door.ask("GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert (await door.ask("HEAD", "/healthz")).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_is_only_read(path: str, door: Door) -> None:
    answer = await door.ask("POST", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_it_is_ready_while_every_dependency_answers() -> None:
    answer = await Dependencies().get()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "ready": True,
        "checks": {
            "database": {"ready": True, "milliseconds": 1.2, "problem": None},
            "omni": {"ready": True, "milliseconds": 200.0, "problem": None},
        },
    }


async def test_it_names_the_dependency_that_does_not_answer() -> None:
    answer = await Dependencies(problem="Omni refused the key.").get()
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["checks"]["database"]["ready"] is True
    assert answer.json()["checks"]["omni"]["problem"] == "Omni refused the key."


async def test_any_number_of_askers_costs_one_question_every_few_seconds() -> None:
    dependencies = Dependencies()
    answers = await dependencies.get_all(20)
    assert ({answer.status_code for answer in answers}, dependencies.asked) == ({200}, 1)
    dependencies.now += KEEP - 0.1
    await dependencies.get()
    assert dependencies.asked == 1
    dependencies.now += 0.1
    dependencies.problem = "Omni does not answer."
    assert ((await dependencies.get()).status_code, dependencies.asked) == (503, 2)


async def test_a_clock_set_back_does_not_freeze_the_answer() -> None:
    dependencies = Dependencies()
    await dependencies.get()
    dependencies.now -= 3600
    await dependencies.get()
    assert dependencies.asked == 2


async def test_a_check_that_fails_is_not_ready_and_shows_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await Dependencies(fault=ConnectionError("postgresql://bot:hunter22@db")).get()
    assert answer.status_code == 503
    assert "hunter22" not in answer.text
    reference = vars(caplog.records[0])["reference"]
    assert f"see reference {reference} in the log" in answer.text
