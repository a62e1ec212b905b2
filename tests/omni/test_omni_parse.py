"""What each answer of Omni's means, byte for byte."""

import pickle

import pytest
from sqlalchemy import String

from bot.omni import (
    Connection,
    ConnectionSchedule,
    Forbidden,
    NotFound,
    OmniError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unexpected,
)
from bot.omni.wire import api_url, parse
from bot.tables import metadata

KEY = "omni_secret_0123456789"
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"
MAINTENANCE = b'{"error": "503", "message": "Omni is under maintenance"}'
DATE = "Mon, 23 Nov 2026 18:00:00 GMT"

# What was answered, the error that it means, its words, and whether a write may have happened.
ANSWERS = [
    # The shapes of Omni's errors.
    (400, b'{"detail": "Invalid cron", "status": 400}', Rejected, "Invalid cron", False),
    (400, b'{"error": "400", "message": "Invalid cron"}', Rejected, "Invalid cron", False),
    (400, b'{"error": "Invalid cron"}', Rejected, "Invalid cron", False),
    (400, b'{"error": {"message": "Invalid cron"}}', Rejected, "Invalid cron", False),
    (400, b'{"error": {"code": 7, "detail": "Bad"}}', Rejected, "Bad", False),
    (400, b'{"detail": null, "message": "Bad"}', Rejected, "Bad", False),
    (400, b'{"detail": "", "error": "Bad"}', Rejected, "Bad", False),
    (400, b'{"detail": ["a", "b"]}', Rejected, '{"detail": ["a", "b"]}', False),
    (400, b'"Bad"', Rejected, "Bad", False),
    (400, b"Bad", Rejected, "Bad", False),
    (400, b"", Rejected, "", False),
    (400, b"\xff\xfe", Rejected, "\ufffd\ufffd", False),
    # The statuses.
    (401, b'{"error": "Unauthorized"}', Unauthorized, "Unauthorized", False),
    (403, b'{"detail": "Invalid bearer token"}', Unauthorized, "Invalid bearer token", False),
    (403, b'{"detail": "Permission denied"}', Forbidden, "Permission denied", False),
    (404, b'{"detail": "Connection with id 1 does not exist"}', NotFound, "Connection wi", False),
    (404, b"", NotFound, "", False),
    (409, b'{"detail": "Conflict"}', Rejected, "Conflict", False),
    (410, b'{"detail": "Gone"}', Unexpected, "Gone", False),
    (422, b'{"message": "Unprocessable"}', Rejected, "Unprocessable", False),
    (429, b'{"error": "429", "message": "Too Many Requests"}', RateLimited, "Too Many", False),
    (429, PAGE, RateLimited, "an HTML page", False),
    (500, b'{"message": "Internal Server Error"}', Unavailable, "Internal Server Error", True),
    (502, PAGE, Unavailable, "an HTML page", True),
    (503, MAINTENANCE, Unavailable, "Omni is under maintenance", True),
    (504, b"upstream timed out", Unavailable, "upstream timed out", True),
    # What is not Omni's API.
    (200, b"", Unexpected, "expected JSON, got nothing", True),
    (204, b"", Unexpected, "expected JSON, got nothing", True),
    (200, PAGE, Unexpected, "expected JSON, got an HTML page", True),
    (200, b"OK", Unexpected, "expected JSON, got text", True),
    (200, b'{"schedule', Unexpected, "expected JSON, got text", True),
    (200, b"[" * 100_000, Unexpected, "expected JSON, got text", True),
    (302, b"", Unexpected, "expected JSON, got sent to another page", True),
    (401, PAGE, Unexpected, "an HTML page", False),
    (403, PAGE, Unexpected, "an HTML page", False),
    (404, PAGE, Unexpected, "an HTML page", False),
]


