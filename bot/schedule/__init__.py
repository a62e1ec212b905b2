"""Schedules: parsed, explained and computed. Pure: no waiting, no clock, no network."""

from bot.schedule.cautions import Caution, cautions
from bot.schedule.cron import Cron
from bot.schedule.describe import describe
from bot.schedule.load import Load, load, load_in_words
from bot.schedule.phrases import Phrase, parse_phrase
from bot.schedule.problems import Problem, ScheduleError
from bot.schedule.runs import iter_runs, next_runs
from bot.schedule.schedule import Schedule
from bot.schedule.zones import parse_zone

__all__ = [
    "Caution",
    "Cron",
    "Load",
    "Phrase",
    "Problem",
    "Schedule",
    "ScheduleError",
    "cautions",
    "describe",
    "iter_runs",
    "load",
    "load_in_words",
    "next_runs",
    "parse_phrase",
    "parse_zone",
]
