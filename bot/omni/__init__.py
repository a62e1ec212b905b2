"""Read and change Omni's schema refresh schedules."""

from bot.omni.budget import Budget, Ledger, Line, MemoryBudget, in_line
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
    "Budget",
    "Caller",
    "Connection",
    "ConnectionSchedule",
    "Forbidden",
    "Ledger",
    "Line",
    "MemoryBudget",
    "NotFound",
    "OmniClient",
    "OmniError",
    "RateLimited",
    "Rejected",
    "Timing",
    "Unauthorized",
    "Unavailable",
    "Unexpected",
    "in_line",
]
