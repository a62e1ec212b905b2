"""What somebody does on the page, done by the person chosen there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.playground.omni import OmniStandIn
from bot.playground.page_server.faults import switch_all_off, switch_omni, switch_slack
from bot.playground.slack import Answer, ImpossibleError, Message, Person, SlackStandIn, View
from bot.schedule import Schedule

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who does it, in which stand-ins, and the details that the page sent."""

    slack: SlackStandIn
    omni: OmniStandIn
    me: Person
    details: Mapping[str, Any]
    restore_omni: Callable[[], None]

    def text(self, name: str) -> str:
        """Return a detail that must be there, as a text."""
        value = self.details.get(name)
        if not isinstance(value, str):
            raise web.HTTPBadRequest(text=f"“{name}” must be a text")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a detail that must be there, as a list of texts."""
        value = self.details.get(name)
        if not isinstance(value, list):
            raise web.HTTPBadRequest(text=f"“{name}” must be a list of texts")
        return [str(each) for each in value]

    def where(self) -> Message | View:
        """Return the message or view that was used; raises ImpossibleError where it is gone."""
        for view in (self.me.modal, self.me.home):
            if view is not None and view.id == self.details.get("view"):
                return view
        for message in self.me.sees():
            if message.id == self.details.get("message"):
                return message
        raise ImpossibleError("This is no longer there.")


async def _type(act: Act) -> Json:
    # A failed command is told by Slackbot, in the conversation.
    await act.me.types(act.text("text"), channel=act.text("channel"))
    return {}


async def _click(act: Act) -> Json:
    block = act.text("block")
    return _told(await act.me.clicks(act.where(), act.text("action"), block_id=block))


async def _choose(act: Act) -> Json:
    block, values = act.text("block"), act.texts("values")
    return _told(await act.me.selects(act.where(), act.text("action"), *values, block_id=block))


async def _fill(act: Act) -> Json:
    answer = await act.me.types_into(
        act.where(),
        act.text("action"),
        act.text("value"),
        enter=act.details.get("enter") is True,
        block_id=act.text("block"),
    )
    return _told(answer)


async def _suggest(act: Act) -> Json:
    block, query = act.text("block"), act.text("query")
    offered = await act.me.suggestions(act.where(), act.text("action"), query, block_id=block)
    return {"options": offered}


async def _submit(act: Act) -> Json:
    answer = await act.me.submits(_modal(act))
    return {} if answer.error == "incomplete" else _told(answer)


async def _close(act: Act) -> Json:
    return _told(await act.me.closes(_modal(act)))


async def _home(act: Act) -> Json:
    await act.me.opens_home()  # Slack shows nobody that an event failed
    return {}


async def _shortcut(act: Act) -> Json:
    return _told(await act.me.runs_shortcut(act.text("id")))


async def _fault(act: Act) -> Json:
    name, on = act.text("name"), act.details.get("on") is True
    if act.text("half") == "omni":
        switch_omni(act.omni, name, on=on)
    else:
        switch_slack(act.slack, name, on=on)
    return {}


async def _edit(act: Act) -> Json:
    wanted = Schedule.parse(act.text("cron"), act.text("timezone"))
    found = act.omni.data.schedule(act.text("schedule"))
    if found is None:
        raise ImpossibleError("This schedule is no longer in Omni.")
    disabled_at = found.disabled_at or act.slack.workspace.clock()
    act.omni.data.put(
        replace(
            found,
            cron=str(wanted.cron),
            timezone=wanted.zone.key,
            hard_refresh=act.details.get("hard_refresh") is True,
            disabled_at=disabled_at if act.details.get("disabled") is True else None,
        )
    )
    return {}


async def _reset(act: Act) -> Json:
    switch_all_off(act.slack, act.omni)
    act.slack.workspace.reset()
    act.omni.log.clear()
    act.omni.writes = 0
    act.restore_omni()
    return {}


ACTS: Mapping[str, Callable[[Act], Awaitable[Json]]] = {
    "choose": _choose,
    "click": _click,
    "close": _close,
    "edit": _edit,
    "fault": _fault,
    "fill": _fill,
    "home": _home,
    "reset": _reset,
    "shortcut": _shortcut,
    "submit": _submit,
    "suggest": _suggest,
    "type": _type,
}


def _modal(act: Act) -> View:
    where = act.where()
    if not isinstance(where, View):
        raise web.HTTPBadRequest(text="“view” must name a modal")
    return where


def _told(answer: Answer) -> Json:
    """Say what Slack's own warning sign would stand for."""
    if answer.error is None:
        return {}
    return {"problem": f"Slack shows a warning here: the app did not answer it ({answer.error})."}
