"""What goes wrong at Omni, told apart by what a person can do about it.

OmniError
├── Unavailable     wait: Omni is down, failing, too slow, or not to be reached
├── RateLimited     wait: the key's requests of this minute are used up
├── Rejected        change what was asked for
├── NotFound        look for another id
├── Unauthorized    change the API key
├── Forbidden       widen the role of the API key's owner
└── Unexpected      check where OMNI_BASE_URL points
"""

# ruff: noqa: N818  they are named for what happened and read as `except NotFound`

from http import HTTPStatus
from typing import ClassVar

#: How proxies answer that gave up waiting for what stands behind them, Cloudflare's own included:
#: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
GAVE_UP = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT, 520, 522, 524})

#: Seconds until Omni is asked again where it does not say when.
USUAL_PAUSE = 15.0


class OmniError(Exception):
    """Say what became of a request to Omni; all are picklable, so that they can be stored.

    `status` is that of the HTTP answer, None where there was none. `detail` is in Omni's own
    words where it had any. `retry_after` counts seconds, None where Omni named no time.
    `outcome_unknown` tells whether a write may have been carried out in spite of the error:
    then only reading back can tell, and sending it again could do it twice.
    """

    summary: ClassVar[str] = "The request to Omni failed"
    repair: ClassVar[str] = ""

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        """Keep the facts; the words for a person come from the class."""
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown

    def __str__(self) -> str:
        """Return sentences for a person: what happened, in Omni's words, and the repair."""
        return f"{self.what} {self.repair}".rstrip()

    @property
    def what(self) -> str:
        """A sentence for a person: what happened, in Omni's words."""
        facts = f" ({self.facts})" if self.facts else ""
        return f"{self.summary}{facts}."

    @property
    def may_follow(self) -> bool:
        """Whether a write may be carried out even after this: Omni itself did not answer it."""
        return self.outcome_unknown and (self.status is None or self.status in GAVE_UP)

    @property
    def facts(self) -> str:
        """Status and detail, as far as there are any, for a log."""
        return ": ".join(str(fact) for fact in (self.status, self.detail) if fact)


class Unavailable(OmniError):
    """Omni is down, failing, too slow, or not to be reached."""

    summary = "Omni is not available"
    repair = "Try again in a few minutes."


class RateLimited(OmniError):
    """Too many requests were made with this API key; this one was not carried out.

    With a `status` Omni refused it; without one it was never sent.
    """

    summary = "Omni allows an API key about 60 requests a minute and has had too many"
    repair = "Try again in a minute."

    @property
    def pause(self) -> float:
        """The seconds until Omni can be asked again, where it named none a guess."""
        return self.retry_after or USUAL_PAUSE

    def __str__(self) -> str:
        """Return sentences for a person, with the time to wait where it is known."""
        known = f"Try again in {self.retry_after:.0f} s." if self.retry_after else self.repair
        return super().__str__().replace(self.repair, known)


class Rejected(OmniError):
    """Omni understood the request and refused it."""

    summary = "Omni refused the request"
    repair = "Nothing was changed. Correct it as Omni says and try again."


class NotFound(OmniError):
    """Omni has no such connection or schedule, or does not show it to this API key."""

    summary = "Omni has no such connection or schedule"
    repair = "It may have been deleted: look it up in the list of those that exist."


class Unauthorized(OmniError):
    """Omni does not know the API key."""

    summary = "Omni does not accept the API key"
    repair = (
        "Set OMNI_API_KEY to a key that is enabled; in Omni, Settings > API access lists them"
        " and makes new ones."
    )


class Forbidden(OmniError):
    """Omni knows the API key, but its owner may not do this."""

    summary = "Omni knows the API key but does not let its owner do this"
    repair = "In Omni, make the key's owner a Connection Admin of the connection."


class Unexpected(OmniError):
    """What answered is not Omni's API, or not as it is documented."""

    summary = "The answer is not one that Omni's API gives"
    repair = (
        "Check that OMNI_BASE_URL is the address where people open Omni, and that no proxy or"
        " login page stands before it."
    )
