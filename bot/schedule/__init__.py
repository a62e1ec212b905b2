"""Schedules: parsed, explained and computed. Pure: no waiting, no clock, no network."""

from bot.schedule.cron import Cron
from bot.schedule.describe import describe
from bot.schedule.problems import Problem, ScheduleError
from bot.schedule.runs import iter_runs, next_runs
from bot.schedule.schedule import Schedule
from bot.schedule.zones import parse_zone

__all__ = [
    "Cron",
    "Problem",
    "Schedule",
    "ScheduleError",
    "describe",
    "iter_runs",
    "next_runs",
    "parse_zone",
]