@pytest.mark.parametrize(("status", "body", "kind", "words", "unknown"), ANSWERS)
def test_each_refusal_and_failure_is_told_apart_by_what_one_can_do(
    status: int, body: bytes, kind: type[OmniError], words: str, *, unknown: bool
) -> None:
    with pytest.raises(OmniError) as caught:
        parse(status, {}, body, key=KEY)
    error = caught.value
    assert type(error) is kind
    assert error.status == status
    assert error.detail.startswith(words)
    assert bool(error.detail) is bool(words)
    assert error.outcome_unknown is unknown


def test_a_good_answer_is_its_json() -> None:
    assert parse(200, {}, b'{"success": true}', key=KEY) == {"success": True}
    assert parse(201, {}, b"[]", key=KEY) == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "Mon, 23 Nov 2026 18:00:30 GMT", "date": DATE}, 30.0),
        ({"retry-after": "Mon, 23 Nov 2026 17:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Fri, 25 Dec 2026 18:00:00 GMT", "date": DATE}, 3600.0),
        ({"retry-after": "Mon, 23 Nov 2026 18:00:30 GMT"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 18:00:30 -0000", "date": DATE}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon", "date": DATE}, None),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "date": DATE}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_an_hour_at_most(
    headers: dict[str, str], seconds: float | None
) -> None:
    with pytest.raises(RateLimited) as caught:
        parse(429, headers, b"", key=KEY)
    assert caught.value.retry_after == seconds


def test_only_omnis_announced_maintenance_surely_did_not_write() -> None:
    def outcome_unknown(status: int, headers: dict[str, str], body: bytes) -> bool:
        with pytest.raises(Unavailable) as caught:
            parse(status, headers, body, key=KEY)
        return caught.value.outcome_unknown

    wait = {"retry-after": "120"}
    assert not outcome_unknown(503, wait, MAINTENANCE)
    assert outcome_unknown(503, {}, MAINTENANCE)
    assert outcome_unknown(503, wait, PAGE)
    assert outcome_unknown(503, wait, b"no healthy upstream")
    assert outcome_unknown(500, wait, MAINTENANCE)


def test_a_redirect_is_told_with_its_host_and_nothing_more() -> None:
    location = "https://login.example.com/start?state=abc123"
    with pytest.raises(Unexpected) as caught:
        parse(302, {"location": location}, b"", key=KEY)
    assert "login.example.com" in str(caught.value)
    assert "OMNI_BASE_URL" in str(caught.value)
    assert "abc123" not in str(caught.value)


@pytest.mark.parametrize("location", ["https://[bad/", "https://[::1", "//[]", ""])
def test_a_redirect_to_nowhere_is_told_all_the_same(location: str) -> None:
    with pytest.raises(Unexpected, match="got sent to another page"):
        parse(302, {"location": location}, b"", key=KEY)


def test_omnis_words_are_one_line_of_bounded_length_without_the_key() -> None:
    echo = f'{{"detail": "Token\\n\\u001b[31m {KEY} \\u202e is unknown{" very" * 200}"}}'
    with pytest.raises(Rejected) as caught:
        parse(400, {}, echo.encode(), key=KEY)
    assert caught.value.detail.startswith("Token [31m [API key] is unknown very very")
    assert len(caught.value.detail) < 310


def test_the_key_is_not_cut_in_half_where_words_are_cut() -> None:
    echo = f'{{"detail": "{"x" * 290}{KEY}"}}'
    with pytest.raises(Rejected) as caught:
        parse(400, {}, echo.encode(), key=KEY)
    assert KEY[:5] not in caught.value.detail


def test_an_error_reads_as_what_happened_in_whose_words_and_what_to_do() -> None:
    error = Unauthorized("Invalid bearer token", status=403)
    assert str(error) == (
        "Omni does not accept the API key (403: Invalid bearer token). Set OMNI_API_KEY to a key"
        " that is enabled; in Omni, Settings > API access lists them and makes new ones."
    )
    assert "(404)" in str(NotFound("", status=404))
    assert str(Unavailable("")) == "Omni is not available. Try again in a few minutes."


