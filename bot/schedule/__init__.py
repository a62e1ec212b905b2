"""The dialect: read strictly into one frozen value, its runs and how often they are.

Nothing here waits, asks a clock or knows what else a person may have meant.
"""

from bot.schedule.cron import Cron, Schedule
from bot.schedule.problems import Problem, ScheduleError
from bot.schedule.runs import iter_runs, next_runs
from bot.schedule.workload import Load, load
from bot.schedule.zones import known_zone, parse_zone

__all__ = [
    "Cron",
    "Load",
    "Problem",
    "Schedule",
    "ScheduleError",
    "iter_runs",
    "known_zone",
    "load",
    "next_runs",
    "parse_zone",
]
