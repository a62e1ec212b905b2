"""Turn what comes over the wire into a value or an error, without any input or output.

Sources: https://docs.omni.co/api/errors, and what live instances were seen to answer.
"""

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

import httpx

from bot.omni.errors import (
    Forbidden,
    NotFound,
    OmniError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unexpected,
)

LONGEST_DETAIL = 300  # characters: what still reads as a sentence in a message
LONGEST_WAIT = 3600.0  # seconds: a longer Retry-After is a mistake, or no answer for a person
REFUSALS: Mapping[int, type[OmniError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.GONE: Unexpected,  # an endpoint that was removed, whatever became of the schedule
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}


def parse(status: int, headers: Mapping[str, str], body: bytes, *, key: str) -> object:
    """Return the JSON value of an answer, or raise the `OmniError` that it stands for.

    `headers` are looked up in lower case. `key` is the API key, which no error may quote.
    """
    match status // 100:
        case 2:
            return _value(status, body)
        case 4:
            raise _refusal(status, headers, body, key)
        case 5:
            raise _failure(status, headers, body, key)
    # A redirect is not followed: Omni's API has none, so it leads to a login page or elsewhere.
    where = _host(headers.get("location", "")) or "another page"
    raise Unexpected(f"expected JSON, got sent to {where}", status=status, outcome_unknown=True)


def api_url(base_url: str) -> str:
    """Return the address of the API for `OMNI_BASE_URL`, with or without `/api` at its end.

    Raises ValueError, with a sentence that names the variable, for anything but https (plain
    http to this machine excepted: the key must not cross a network unencrypted) and for
    addresses with more in them than a host.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, _ = parts.hostname, parts.port  # both may raise ValueError
    except ValueError:
        host = None
    example = "for example https://acme.omniapp.co"
    if not host:
        raise ValueError(f"OMNI_BASE_URL must be the address of your Omni, {example}.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"OMNI_BASE_URL must begin with https://, {example}.")
    beside = parts.username or parts.password or parts.query or parts.fragment
    if beside or parts.path.rstrip("/") not in {"", "/api"}:
        raise ValueError(f"OMNI_BASE_URL must end after the host or after /api, {example}.")
    address = f"{parts.scheme}://{parts.netloc}/api/"
    try:
        _ = httpx.URL(address).host  # which may raise as well
    except (httpx.InvalidURL, UnicodeError):  # such as a zero-width space that was copied along
        text = "OMNI_BASE_URL has a letter in it that no address has, perhaps an invisible one"
        raise ValueError(f"{text}: type it anew, {example}.") from None
    return address


def is_loopback(host: str) -> bool:
    """Tell whether a host name stands for this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def schedules_path(connection_id: str, schedule_id: str | None = None) -> str:
    """Return the path of a connection's schedules, or of one of them; raise NotFound for no id."""
    path = f"v1/connections/{_segment(connection_id)}/schedules"
    return path if schedule_id is None else f"{path}/{_segment(schedule_id)}"


def _segment(an_id: str) -> str:
    # An empty segment or `..` would name another resource: the connection instead of a schedule.
    if not an_id.strip(". "):
        raise NotFound(f"`{an_id}` is not an id")
    return quote(an_id, safe="")


def _value(status: int, body: bytes) -> object:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        got = "an HTML page" if _is_page(body) else "text" if body.strip() else "nothing"
        detail = f"expected JSON, got {got}"
        raise Unexpected(detail, status=status, outcome_unknown=True) from None
    return value


def _refusal(status: int, headers: Mapping[str, str], body: bytes, key: str) -> OmniError:
    words = _words(body, key)
    refusal = REFUSALS.get(status, Rejected)
    if refusal is Forbidden and "bearer token" in words.lower():
        refusal = Unauthorized  # live instances answer a wrong key with 403, not with 401
    if _is_page(body) and refusal is not RateLimited:
        refusal = Unexpected  # a proxy, a login or another site: Omni's API answers in JSON
    return refusal(words, status=status, retry_after=_retry_after(headers))


def _failure(status: int, headers: Mapping[str, str], body: bytes, key: str) -> Unavailable:
    wait = _retry_after(headers)
    # "Requests that a maintenance 503 rejects were not processed"; one that has Retry-After and
    # Omni's own JSON is taken for it. Behind any other failure the work may have been done.
    maintenance = status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None and _said(body)
    return Unavailable(
        _words(body, key), status=status, retry_after=wait, outcome_unknown=not maintenance
    )


def _words(body: bytes, key: str) -> str:
    if _is_page(body):
        return "an HTML page"
    text = (_said(body) or body.decode(errors="replace")).replace(key, "[API key]")
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(printable.split())
    return line if len(line) <= LONGEST_DETAIL else f"{line[:LONGEST_DETAIL]}…"


def _said(body: bytes) -> str:
    """Find Omni's words in any of the shapes that its endpoints give them."""
    try:
        return _sentence(json.loads(body))
    except (ValueError, RecursionError):
        return ""


def _sentence(value: object) -> str:
    if isinstance(value, dict):
        said = (_sentence(value.get(name)) for name in ("detail", "message", "error"))
        return next(filter(None, said), "")
    return value.strip() if isinstance(value, str) else ""


def _is_page(body: bytes) -> bool:
    return body.lstrip().startswith(b"<")


def _host(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read seconds, or a date, which the answer's own date turns into seconds."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT)
    try:
        until, now = (parsedate_to_datetime(t) for t in (text, headers.get("date", "")))
        return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):  # no date, or one with and one without a zone
        return None
