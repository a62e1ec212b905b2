"""Schedules: read, explained and computed, without a clock or anything outside the process."""

from bot.schedule.advice import Caution, cautions
from bot.schedule.cron import Cron
from bot.schedule.describe import describe
from bot.schedule.phrases import EXAMPLES, Phrase, parse_phrase
from bot.schedule.problems import Problem, ScheduleError
from bot.schedule.runs import iter_runs, next_runs
from bot.schedule.schedule import Schedule
from bot.schedule.workload import Load, load, load_in_words
from bot.schedule.zones import parse_zone, zone_names

__all__ = [
    "EXAMPLES",
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
    "zone_names",
]
