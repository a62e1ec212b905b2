"""The Slack app's table of contents: what it listens for, and who answers."""

import re

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import ids
from bot.slack.commands import Commands
from bot.slack.decisions import Decisions
from bot.slack.finder import Finder
from bot.slack.forms import Forms
from bot.slack.front import Front
from bot.slack.home_tab import HomeTab
from bot.slack.menus import Menus
from bot.slack.submissions import Submissions


def build(
    client: AsyncWebClient,
    identity: AuthorizeResult,
    slash: str,
    *,
    commands: Commands,
    decisions: Decisions,
    finder: Finder,
    forms: Forms,
    menus: Menus,
    submissions: Submissions,
    home_tab: HomeTab,
    front: Front,
) -> AsyncApp:
    """Return the app; whoever calls it has proven that requests are Slack's.

    `process_before_response` makes Bolt answer as soon as a listener returns, 50 times
    faster than its default, which looks for the answer every 10 ms; and it keeps the
    answer of a listener that raises.
    """

    async def authorize() -> AuthorizeResult:
        return identity

    app = AsyncApp(
        name="omni-schedule",  # left out, Bolt reads every module's path to find one: 40 ms
        client=client,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        # Nothing here listens for messages or functions, which these are for.
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.error(front.failed)
    app.command(slash)(commands.command)

    app.action(ids.APPROVE)(decisions.decide)
    app.action(ids.CANCEL)(decisions.decide)
    app.action(ids.REJECT)(decisions.reject)
    app.action(ids.EDIT)(forms.edit)
    app.action(ids.UNDO)(decisions.undo)
    app.action(ids.RECHECK)(decisions.recheck)
    app.action(ids.REPLACE)(commands.replace)
    app.action(re.compile(rf"^{ids.RUN}:\d+"))(commands.run)
    app.action(re.compile(rf"^{ids.PAGE}:\w+"))(finder.turn)
    app.action(ids.SHOW_CONNECTION)(finder.pick)

    app.shortcut(ids.CHANGE_SHORTCUT)(forms.shortcut)
    app.action(ids.OPEN_FORM)(forms.button)
    app.action(ids.CONNECTION)(forms.connection_chosen)
    app.action(ids.SCHEDULE)(forms.schedule_chosen)
    app.action(ids.WHEN)(forms.typed)
    app.action(ids.ZONE)(forms.typed)
    app.options(ids.CONNECTION)(menus.connections)
    app.options(ids.SHOW_CONNECTION)(menus.connections)
    app.options(ids.SCHEDULE)(menus.schedules)
    app.options(ids.ZONE)(menus.zones)

    app.event("app_home_opened")(home_tab.opened)
    app.action(re.compile(rf"^{ids.HOME_PAGE}:\w+"))(home_tab.turn)
    app.action(ids.LOOK_AGAIN)(home_tab.look_again)
    app.action(ids.REVIEW)(home_tab.review)
    app.view(ids.REVIEW_FORM)(home_tab.approved)

    app.view(ids.FORM)(submissions.submitted)
    app.view(ids.REJECT_FORM)(decisions.rejected)

    app.command(re.compile(""))(front.misnamed)
    app.action(re.compile(""))(front.unheard)
    app.view(re.compile(""))(front.unheard)
    return app
