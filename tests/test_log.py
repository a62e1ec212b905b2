"""What is written to the log, read as an engineer with `grep` would."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import NoReturn

import pytest
from dbos._logger import init_logger
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.log import bind, configure, reference
from bot.settings import LogFormat

logger = logging.getLogger("bot.test")

# What a secret stands in, and what of it must never be read.
SECRETS = {
    "a bot token": ("xoxb-1234567890-abcdefghij", "abcdefghij"),
    "a rotated token": ("xoxe.xoxp-1-Mi0yLTEyMzQ1", "Mi0yLTEyMzQ1"),
    "an app token": ("xapp-1-A0123-4567-89abcdef", "89abcdef"),
    "a bearer token": ("Authorization: Bearer omni_osk_89abcdef", "omni_osk_89abcdef"),
    "a response address": ("https://hooks.slack.com/commands/T1/2345/abcdef", "abcdef"),
    "one of GovSlack": ("https://hooks.slack-gov.com/commands/T1/2345/abcdef", "abcdef"),
    "a signature": ("v0=" + 32 * "a2", 32 * "a2"),
    "a Socket Mode address": ("wss://wss-primary.slack.com/link/?ticket=d3b0&app_id=x", "d3b0"),
    "a database address": ("postgresql://bot:hunter22@db.internal/omni", "hunter22"),
}


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "bot", "dbos")]
    before = [(each.handlers, each.level, each.propagate) for each in loggers]
    logging.getLogger().handlers = []  # those of pytest are not for `configure` to close
    yield
    for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> "Lines":
    return Lines(capsys)


class Lines:
    """What came to standard error since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> list[str]:
        out, err = self._capsys.readouterr()
        assert out == ""
        return str(err).splitlines()

    def json(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text()]


def log_failure(text: str) -> None:
    try:
        fail(text)
    except ValueError:
        logger.exception("Failed")


def fail(text: str) -> NoReturn:
    raise ValueError(text)


def test_a_line_of_text_has_time_level_logger_sentence_and_fields(lines: Lines) -> None:
    configure("INFO", LogFormat.TEXT)
    logger.info("Announced the change", extra={"channel": "C0DATATEAM", "called": "Data team"})
    (line,) = lines.text()
    time, rest = line.split(" ", 1)
    assert time.endswith("Z")
    assert rest == 'INFO    bot.test: Announced the change channel=C0DATATEAM called="Data team"'


def test_a_line_of_json_has_the_same(lines: Lines) -> None:
    configure("INFO", LogFormat.JSON)
    logger.warning("Announced the change", extra={"channel": "C0DATATEAM", "tries": 2})
    (line,) = lines.json()
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "level": "WARNING",
        "logger": "bot.test",
        "message": "Announced the change",
        "channel": "C0DATATEAM",
        "tries": 2,
    }


def test_the_time_is_utc_to_the_millisecond(lines: Lines) -> None:
    configure("INFO", LogFormat.JSON)
    record = logging.makeLogRecord({"name": "bot", "levelno": 20, "created": 1795456800.25})
    logging.getLogger().handle(record)
    assert lines.json()[0]["time"] == "2026-11-23T18:00:00.250Z"


async def test_a_change_is_named_on_every_line_of_its_life_in_every_task(lines: Lines) -> None:
    configure("INFO", LogFormat.JSON)

    async def announce(channel: str) -> None:
        await asyncio.sleep(0)
        logger.info("Announced", extra={"channel": channel})

    async def live(change: str) -> None:
        with bind(change=change):
            logger.info("Approved")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(announce("C1"))
                with bind(reference="4f2a9c00"):
                    tasks.create_task(announce("C2"))
        logger.info("Idle")

    await asyncio.gather(live("one"), live("two"))
    seen = [
        (line["message"], line.get("change"), line.get("channel"), line.get("reference"))
        for line in lines.json()
    ]
    assert sorted(seen, key=str) == sorted(
        [
            *((("Approved", change, None, None)) for change in ("one", "two")),
            *((("Announced", change, "C1", None)) for change in ("one", "two")),
            *((("Announced", change, "C2", "4f2a9c00")) for change in ("one", "two")),
            *(2 * [("Idle", None, None, None)]),
        ],
        key=str,
    )


