"""The ears in the tests' logs hear what they are there for; every test ends with their answer."""

import logging

from tests import secrecy

KEY = "omni_0123456789abcdef01234567"


def test_a_secret_in_a_log_is_heard() -> None:
    secrecy.know([KEY])
    logging.getLogger("bot.test").warning("Asked Omni", extra={"headers": {"authorization": KEY}})
    logging.getLogger("httpx").warning("Sent %s", KEY)
    logging.getLogger("httpx").info("The bot does not write this: %s", KEY)
    assert [KEY in line for line in secrecy.leaks()] == [True, True]


def test_a_secret_in_a_stack_trace_is_heard() -> None:
    secrecy.know([KEY])
    logging.getLogger("bot.test").error("Failed", exc_info=ValueError(KEY))
    assert [KEY in line for line in secrecy.leaks()] == [True]


def test_what_is_no_secret_is_not_heard() -> None:
    secrecy.know([KEY])
    logging.getLogger("bot.test").warning("Asked Omni with omni_0123")
    assert secrecy.leaks() == []
