"""What people mean by what they type: the strict reading, and what to offer where it fails.

A cron expression or a zone is never changed unasked: what is refused carries its repairs. A phrase
is a way of its own to say the same.
"""

from bot.meant.phrases import Phrase, is_phrase, read_phrase
from bot.meant.repairs import read_cron
from bot.meant.zones import read_zone, similar_zones, zone_names

__all__ = [
    "Phrase",
    "is_phrase",
    "read_cron",
    "read_phrase",
    "read_zone",
    "similar_zones",
    "zone_names",
]