@pytest.mark.parametrize("log_format", LogFormat)
@pytest.mark.parametrize(("where", "secret"), SECRETS.values(), ids=SECRETS)
def test_no_secret_is_written_wherever_it_turns_up(
    where: str, secret: str, log_format: LogFormat, lines: Lines
) -> None:
    configure("INFO", log_format)
    logger.info("Sent %s", where, extra={"to": where, "inside": {"deep": [where]}})
    log_failure(f"could not send '{where}' anywhere")
    text = "\n".join(lines.text())
    assert secret not in text
    assert text.count("[hidden]") == 4


def test_the_values_of_the_settings_are_hidden_whatever_their_shape(lines: Lines) -> None:
    configure("INFO", LogFormat.TEXT, hide=("8e9f0a1b2c3d", "short"))
    logger.info("Signed with 8e9f0a1b2c3d in short")
    assert lines.text()[0].endswith("Signed with [hidden] in short")


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_secret_is_hidden_with_its_quotes_and_letters_escaped(
    log_format: LogFormat, lines: Lines
) -> None:
    secret = 'pa"ss\\wörd9'
    configure("INFO", log_format, hide=(secret,))
    logger.info("Opened", extra={"to": f"postgres as {secret}"})
    text = "\n".join(lines.text())
    assert "[hidden]" in text
    assert "rd9" not in text


def test_a_word_after_bearer_is_no_secret(lines: Lines) -> None:
    configure("INFO", LogFormat.TEXT)
    logger.info("403: Invalid bearer token). Set OMNI_API_KEY")
    assert lines.text()[0].endswith("Invalid bearer token). Set OMNI_API_KEY")


def test_what_a_stranger_sent_cannot_begin_a_line_of_its_own(lines: Lines) -> None:
    configure("INFO", LogFormat.TEXT)
    forged = "x\n2026-11-23T18:00:00.000Z INFO bot: Approved\x1b[2K\u2028"
    logger.info("Asked for %s", forged, extra={"text": forged})
    log_failure(forged)
    first, second, *trace = lines.text()
    assert "Asked for x\\n2026" in first
    assert "ERROR" in second
    assert trace
    assert all(line.startswith("    ") for line in trace)
    assert all(line.isprintable() for line in (first, second, *trace))


def test_a_traceback_stays_on_its_line_in_json(lines: Lines) -> None:
    configure("INFO", LogFormat.JSON)
    with bind(reference="4f2a9c00"):
        log_failure("no such hour")
    (line,) = lines.json()
    assert line["reference"] == "4f2a9c00"
    assert str(line["trace"]).endswith("ValueError: no such hour")


def test_our_lines_begin_at_the_level_and_libraries_with_warnings(lines: Lines) -> None:
    configure("DEBUG", LogFormat.JSON)
    logger.debug("Ours")
    logging.getLogger("aiohttp.client").debug("A payload")
    logging.getLogger("httpx").info("An address")
    init_logger()  # as the durable engine does when it starts, unless its logger has a handler
    logging.getLogger("dbos").info("A step")
    logging.getLogger("dbos").warning("A lost step")
    configure("ERROR", LogFormat.JSON)
    logger.warning("Ours, but not asked for")
    assert [line["message"] for line in lines.json()] == ["Ours", "A lost step"]


async def test_bolt_does_not_print_what_slack_sent(lines: Lines) -> None:
    configure("DEBUG", LogFormat.TEXT)

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    app = AsyncApp(signing_secret="0" * 32, authorize=authorize, process_before_response=True)
    body = {"command": "/nobody-listens", "text": "what a person typed", "team_id": "T1"}
    answer = await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert answer.status == 404
    assert lines.text() == []


def test_a_reference_is_short_and_never_the_same() -> None:
    references = {reference() for _ in range(100)}
    assert len(references) == 100
    assert {len(each) for each in references} == {8}
