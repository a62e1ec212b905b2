"""Read and change Omni's schema refresh schedules."""

from bot.omni.client import OmniClient, Timing
from bot.omni.errors import (
    Forbidden,
    NotFound,
    OmniError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unexpected,
)
from bot.omni.values import Caller, Connection, ConnectionSchedule

__all__ = [
    "Caller",
    "Connection",
    "ConnectionSchedule",
    "Forbidden",
    "NotFound",
    "OmniClient",
    "OmniError",
    "RateLimited",
    "Rejected",
    "Timing",
    "Unauthorized",
    "Unavailable",
    "Unexpected",
]
