"""The playground's web page: both stand-ins as they stand, and what a person does in them."""

from bot.playground.pages.routes import add_routes

__all__ = ["add_routes"]
