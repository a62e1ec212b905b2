"""The playground's demo plays to its end against the real bot."""

from bot.playground.demo import perform
from tests.world import World


async def test_the_demo_plays_the_main_flow_to_its_end(world: World) -> None:
    await perform(world.slack, "/omni-schedule", pause=0)

    assert world.writes == ["PUT", "PUT"]
    assert await world.admin.sees_message("Undo of change")
