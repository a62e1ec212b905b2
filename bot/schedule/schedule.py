"""A cron expression in a time zone."""

from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from bot.schedule.cron import Cron
from bot.schedule.problems import Problem, ScheduleError, collected
from bot.schedule.zones import parse_zone


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hold when a schema refresh runs."""

    cron: Cron
    zone: ZoneInfo

    @classmethod
    def parse(cls, cron_text: str, zone_name: str) -> Self:
        """Read both; ScheduleError reports the problems of both at once."""
        problems: list[Problem] = []
        with collected(problems):
            cron = Cron.parse(cron_text)
        with collected(problems):
            zone = parse_zone(zone_name)
        if problems:
            raise ScheduleError(problems)
        return cls(cron, zone)