def test_an_error_can_be_stored_and_brought_back() -> None:
    error = RateLimited("Too many", status=429, retry_after=7.5, outcome_unknown=True)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is RateLimited
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://acme.omniapp.co", "https://acme.omniapp.co/api/"),
        ("https://acme.omniapp.co/", "https://acme.omniapp.co/api/"),
        ("https://acme.omniapp.co/api", "https://acme.omniapp.co/api/"),
        (" HTTPS://acme.omniapp.co/api/ ", "https://acme.omniapp.co/api/"),
        ("https://omni.acme.com:8443", "https://omni.acme.com:8443/api/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/"),
        ("http://127.1.2.3", "http://127.1.2.3/api/"),
        ("http://[::1]:8080/api", "http://[::1]:8080/api/"),
        ("http://localhost:8080", "http://localhost:8080/api/"),
    ],
)
def test_the_base_url_is_taken_with_and_without_api(given: str, used: str) -> None:
    assert api_url(given) == used


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("", "must be the address"),
        ("acme.omniapp.co", "must be the address"),
        ("https://", "must be the address"),
        ("https://acme.omniapp.co:port", "must be the address"),
        ("https://[acme", "must be the address"),
        ("http://acme.omniapp.co", "must begin with https://"),
        ("http://127.0.0.1.example.com", "must begin with https://"),
        ("http://192.168.1.10", "must begin with https://"),
        ("ftp://localhost", "must begin with https://"),
        ("https://acme.omniapp.co/dashboards/12", "must end after the host"),
        ("https://acme.omniapp.co/api/v1", "must end after the host"),
        ("https://acme.omniapp.co/?key=hush", "must end after the host"),
        ("https://me:hush@acme.omniapp.co", "must end after the host"),
        ("https://acme.omniapp.co\u200b", "perhaps an invisible one: type it anew"),
        ("https://acme.omniapp.co\x7f", "perhaps an invisible one: type it anew"),
        ("https://xn--.omniapp.co", "that no address has"),
    ],
)
def test_a_wrong_base_url_is_refused_with_the_variable_and_the_rule(given: str, rule: str) -> None:
    with pytest.raises(ValueError, match="OMNI_BASE_URL") as caught:
        api_url(given)
    assert rule in str(caught.value)
    assert "hush" not in str(caught.value)


SCHEDULE = {
    "scheduleId": "s1",
    "connectionId": "c1",
    "schedule": "00 18 ? * * *",
    "timezone": "Europe/London",
}


def test_a_schedule_needs_its_ids_expression_and_zone_and_bears_unknown_keys() -> None:
    schedule = ConnectionSchedule.from_api(SCHEDULE | {"owner": {"id": 7}, "disabledAt": None})
    assert (schedule.id, schedule.connection_id) == ("s1", "c1")
    assert (schedule.cron, schedule.timezone) == ("00 18 ? * * *", "Europe/London")
    assert schedule.hard_refresh is None
    assert schedule.description == ""


def test_times_are_read_with_their_zone_and_as_utc_where_they_have_none() -> None:
    for written in ("2026-01-15T10:30:00.000Z", "2026-01-15T10:30:00"):
        schedule = ConnectionSchedule.from_api(SCHEDULE | {"disabledAt": written})
        assert schedule.disabled_at is not None
        assert schedule.disabled_at.isoformat() == "2026-01-15T10:30:00+00:00"


