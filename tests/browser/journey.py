"""What a person does on the playground's page, in front of the whole bot."""

import os
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize

from tests.world import World

PICTURES = Path(__file__).parents[2] / "docs"
TALL: ViewportSize = {"width": 1280, "height": 890}  # nothing of a card is under an edge


@dataclass(frozen=True, slots=True)
class Journey:
    """A page in front of the whole bot, and what a person does on it."""

    page: Page
    world: World

    @property
    def log(self) -> Locator:
        """The messages of the place that is open."""
        return self.page.get_by_role("log")

    def message(self, words: str) -> Locator:
        """Return the messages that contain these words, those in threads left out."""
        return self.log.locator(".stack > article").filter(has_text=words)

    def connection(self, name: str) -> Locator:
        """Return a connection in Omni's panel."""
        return self.page.get_by_role("region", name=name, exact=True)

    async def types(self, text: str) -> None:
        """Type into the composer, and send it."""
        box = self.page.get_by_role("textbox", name="Message or slash command")
        await box.fill(text)
        await box.press("Enter")

    async def becomes(self, name: str) -> None:
        """Look at the page as somebody else."""
        await self.page.get_by_role("radio", name=name).check()

    async def goes_to(self, channel: str) -> None:
        """Open another place."""
        await self.page.get_by_role("navigation", name="Channels").get_by_text(channel).click()

    async def clicks(self, name: str) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name).click()

    async def is_pictured(self, name: str, shown: Locator | None = None) -> None:
        """Keep a picture of what is shown, or of the whole page, where SCREENSHOTS is set."""
        if os.environ.get("SCREENSHOTS"):
            if shown:
                await self.page.set_viewport_size(TALL)
            of = shown or self.page
            await of.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
