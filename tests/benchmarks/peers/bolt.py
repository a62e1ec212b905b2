"""A bare Bolt for Python that acknowledges the command, served as the bot is."""

import sys

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck


async def authorize() -> AuthorizeResult:
    """Know the workspace without asking Slack."""
    return AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token="xoxb-none")


async def acknowledge(ack: AsyncAck) -> None:
    """Acknowledge, and do nothing."""
    await ack()


def main(before_response: str, secret: str, port: str) -> None:
    """Serve until told to stop."""
    app = AsyncApp(
        signing_secret=secret,
        authorize=authorize,
        process_before_response=before_response == "True",
    )
    app.command("/omni-schedule")(acknowledge)
    config = uvicorn.Config(
        AsyncSlackRequestHandler(app),
        port=int(port),
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
