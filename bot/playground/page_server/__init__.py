"""What is behind the page: both stand-ins as they stand, and what a person does in them."""

from bot.playground.page_server.routes import add_routes

__all__ = ["add_routes"]
