"""How calls to Slack's Web API can fail.

https://docs.slack.dev/apis/web-api/#responses
"""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

#: What a call can raise: an answer that says no, no answer, or one that is cut short.
FAULTS = (SlackApiError, aiohttp.ClientError, OSError, TimeoutError)

#: Slack's words for its own trouble, and for too many requests.
TROUBLE = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "request_timeout",
        "service_unavailable",
    }
)


def error_name(error: Exception) -> str:
    """Return Slack's word for what is wrong; "" where what answered is not Slack's API."""
    answer = getattr(error, "response", None)
    data = getattr(answer, "data", answer)  # text where it was not JSON, such as a proxy's page
    return str(data.get("error", "")) if isinstance(data, Mapping) else ""
