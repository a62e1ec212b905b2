"""A small Omni: the same requests, answers and refusals, and faults to switch on."""

from bot.playground.omni.faults import Fault, Faults, Requests, Switch
from bot.playground.omni.records import Entry, StoredConnection, StoredSchedule
from bot.playground.omni.seed import seed
from bot.playground.omni.server import PLAYGROUND_KEY, OmniStandIn

__all__ = [
    "PLAYGROUND_KEY",
    "Entry",
    "Fault",
    "Faults",
    "OmniStandIn",
    "Requests",
    "StoredConnection",
    "StoredSchedule",
    "Switch",
    "seed",
]
