"""The main job: a command, a card, a click, one write, and the story told."""

from tests.world import COMMAND, DATA_TEAM, World


async def test_the_documentations_command_is_shown_approved_written_once_and_announced(
    world: World,
) -> None:
    await world.requester.types(COMMAND)
    card = await world.requester.sees_message("Change the schema refresh of Production Snowflake?")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM)
