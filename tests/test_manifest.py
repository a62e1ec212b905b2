"""The Slack app, as Slack will make it from the manifest."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from bot.manifest import FILE, main
from bot.settings import DEFAULT_SLASH_COMMAND
from tests.world import World

SCHEMA = FILE.parent.parent / "shared" / "facts" / "slack-manifest.schema.json"
URL = "https://omni-bot.acme.com/slack/events"

Manifest = dict[str, Any]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Manifest:
    assert main(arguments) == 0
    text = capsys.readouterr().out
    manifest: Manifest = yaml.safe_load(text)
    return manifest


@pytest.fixture
def file() -> Manifest:
    manifest: Manifest = yaml.safe_load(FILE.read_text())
    return manifest


@pytest.fixture
def for_http(capsys: pytest.CaptureFixture[str]) -> Manifest:
    return printed(capsys, "--url", "https://omni-bot.acme.com/")


@pytest.fixture
def for_socket_mode(capsys: pytest.CaptureFixture[str]) -> Manifest:
    return printed(capsys)


def urls(part: Any) -> list[str]:
    """Find every request URL in a manifest."""
    if isinstance(part, list):
        return [url for each in part for url in urls(each)]
    if not isinstance(part, dict):
        return []
    here = [value for key, value in part.items() if key == "url" or key.endswith("_url")]
    return here + [url for each in part.values() for url in urls(each)]


@pytest.mark.parametrize("variant", ["file", "for_http", "for_socket_mode"])
def test_slacks_own_schema_accepts_it(variant: str, request: pytest.FixtureRequest) -> None:
    if not SCHEMA.exists():
        pytest.skip(f"Slack's schema is not beside the project, at {SCHEMA}")
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(request.getfixturevalue(variant), schema)


def test_over_http_everything_comes_to_the_one_address(for_http: Manifest) -> None:
    assert urls(for_http) == [URL, URL, URL, URL]
    assert for_http["settings"]["socket_mode_enabled"] is False
    assert for_http["settings"]["interactivity"]["message_menu_options_url"] == URL


def test_in_socket_mode_there_is_no_address_at_all(for_socket_mode: Manifest) -> None:
    assert urls(for_socket_mode) == []
    assert for_socket_mode["settings"]["socket_mode_enabled"] is True


def test_the_two_differ_in_nothing_else(for_http: Manifest, for_socket_mode: Manifest) -> None:
    del for_http["features"]["slash_commands"][0]["url"]
    del for_http["settings"]["interactivity"]["request_url"]
    del for_http["settings"]["interactivity"]["message_menu_options_url"]
    del for_http["settings"]["event_subscriptions"]["request_url"]
    for_http["settings"]["socket_mode_enabled"] = True
    assert for_http == for_socket_mode


@pytest.mark.parametrize("url", ["bot.acme.com", "http://bot.acme.com", "https://", f"{URL}/x"])
def test_an_address_that_slack_could_not_reach_is_refused(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--url", url])
    assert exit_.value.code == 2
    assert "must be https:// and a host" in capsys.readouterr().err


def test_it_asks_for_what_the_bot_needs_and_nothing_more(file: Manifest) -> None:
    assert set(file["oauth_config"]["scopes"]) == {"bot"}
    assert set(file["oauth_config"]["scopes"]["bot"]) == {
        "commands",
        "chat:write",
        "chat:write.public",
        "users:read",
        "usergroups:read",
        "im:write",
    }
    assert file["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]


def test_the_command_is_the_one_that_the_bot_listens_to(file: Manifest) -> None:
    (command,) = file["features"]["slash_commands"]
    assert command["command"] == DEFAULT_SLASH_COMMAND
    assert command["should_escape"] is False  # escaped, a name with @ would arrive as an id


def test_it_is_not_mistaken_for_omnis_own_app(file: Manifest) -> None:
    names = {file["display_information"]["name"], file["features"]["bot_user"]["display_name"]}
    assert names == {"Schedule bot for Omni"}


def test_the_app_home_and_the_messages_tab_can_be_used(file: Manifest) -> None:
    assert file["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


async def test_the_bot_listens_to_everything_that_slack_will_send(
    file: Manifest, world: World
) -> None:
    for command in file["features"]["slash_commands"]:
        assert (await world.requester.types(f"{command['command']} help")).status == 200
    for shortcut in file["features"]["shortcuts"]:
        assert (await world.requester.runs_shortcut(shortcut["callback_id"])).status == 200
    assert file["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    assert (await world.requester.opens_home()).status == 200
