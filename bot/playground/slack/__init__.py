"""A stand-in for Slack, for the playground and for tests; nothing of it leaves the machine."""

from bot.playground.slack.delivery import Answer
from bot.playground.slack.elements import Element
from bot.playground.slack.faults import Faults
from bot.playground.slack.forms import ImpossibleError
from bot.playground.slack.limits import problems_of_message, problems_of_view
from bot.playground.slack.people import Person
from bot.playground.slack.records import Channel, Message, User, View
from bot.playground.slack.stand_in import SlackStandIn

__all__ = [
    "Answer",
    "Channel",
    "Element",
    "Faults",
    "ImpossibleError",
    "Message",
    "Person",
    "SlackStandIn",
    "User",
    "View",
    "problems_of_message",
    "problems_of_view",
]
