"""What Slack delivers over HTTP: proven to be Slack's, then parsed; no input or output in here.

Until a request is proven to be Slack's, its sender learns no more than that it is not.
https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

LARGEST_BODY = 1_000_000  # bytes; the largest thing of Slack's, a view, has 250,000
OLDEST = 300  # seconds, in both directions: either clock may be off
MOST_FIELDS = 100  # in a form; Slack sends about 15
LONGEST_EVENT_ID = 128  # characters that the memory of deliveries takes; Slack's have about 12

_LENGTH = re.compile(rb"[0-9]{1,10}")
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")


class Refused(Exception):  # noqa: N818 - an answer to give, not a fault of ours
    """Give the status to answer with, and the reason in words for the log."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Delivery:
    """What Slack sent; `key` is the same each time that it sends the same."""

    key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers of a request that claims to be Slack's."""

    timestamp: bytes
    signature: bytes
    content_type: bytes

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[bytes, bytes]], now: float) -> "Envelope":
        """Check the headers before the body is read; raise Refused. `now` is in Unix seconds."""
        found = dict(headers)
        length = found.get(b"content-length", b"0")
        if not _LENGTH.fullmatch(length) or int(length) > LARGEST_BODY:
            raise too_large()
        envelope = cls(
            found.get(b"x-slack-request-timestamp", b""),
            found.get(b"x-slack-signature", b""),
            found.get(b"content-type", b"").partition(b";")[0].strip().lower(),
        )
        envelope._check(now)
        return envelope

    def _check(self, now: float) -> None:
        if not self.timestamp and not self.signature:
            raise _unproven("it is not signed, so it is not from Slack")
        if not _TIMESTAMP.fullmatch(self.timestamp):
            raise _unproven("its timestamp is not a number of seconds")
        if abs(now - int(self.timestamp)) > OLDEST:
            raise _unproven(
                f"it was signed over {OLDEST} seconds ago or ahead; is the clock right?"
            )
        if not _SIGNATURE.fullmatch(self.signature):
            raise _unproven("its signature is not of the form v0= and 64 hexadecimal digits")

    def open(self, body: bytes, signing_secret: bytes) -> Delivery:
        """Return what the body says, once it is proven to be Slack's; raise Refused."""
        signed = b"v0:%b:%b" % (self.timestamp, body)
        expected = b"v0=" + hmac.digest(signing_secret, signed, "sha256").hex().encode()
        if not hmac.compare_digest(expected, self.signature):
            raise _unproven("its signature is wrong; is SLACK_SIGNING_SECRET the one of this app?")
        content = _parse(body, self.content_type)
        return Delivery(_event_key(content) or self.signature.decode(), content)


def too_large() -> Refused:
    """Return the refusal of a body over `LARGEST_BODY`."""
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"it is over {LARGEST_BODY} bytes")


def malformed(reason: str) -> Refused:
    """Return the refusal of a body that Slack signed, but in no form that it documents."""
    return Refused(HTTPStatus.BAD_REQUEST, reason)


def _unproven(reason: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, reason)


def _parse(body: bytes, content_type: bytes) -> dict[str, Any]:
    try:
        match content_type:
            case b"application/json":
                return _payload(body.decode())
            case b"application/x-www-form-urlencoded":
                return _form(body.decode())
    except UnicodeDecodeError:
        raise malformed("its body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise malformed("its body is not of the form that its content type says") from None
    raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "its content type is not one of Slack's")


def _form(text: str) -> dict[str, Any]:
    # Bolt would take any form in which the word "payload" occurs for an interaction, and lose a
    # command that mentions it; here only a field of that name makes one.
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    form: dict[str, Any] = dict(pairs)
    if "payload" in form:
        return _payload(form["payload"])
    if "command" in form:
        return form
    raise malformed("its form is neither a command nor an interaction")


def _payload(text: str) -> dict[str, Any]:
    payload = json.loads(text)
    if not isinstance(payload, dict) or not _is_well_formed(payload):
        raise malformed("its payload is of no kind that this app takes")
    return payload


def _is_well_formed(payload: Mapping[str, Any]) -> bool:
    """Tell whether there is what Bolt and every listener reach into without looking.

    https://docs.slack.dev/reference/interaction-payloads/
    """
    match payload:
        case {"type": "block_actions", "user": {"id": str()}, "actions": [_, *_] as actions}:
            return all(isinstance(a, dict) and isinstance(a.get("action_id"), str) for a in actions)
        case (
            {"type": "block_suggestion", "user": {"id": str()}, "action_id": str()}
            | {
                "type": "view_submission" | "view_closed",
                "user": {"id": str()},
                "view": {"type": str(), "callback_id": str()},
            }
            | {"type": "shortcut" | "message_action", "user": {"id": str()}, "callback_id": str()}
            | {"type": "event_callback", "event": {"type": str()}}
            | {"type": "url_verification", "challenge": str()}
        ):
            return True
    return False


def _event_key(body: Mapping[str, Any]) -> str | None:
    """Return what an event keeps when Slack sends it again, signed anew."""
    event_id = body.get("event_id")
    return event_id[:LONGEST_EVENT_ID] if isinstance(event_id, str) else None
