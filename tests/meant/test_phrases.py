"""What people type for a reminder, the cron it becomes, and what is refused instead of guessed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.meant import read_phrase
from bot.meant.phrases import WEEKDAY
from bot.schedule import ScheduleError
from bot.schedule.fields import ORDINALS

UNDERSTOOD = {
    # Days and times
    "every weekday at 6pm": "0 18 ? * MON-FRI *",
    "Every  Weekday at 6 PM.": "0 18 ? * MON-FRI *",
    "weekdays at 18:00": "0 18 ? * MON-FRI *",
    "at 6pm on weekdays": "0 18 ? * MON-FRI *",
    "daily at 09:00 and 17:00": "0 9,17 * * ? *",
    "every day at 9am and 5pm": "0 9,17 * * ? *",
    "every day at 9 and 17": "0 9,17 * * ? *",
    "daily at 9:00, 9:30, 17:00 and 17:30": "0,30 9,17 * * ? *",
    "daily at noon": "0 12 * * ? *",
    "daily at midnight": "0 0 * * ? *",
    "daily at 12am": "0 0 * * ? *",
    "daily at 12:30 pm": "30 12 * * ? *",
    "daily at 0:05": "5 0 * * ? *",
    "every monday and thursday at 8:30": "30 8 ? * MON,THU *",
    "every mon, tues and wed at 8:30": "30 8 ? * MON,TUE,WED *",
    "mondays at 7am": "0 7 ? * MON *",
    "on friday at 17:00": "0 17 ? * FRI *",
    "each sunday at 17:00": "0 17 ? * SUN *",
    "monday to friday at 10:00": "0 10 ? * MON-FRI *",
    "mon-fri at 10:00": "0 10 ? * MON-FRI *",
    "friday through monday at 10:00": "0 10 ? * FRI-MON *",
    "on weekends at 10:00": "0 10 ? * SAT,SUN *",
    "every weekday and saturday at 10:00": "0 10 ? * MON-FRI,SAT *",
    "mon wed fri at 9am": "0 9 ? * MON,WED,FRI *",
    "mon, wed, fri at 9am": "0 9 ? * MON,WED,FRI *",
    "on monday and on friday at 9am": "0 9 ? * MON,FRI *",
    "every monday and every thursday at 9am": "0 9 ? * MON,THU *",
    "monday, every thursday at 9am": "0 9 ? * MON,THU *",
    "monday to friday and sunday at 9am": "0 9 ? * MON-FRI,SUN *",
    "mon-thu, sat at 9am": "0 9 ? * MON-THU,SAT *",
    "mon-tue, thu-sat at 9am": "0 9 ? * MON-TUE,THU-SAT *",
    "mon wed to fri at 9am": "0 9 ? * MON,WED-FRI *",
    "everyday at 6pm": "0 18 * * ? *",
    # A time that can be nothing else needs no `at`, and can come first
    "6pm every weekday": "0 18 ? * MON-FRI *",
    "6 pm every weekday": "0 18 ? * MON-FRI *",
    "18:00 daily": "0 18 * * ? *",
    "18:00 and 6 daily": "0 6,18 * * ? *",
    "noon on sundays": "0 12 ? * SUN *",
    "monday 9am": "0 9 ? * MON *",
    "every day 18:00": "0 18 * * ? *",
    "daily 6pm": "0 18 * * ? *",
    "daily 9:00, 9:30, 17:00 and 17:30": "0,30 9,17 * * ? *",
    "9am and 5pm on the first of the month": "0 9,17 1 * ? *",
    # Commas that part no list say nothing
    "every weekday, at 6pm": "0 18 ? * MON-FRI *",
    "at 6pm, every day,": "0 18 * * ? *",
    # Days of the month
    "first of the month at noon": "0 12 1 * ? *",
    "on the first day of every month at noon": "0 12 1 * ? *",
    "on the 1st and 15th of the month at 06:00": "0 6 1,15 * ? *",
    "31st of the month at 06:00": "0 6 31 * ? *",
    "nightly at 2am": "0 2 * * ? *",
    "every hour between 22:00 and 6:00 every night": "0 22-6 * * ? *",
    "every night at 10pm": "0 22 * * ? *",
    "each day at 6pm": "0 18 * * ? *",
    "last day of the month at 23:30": "30 23 L * ? *",
    "last weekday of the month at 23:30": "30 23 LW * ? *",
    "last friday of the month at 5pm": "0 17 ? * FRIL *",
    "the second tuesday of each month at 7am": "0 7 ? * TUE#2 *",
    # Repeating
    "every minute": "* * * * ? *",
    "every 15 minutes": "0/15 * * * ? *",
    "every half hour": "0/30 * * * ? *",
    "every 15 min": "0/15 * * * ? *",
    "every 30mins on weekdays": "0/30 * ? * MON-FRI *",
    "every 2h": "0 0/2 * * ? *",
    "every 6 hrs at :30": "30 0/6 * * ? *",
    "every two hours": "0 0/2 * * ? *",
    "every ten minutes": "0/10 * * * ? *",
    "every hour": "0 * * * ? *",
    "hourly": "0 * * * ? *",
    "hourly at :05": "5 * * * ? *",
    "every 6 hours at :30": "30 0/6 * * ? *",
    "every 2 hours on weekends": "0 0/2 ? * SAT,SUN *",
    "every 15 minutes between 8 and 18 on weekdays": "0/15 8-17 ? * MON-FRI *",
    "on weekdays every 15 minutes from 9am to 5pm": "0/15 9-16 ? * MON-FRI *",
    "every 10 minutes between 22:00 and 2:00": "0/10 22-1 * * ? *",
    "every minute between noon and midnight": "* 12-23 * * ? *",
    "hourly between noon-midnight": "0 12-0 * * ? *",
    "every hour between 8 and 18": "0 8-18 * * ? *",
    "every 2 hours from 8:30 until 18:30": "30 8-18/2 * * ? *",
    "hourly between 8 and 18 at :05": "5 8-18 * * ? *",
    # As long as an hour or a day
    "every 60 minutes": "0 * * * ? *",
    "every 60 minutes between 8 and 18 at :05": "5 8-18 * * ? *",
    "every 120 minutes on weekends": "0 0/2 ? * SAT,SUN *",
    "every 1440 minutes": "0 0 * * ? *",
    "every 24 hours": "0 0 * * ? *",
    "every 24 hours at :05 on weekdays": "5 0 ? * MON-FRI *",
    # Through midnight every day, or up to it
    "every hour between 10pm and 2am": "0 22-2 * * ? *",
    "every hour between 10pm and 2am every day": "0 22-2 * * ? *",
    "every hour between 10pm and 2am on weekdays and weekends": "0 22-2 ? * MON-FRI,SAT,SUN *",
    "every 15 minutes between 22:00 and midnight on weekdays": "0/15 22-23 ? * MON-FRI *",
    "every hour between 10pm and 11pm on fridays": "0 22-23 ? * FRI *",
    "every 2 hours between 9am and midnight on fridays": "0 9-0/2 ? * FRI *",
    # Minutes tell that an hour counts to 24, where nothing tells otherwise
    "every 15 minutes between 09:00 and 5pm": "0/15 9-16 * * ? *",
    "every hour between 9:00 and 11:00": "0 9-11 * * ? *",
    "every hour between 09:00 and 05:00": "0 9-5 * * ? *",
    "daily at 18:00, 9:00 and 6am": "0 6,9,18 * * ? *",
    "sundays at 18:24": "24 18 ? * SUN *",
    "daily at 18:00, 9:00 and 6:00": "0 6,9,18 * * ? *",
    "daily at 9:00, noon and midnight": "0 0,9,12 * * ? *",
    "every hour between 9:00 and noon": "0 9-12 * * ? *",
    "every hour between 9:00 and midnight": "0 9-0 * * ? *",
}

ZONED = {
    "every weekday at 6pm Europe/London": "Europe/London",
    "every weekday at 6pm europe/london": "Europe/London",
    "every weekday at 6pm London": "Europe/London",
    "every weekday at 6pm in new york": "America/New_York",
    "every weekday at 6pm Port of Spain": "America/Port_of_Spain",
    "every weekday at 6pm UTC": "UTC",
    "every weekday at 6pm mumbai": "Asia/Kolkata",
    "every weekday at 6pm America/Port-au-Prince": "America/Port-au-Prince",
    "every weekday at 6pm, London": "Europe/London",
    "every weekday, 6pm, in New York": "America/New_York",
    "6pm every weekday London": "Europe/London",
    "hourly UTC": "UTC",
    "hourly buenos aires": "America/Argentina/Buenos_Aires",
    "hourly America/Argentina/San Juan": "America/Argentina/San_Juan",
    "hourly Indianapolis": "America/Indiana/Indianapolis",
}

GOES_ON = (
    "goes on into the next day, and a schedule of some days ends at midnight: "
    "the rest needs another one."
)
SKIPS = (
    "skips days or weeks, and no schedule can keep that up: name the days, as in "
    "`mon wed fri at 6pm` or `on the 1st and 15th of the month at 6pm`."
)
TIMES = "does not say at what times: name them, as in `every day at 6am and 6pm`."
EXAMPLE = "Write a phrase such as `every weekday at 6pm`."
NEXT_DAY = "24 o'clock of a day is 00:00 of the next one."
REFUSED = {
    "every weekday at 6": (
        "`6` may be morning or evening: write am, pm or minutes.",
        ["every weekday at 6am", "every weekday at 6pm"],
    ),
    "every 15 minutes between 9 and 5": (
        "`9` may be morning or evening: write am, pm or minutes.",
        [
            "every 15 minutes between 9am and 5pm",
            "every 15 minutes between 9am and 5am",
            "every 15 minutes between 9pm and 5pm",
        ],
    ),
    "daily at 1:00, 2:00 and 3pm": (
        "`1:00` may be morning or evening: write am or pm.",
        [
            "daily at 1:00am and 2:00pm and 3pm",
            "daily at 1:00am and 2:00am and 3pm",
            "daily at 1:00pm and 2:00pm and 3pm",
        ],
    ),
    "9:00 and 5pm on weekdays": (
        "`9:00` may be morning or evening: write am or pm.",
        ["9:00am and 5pm on weekdays", "9:00pm and 5pm on weekdays"],
    ),
    "every hour from 9:00am to 5:00": (
        "`5:00` may be morning or evening: write am or pm.",
        ["every hour from 9:00am to 5:00am", "every hour from 9:00am to 5:00pm"],
    ),
    "every hour between 9:00 and 5:00": (
        "`9:00` may be morning or evening: write am or pm.",
        [
            "every hour between 9:00am and 5:00pm",
            "every hour between 9:00am and 5:00am",
            "every hour between 9:00pm and 5:00pm",
        ],
    ),
    "every 15 minutes from noon to 5:00": (
        "`5:00` may be morning or evening: write am or pm.",
        ["every 15 minutes from noon to 5:00am", "every 15 minutes from noon to 5:00pm"],
    ),
    "weekdays at noon, 5:00 and midnight": (
        "`5:00` may be morning or evening: write am or pm.",
        ["weekdays at noon and 5:00am and midnight", "weekdays at noon and 5:00pm and midnight"],
    ),
    "at 9:00, 12:00, 3:00 on weekdays": (
        "`9:00` may be morning or evening: write am or pm.",
        [
            "at 9:00am and 12:00pm and 3:00pm on weekdays",
            "at 9:00am and 12:00am and 3:00am on weekdays",
            "at 9:00pm and 12:00pm and 3:00pm on weekdays",
        ],
    ),
    "daily at 09:00 and 5": (
        "`5` may be morning or evening: write am, pm or minutes.",
        ["daily at 09:00am and 5pm", "daily at 09:00am and 5am", "daily at 09:00pm and 5pm"],
    ),
    "daily at 09:00 and 17:30": (
        "One schedule cannot hold these times: all of them need the same minutes.",
        ["daily at 09:00 and 17:00", "daily at 09:30 and 17:30"],
    ),
    "daily at 09:00 and 17:30 Tokyo": (
        "One schedule cannot hold these times: all of them need the same minutes.",
        ["daily at 09:00 and 17:00 Asia/Tokyo", "daily at 09:30 and 17:30 Asia/Tokyo"],
    ),
    "daily at 24:00": (
        "`24:00` is not a time of day: use 00:00-23:59.",
        ["daily at midnight"],
    ),
    "every 15 minutes between 18:00 and 24:00 on weekdays": (
        "`24:00` is not a time of day: use 00:00-23:59.",
        ["every 15 minutes between 18:00 and midnight on weekdays"],
    ),
    "daily at 24:30": (f"`24:30` is not a time of day: use 00:00-23:59. {EXAMPLE}", []),
    "every sunday at 24:00": (NEXT_DAY, ["every mon at midnight"]),
    "weekday at 24": (NEXT_DAY, ["tue to sat at midnight"]),
    "24:00 on weekends London": (NEXT_DAY, ["midnight on sun and mon Europe/London"]),
    "every hour between 24:00 and 6:00 on fridays": (
        NEXT_DAY,
        ["every hour between midnight and 6:00 on sat"],
    ),
    "sundays at 18:00 and 24:00": (f"{NEXT_DAY} {EXAMPLE}", []),
    "last day of the month at 24:00": (f"{NEXT_DAY} {EXAMPLE}", []),
    "last friday of the month at 24:00": (f"{NEXT_DAY} {EXAMPLE}", []),
    "daily at 9:75": (f"`9:75` is not a time of day: use 00:00-23:59. {EXAMPLE}", []),
    "weekdays at 25:00": (f"`25:00` is not a time of day: use 00:00-23:59. {EXAMPLE}", []),
    "every weekday at 25:00": (f"`25:00` is not a time of day: use 00:00-23:59. {EXAMPLE}", []),
    "daily at 13pm": (
        "`13pm` is not a time of day: use 00:00-23:59.",
        ["daily at 13:00"],
    ),
    "at 6pm": ("It does not say on which days.", ["every day at 6pm"]),
    "every weekday": (
        "It does not say at what time of day, or how often.",
        ["every weekday at 09:00", "hourly every weekday"],
    ),
    "every 45 minutes": (
        (
            "`every 45 minutes` does not go evenly into an hour: "
            "there is every 30 minutes, which is more often, and every hour, which is less often."
        ),
        ["every 30 minutes", "every hour"],
    ),
    "every 90 minutes between 8 and 18 on weekdays": (
        (
            "`every 90 minutes` does not go evenly into an hour: "
            "there is every hour, which is more often, and every 2 hours, which is less often."
        ),
        [
            "every hour between 8 and 18 on weekdays",
            "every 2 hours between 8 and 18 on weekdays",
        ],
    ),
    "every 5 hours": (
        (
            "`every 5 hours` does not go evenly into a day: "
            "there is every 4 hours, which is more often, and every 6 hours, which is less often."
        ),
        ["every 4 hours", "every 6 hours"],
    ),
    "every 36 hours": (
        (
            "`every 36 hours` does not go evenly into a day: "
            "there is every 24 hours, which is more often."
        ),
        ["every 24 hours"],
    ),
    "every 2000 minutes": (
        (
            "`every 2000 minutes` does not go evenly into an hour: "
            "there is every 24 hours, which is more often."
        ),
        ["every 24 hours"],
    ),
    "every 0 minutes": (f"`every 0 minutes` is never: repeat by 1 or more. {EXAMPLE}", []),
    "every 0 hours between 8 and 18": (
        f"`every 0 hours` is never: repeat by 1 or more. {EXAMPLE}",
        [],
    ),
    "every seven minutes": (
        (
            "`every seven minutes` does not go evenly into an hour: "
            "there is every 6 minutes, which is more often, "
            "and every 10 minutes, which is less often."
        ),
        ["every 6 minutes", "every 10 minutes"],
    ),
    "every 15 minutes between 8:30 and 18:00": (
        "Minutes repeat from one full hour to another.",
        ["every 15 minutes between 08:00 and 18:00"],
    ),
    "every hour between 8:30 and 18:00": (
        f"Hours repeat between two times that have the same minutes. {EXAMPLE}",
        [],
    ),
    "every hour between 10pm and 2am on fridays": (
        f"`between 10pm and 2am` {GOES_ON}",
        ["every hour between 10pm and 23:00 on fridays"],
    ),
    "every hour between 9am and midnight on weekdays": (
        f"`between 9am and midnight` {GOES_ON}",
        ["every hour between 9am and 23:00 on weekdays"],
    ),
    "every 2 hours from 20:30 until 4:30 on the last day of the month Tokyo": (
        f"`from 20:30 until 4:30` {GOES_ON}",
        ["every 2 hours from 20:30 until 23:30 on the last day of the month Asia/Tokyo"],
    ),
    "every 15 minutes between 22:00 and 2:00 on weekdays": (
        f"`between 22:00 and 2:00` {GOES_ON}",
        ["every 15 minutes between 22:00 and midnight on weekdays"],
    ),
    "every minute from 23 to 1 on the first friday of the month": (
        f"`from 23 to 1` {GOES_ON}",
        ["every minute from 23 to midnight on the first friday of the month"],
    ),
    "hourly between 23 and 1 at :05 on the 1st of the month": (
        f"`between 23 and 1` {GOES_ON}",
        ["on the 1st of the month at 23:05"],
    ),
    "every 15 min every night": (
        (
            "`every night` does not say from when to when, as `between 22:00 and 6:00` does. "
            f"{EXAMPLE}"
        ),
        [],
    ),
    "every night": (
        "It does not say at what time of day, or how often.",
        ["every night at 02:00"],
    ),
    "every 15 minutes at :05": (
        "A minute past goes with hours, as in `hourly at :05`.",
        ["every 15 minutes"],
    ),
    "every hour at 6pm": (
        f"It both repeats and names times of day: write one of the two. {EXAMPLE}",
        [],
    ),
    "every day at 6pm between 8 and 18": (
        f"`between 8 and 18` goes with how often, not with times of day. {EXAMPLE}",
        [],
    ),
    "6pm on mondays at :05": (
        f"`at :05` goes with how often, not with times of day. {EXAMPLE}",
        [],
    ),
    "every weekday every monday at 6pm": (
        f"`every monday` says again what is said before. {EXAMPLE}",
        [],
    ),
    "32nd of the month at noon": (
        f"`32` is not a day of the month: use 1-31, `L`, `L-3`, `LW` or `15W`. {EXAMPLE}",
        [],
    ),
    "evry wekday at 6pm": (
        "`evry wekday` is not a time, a day or a zone that is understood.",
        ["every weekday at 6pm"],
    ),
    "evry day at 18:30": (
        "`evry day` is not a time, a day or a zone that is understood.",
        ["every day at 18:30"],
    ),
    "every munday at 9am": (
        "`every munday` is not a time, a day or a zone that is understood.",
        ["every sunday at 9am", "every monday at 9am"],
    ),
    "every weekday at 6pm Europe/Lodnon": (
        "`europe/lodnon` is not a time, a day or a zone that is understood.",
        [
            "every weekday at 6pm Europe/London",
            "every weekday at 6pm Europe/Lisbon",
            "every weekday at 6pm Europe/Oslo",
        ],
    ),
    "every weekday at 6pm PST": (
        "`pst` is not a time, a day or a zone that is understood.",
        ["every weekday at 6pm America/Los_Angeles"],
    ),
    "every weekday at 6pm San Juan": (
        "`san juan` is not a time, a day or a zone that is understood.",
        [
            "every weekday at 6pm America/Argentina/San_Juan",
            "every weekday at 6pm America/Puerto_Rico",
        ],
    ),
    "every weekday at 6pm in La Rioja": (
        "`in la rioja` is not a time, a day or a zone that is understood.",
        ["every weekday at 6pm America/Argentina/La_Rioja"],
    ),
    "every weekday at 6pm Center": (
        "`center` is not a time, a day or a zone that is understood.",
        ["every weekday at 6pm America/North_Dakota/Center"],
    ),
    "every hour between 8 and 18 et": (
        "`et` is not a time, a day or a zone that is understood.",
        ["every hour between 8 and 18 America/New_York"],
    ),
    "every weekday at 6pm in Central Time": (
        "`in central time` is not a time, a day or a zone that is understood.",
        ["every weekday at 6pm America/Chicago"],
    ),
    "weekdays at 18:00 UTC in London": (
        "It names two zones: name one.",
        ["weekdays at 18:00 Europe/London"],
    ),
    "weekdays Tokyo UTC London": (f"It names two zones: name one. {EXAMPLE}", []),
    "last friday at 5pm": (
        "`last friday` does not say of what.",
        ["last friday of the month at 5pm"],
    ),
    "at 9am on the first monday": (
        "`on the first monday` does not say of what.",
        ["at 9am on the first monday of the month"],
    ),
    "on the 1st and 15th at 3am": (
        "`on the 1st and 15th` does not say of what.",
        ["on the 1st and 15th of the month at 3am"],
    ),
    "at 3am on the last day": (
        "`on the last day` does not say of what.",
        ["at 3am on the last day of the month"],
    ),
    "every month on the 1st at 3am London": (
        "`every month on the 1st` names the month before the day.",
        ["on the 1st of the month at 3am Europe/London"],
    ),
    "monthly on the first monday at 7am": (
        "`monthly on the first monday` names the month before the day.",
        ["on the first monday of the month at 7am"],
    ),
    "every weekday at 6pm and sunday at 9am": (
        (
            "`and sunday at 9am` comes too late: name all days together, as one schedule has the "
            f"same times on each of them. Other times need a schedule of their own. {EXAMPLE}"
        ),
        [],
    ),
    "every fortnight": (f"`every fortnight` {SKIPS} {EXAMPLE}", []),
    "every other friday at 5pm": (f"`every other` {SKIPS} {EXAMPLE}", []),
    "every second friday at 5pm": (f"`every second` {SKIPS} {EXAMPLE}", []),
    "every other day at noon": (f"`every other day` {SKIPS} {EXAMPLE}", []),
    "every 2 weeks on friday": (f"`every 2 weeks` {SKIPS} {EXAMPLE}", []),
    "biweekly fridays at noon": (f"`biweekly` {SKIPS} {EXAMPLE}", []),
    "twice a day": (f"`twice a day` {TIMES} {EXAMPLE}", []),
    "twice daily": (f"`twice` {TIMES} {EXAMPLE}", []),
    "4 times a day on weekdays": (f"`4 times a day` {TIMES} {EXAMPLE}", []),
    "🎉": (f"`🎉` is not a time, a day or a zone that is understood. {EXAMPLE}", []),
    "": (f"It does not say when. {EXAMPLE}", []),
    "UTC": (f"It does not say when. {EXAMPLE}", []),
}

STRAY = {
    "every day except sunday at 6pm": "except",
    "not on weekends at 6pm": "not",
    "every last friday at 5pm": "every last",
    "end of month at 6pm": "end of month",
    "first business day of the month at 6am": "first business day of the month",
    "tomorrow at 6pm": "tomorrow",
    "every few hours": "every few hours",
    "every single day at noon": "every single day",
    "every day at 6pm Springfield": "springfield",
    "every day lodnon at 6pm": "lodnon",
    "every weekday at 6pm in June": "in june",
    "hourly day last": "day last",
    "hourly London only": "london only",
    "weekly at 6pm": "weekly",
    "fourteenth of the month at noon": "fourteenth of the month",
    "daily 6": "6",
    "15 every day at 6pm": "15",
    "monday to weekday at 9am": "to",
    "nonweekdays at 6pm": "nonweekdays",
    "every nonweekday at 6pm": "every nonweekday",
    "nonwednesdays at 6pm": "nonwednesdays",
    "bihourly on weekdays": "bihourly",
    "bidaily at 6pm": "bidaily",
    "non-weekdays at 6pm": "non-weekdays",
    "twice-daily at 6pm": "twice-daily",
    "every-weekday at 6pm": "every-weekday",
    "non-monday-friday at 6pm": "non-monday-friday",
}
"""Phrases of which these words are not understood, and to which nothing is near."""


SPELLED = {
    "every weekday at 6 p.m.": ["every weekday at 6 pm"],
    "every weekday at 6p": ["every weekday at 6pm"],
    "weekdays at 6.30pm": ["weekdays at 6:30pm"],
    "18.30 daily": ["18:30 daily"],
    "weekdays at 18h": ["weekdays at 18:00"],
    "weekdays at 18h30": ["weekdays at 18:30"],
    "daily @ 6pm": ["daily at 6pm"],
    "9am & 5pm daily": ["9am and 5pm daily"],
    "every business day at 6pm": ["every weekday at 6pm"],
    "every working day at 6pm": ["every weekday at 6pm"],
    "every week day at 6pm": ["every weekday at 6pm"],
    "workdays at 6pm": ["weekdays at 6pm"],
    "last business day of the month at 6pm": ["last weekday of the month at 6pm"],
    "weekdays at 1830": ["weekdays at 18:30"],
    "tue/thu at 9am": ["tue,thu at 9am"],
    "mon/wed/fri 07:30": ["mon,wed,fri 07:30"],
    "m-f at 6pm": ["mon-fri at 6pm"],
    "every morning at 7am": ["every day at 7am"],
    "every 15m": ["every 15 minutes"],
    "once a day at 9am": ["daily at 9am"],
    "weekly on monday at 9am": ["every monday at 9am"],
    "once a week on monday at 9am": ["every monday at 9am"],
    "every half an hour": ["every half hour"],
    "hourly 8am-6pm": ["hourly from 8am to 6pm"],
    "every hour 8am to 6pm weekdays": ["every hour from 8am to 6pm weekdays"],
    "every hour from 9-17": ["every hour from 9 to 17"],
    "hourly 9-5 weekdays": ["hourly from 9am to 5pm weekdays"],
    "weekdays at six pm": ["weekdays at 6 pm"],
    "weekdays at six o'clock": ["weekdays at 6am", "weekdays at 6pm"],
    "every weekday at half past six": ["every weekday at 6:30am", "every weekday at 6:30pm"],
    "weekdays at quarter past six pm London": ["weekdays at 6:15pm Europe/London"],
    "to every weekday at 6pm": ["every weekday at 6pm"],
    "change to 6pm daily": ["6pm daily"],
    # With a zone or a day to mend as well
    "6pm london time": ["every day 6pm Europe/London"],
    "once a day": ["daily at 09:00", "hourly daily"],
}
"""Phrases that are written another way, and what is offered."""


@pytest.mark.parametrize("phrase", SPELLED)
def test_what_is_spelled_another_way_is_offered_as_it_is_understood(phrase: str) -> None:
    with pytest.raises(ScheduleError) as refusal:
        read_phrase(phrase)
    [problem] = refusal.value.problems
    assert list(problem.repairs) == SPELLED[phrase]


@pytest.mark.parametrize("phrase", STRAY)
def test_the_words_that_are_not_understood_are_named_and_nothing_is_offered_without_them(
    phrase: str,
) -> None:
    with pytest.raises(ScheduleError) as refusal:
        read_phrase(phrase)
    [problem] = refusal.value.problems
    why = f"`{STRAY[phrase]}` is not a time, a day or a zone that is understood."
    assert (problem.message, problem.repairs) == (f"{why} {EXAMPLE}", ())


@pytest.mark.parametrize("phrase", UNDERSTOOD)
def test_a_phrase_becomes_the_cron_it_says(phrase: str) -> None:
    said = read_phrase(phrase)
    assert (str(said.cron), said.zone) == (UNDERSTOOD[phrase], None)


@pytest.mark.parametrize("phrase", ZONED)
def test_a_phrase_may_end_in_a_zone_or_a_city(phrase: str) -> None:
    zone = read_phrase(phrase).zone
    assert zone is not None
    assert zone.key == ZONED[phrase]


@pytest.mark.parametrize("phrase", REFUSED)
def test_what_is_not_understood_is_refused_with_a_phrase_near_to_it(phrase: str) -> None:
    with pytest.raises(ScheduleError) as refusal:
        read_phrase(phrase)
    [problem] = refusal.value.problems
    assert (problem.field, problem.value) == ("structure", phrase)
    assert (problem.message, list(problem.repairs)) == REFUSED[phrase]


def test_a_number_without_end_is_refused_as_any_other() -> None:
    with pytest.raises(ScheduleError, match="is not a time, a day or a zone"):
        read_phrase(f"every {'9' * 5000} minutes")


WORDS = st.sampled_from(
    " ".join([*UNDERSTOOD, *ZONED, *REFUSED, *STRAY, "0 00 99 1000th a - , : la \u0661pm"]).split()
)


@given(st.one_of(st.lists(WORDS, max_size=9).map(" ".join), st.text(max_size=30)))
def test_any_text_is_a_phrase_or_a_refusal_that_shows_one(text: str) -> None:
    try:
        read_phrase(text)
    except ScheduleError as refusal:
        [problem] = refusal.problems
        assert problem.repairs or problem.message.endswith(EXAMPLE)
        assert all(read_phrase(phrase) for phrase in problem.repairs)


SAYING = re.compile(
    rf"\b(?:{WEEKDAY}|weekdays?|weekends?|{'|'.join(ORDINALS)}|last|noon|midnight"
    r"|except|not|other|[0-9:]+(?:[ap]m)?)\b"
)
"""Words that say when, or when not."""


@given(st.lists(WORDS, max_size=9).map(" ".join))
def test_what_is_offered_for_words_that_are_not_understood_keeps_all_that_say_when(
    text: str,
) -> None:
    try:
        read_phrase(text)
    except ScheduleError as refusal:
        [problem] = refusal.problems
        if "is not a time, a day or a zone" in problem.message:
            said = SAYING.findall(text.lower().replace(":", ""))
            for phrase in problem.repairs:  # which may have a colon, am or pm that was left out
                kept = SAYING.findall(phrase.replace(":", ""))
                assert all(any(one.startswith(word) for one in kept) for word in said)