def test_a_field_that_nobody_reads_spoils_nothing() -> None:
    odd = {"createdAt": 1_700_000_000_000, "updatedAt": "yesterday"}
    assert ConnectionSchedule.from_api(SCHEDULE | odd) == ConnectionSchedule.from_api(SCHEDULE)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "expected a schedule, got a list"),
        (None, "expected a schedule, got nothing"),
        ({}, "expected a text `scheduleId`, got nothing"),
        (
            SCHEDULE | {"scheduleId": "s" * 65},
            "expected an id `scheduleId` of at most 64 characters, got text",
        ),
        (
            SCHEDULE | {"connectionId": "c" * 65},
            "expected an id `connectionId` of at most 64 characters, got text",
        ),
        (SCHEDULE | {"timezone": 3}, "expected a text `timezone`, got a number"),
        (SCHEDULE | {"schedule": None}, "expected a text `schedule`, got nothing"),
        (SCHEDULE | {"hardRefresh": "yes"}, "expected true or false for `hardRefresh`, got text"),
        (SCHEDULE | {"disabledAt": "soon"}, "expected a time `disabledAt`, got text"),
        (SCHEDULE | {"disabledAt": True}, "expected a text `disabledAt`, got true or false"),
    ],
)
def test_a_schedule_of_another_shape_is_refused_with_what_was_expected(
    value: object, words: str
) -> None:
    with pytest.raises(Unexpected) as caught:
        ConnectionSchedule.from_api(value)
    assert caught.value.detail == words


def test_an_id_for_which_every_table_has_room_is_taken() -> None:
    ids = {"scheduleId": "s" * 64, "connectionId": "c" * 64}
    schedule = ConnectionSchedule.from_api(SCHEDULE | ids)
    assert (schedule.id, schedule.connection_id) == tuple(ids.values())
    columns = [
        column.type
        for table in metadata.tables.values()
        for column in table.columns
        if column.name in {"schedule_id", "connection_id"}
    ]
    assert {one.length for one in columns if isinstance(one, String)} == {64}


@pytest.mark.parametrize("written", ["At 06:00 PM \0", "At 06:00 PM \ud800"])
def test_what_no_database_takes_is_replaced_in_a_text(written: str) -> None:
    record = {"scheduleId": "1", "connectionId": "2", "schedule": "", "timezone": ""}
    shown = ConnectionSchedule.from_api(record | {"description": written}).description
    assert shown.startswith("At 06:00 PM ")
    assert "\0" not in shown
    assert shown.encode()


@pytest.mark.parametrize("status", [502, 504, 520, 522, 524])
def test_after_a_proxy_gave_up_a_write_may_still_follow(status: int) -> None:
    with pytest.raises(Unavailable) as caught:
        parse(status, {}, PAGE, key=KEY)
    assert caught.value.may_follow


@pytest.mark.parametrize("status", [200, 400, 404, 500, 503])
def test_after_an_answer_of_omnis_own_no_write_follows(status: int) -> None:
    with pytest.raises(OmniError) as caught:
        parse(status, {}, b"Bad", key=KEY)
    assert not caught.value.may_follow


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "f47ac10b"),
        ("\u202e\u2066", "f47ac10b"),
        ("Prod\u202euction\u202c", "Production"),
        ("Sandbox\nUndone by Ada: \u2028Production", "Sandbox Undone by Ada: Production"),
        ("مستودع الإنتاج", "مستودع الإنتاج"),
    ],
)
def test_a_connection_has_a_name_that_turns_nothing_around(name: str, shown: str) -> None:
    record = {"id": "f47ac10b-58cc", "name": name, "dialect": "snowflake"}
    assert Connection.from_api(record).name == shown


def test_nothing_that_omni_shows_of_a_schedule_begins_a_line_or_turns_one() -> None:
    odd = "\u202eAt 9\n*Becomes*\r\nAt 6"
    record = {"scheduleId": "a1b2", "connectionId": "f47a", "description": odd}
    terms = ConnectionSchedule.from_api(record | {"schedule": odd, "timezone": odd}).terms
    assert {terms.cron, terms.timezone, terms.description} == {"At 9 *Becomes* At 6"}


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_no_clock_in_utc_can_show_is_none(edge: str) -> None:
    record = {"scheduleId": "a1b2", "connectionId": "f47a", "schedule": "", "timezone": ""}
    with pytest.raises(Unexpected, match="`disabledAt`"):
        ConnectionSchedule.from_api(record | {"disabledAt": edge})
