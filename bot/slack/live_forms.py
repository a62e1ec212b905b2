"""Open forms, brought up to date while somebody fills them in.

One update at a time for each form, and only the newest: what came in between is skipped.
https://docs.slack.dev/surfaces/modals/#updating_views
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PersonError
from bot.recent import Recent
from bot.slack import ids, modals
from bot.slack.drafts import Draft, fields_of
from bot.slack.front import Where
from bot.slack.web import FAULTS, error_name

log = logging.getLogger(__name__)

QUIET = 0.25  # seconds without a keystroke before the form follows
MOST_OPEN = 500  # forms that this process remembers

View = dict[str, Any]


class NotOpenedError(PersonError):
    """Slack did not open a form."""

    def __init__(self) -> None:
        super().__init__(
            "The form could not be opened: Slack waits three seconds for it, and they were over. "
            "Nothing was done. Please try again."
        )


@dataclass(slots=True)
class _Form:
    draft: Draft
    zone: str
    hash: str | None  # None: what is shown is not known until Slack sends it
    #: Of what this process has shown or seen: Slack sends another one where another process has.
    known: set[str]
    #: As good as a password, so it does not travel with the form.
    reply_url: str | None = None
    newest: int = 0
    updating: asyncio.Lock = field(default_factory=asyncio.Lock)


class LiveForms:
    """Opens forms and keeps them up to date."""

    def __init__(self, client: AsyncWebClient, *, clock: Callable[[], datetime]) -> None:
        """Begin with none."""
        self._client = client
        self._clock = clock
        self._forms: Recent[str, _Form] = Recent(most=MOST_OPEN)

    async def open(self, where: Where, view: View, draft: Draft) -> str:
        """Open a view and return its id; raises `NotOpenedError`."""
        try:
            answer = await self._client.views_open(trigger_id=where.trigger, view=view)
        except FAULTS as error:
            log.info("A form was not opened: %s", error)
            raise NotOpenedError from error
        view_id: str = answer["view"]["id"]
        shown: str = answer["view"]["hash"]
        self._forms[view_id] = _Form(draft, draft.zone, shown, {shown}, where.reply_url)
        return view_id

    def reply_url(self, view_id: str) -> str | None:
        """Return how to answer where a form was opened; None where it is not remembered."""
        form = self._forms.get(view_id)
        return form.reply_url if form else None

    def view(self, draft: Draft, zone: str | None = None) -> View:
        """Return the form of a draft; `zone` is the one that is chosen in it."""
        chosen = draft.zone if zone is None else zone
        return modals.form(draft, draft.reading(chosen), chosen, self._clock())

    def draft(self, view: View) -> Draft:
        """Return what stands in a form that Slack sent, and remember it."""
        values = fields_of(view)
        form = self._forms.get(view["id"])
        sent: str = view["hash"]
        if form is None or sent not in form.known:  # another process opened or updated it
            draft = Draft.from_metadata(view["private_metadata"])
            reply_url = form.reply_url if form else None
            form = self._forms[view["id"]] = _Form(draft, draft.zone, sent, {sent}, reply_url)
        form.draft = form.draft.filled(values)
        form.zone = values.get(ids.ZONE) or form.draft.zone
        return form.draft

    def newest(self, view_id: str) -> Draft | None:
        """Return what stands in a form by now; None where it is not remembered."""
        form = self._forms.get(view_id)
        return form.draft if form else None

    def hold(self, view_id: str) -> None:
        """Leave a form that was submitted until somebody types again.

        It is closed, or shows errors, which would go with an update.
        """
        if form := self._forms.get(view_id):
            form.newest += 1

    async def change(self, view_id: str, draft: Draft) -> None:
        """Show a form with another draft, whose zone is chosen anew where its turn is new."""
        form = self._forms.get(view_id)
        if form is not None:
            form.zone = draft.zone if draft.turn != form.draft.turn else form.zone
            form.draft = draft
            await self.follow(view_id, quiet=0)

    async def follow(self, view_id: str, *, quiet: float = QUIET) -> None:
        """Bring a form up to date, unless something newer comes within `quiet` seconds."""
        form = self._forms.get(view_id)
        if form is None:
            return
        form.newest = own = form.newest + 1
        await asyncio.sleep(quiet)
        async with form.updating:
            if own == form.newest and form.hash is not None:
                await self._update(view_id, form)

    async def _update(self, view_id: str, form: _Form) -> None:
        view = self.view(form.draft, form.zone)
        try:
            answer = await self._client.views_update(view_id=view_id, hash=form.hash, view=view)
        except SlackApiError as error:
            # Closed meanwhile, or another process was faster: what Slack sends next is newer.
            log.info("A form was not brought up to date: %s", error_name(error))
            form.hash = None
            form.known.clear()
        except FAULTS:
            log.warning("A form could not be brought up to date", exc_info=True)
        else:
            form.hash = answer["view"]["hash"]
            form.known.add(answer["view"]["hash"])
