"""What the bot remembers, in one SQL database, SQLite or Postgres; a module for each thing."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.announcements import Announcement, AnnouncementStore
from bot.store.changes import ChangeStore, Decided, Held, Moved
from bot.store.deliveries import DeliveryStore
from bot.store.finding import UnknownChangeError
from bot.store.sightings import Known, News, Sighting, SightingStore
from bot.store.subscriptions import EVERY_CONNECTION, SubscriptionStore
from bot.store.trail import By, Entry

__all__ = [
    "EVERY_CONNECTION",
    "Announcement",
    "AnnouncementStore",
    "By",
    "ChangeStore",
    "Decided",
    "DeliveryStore",
    "Entry",
    "Held",
    "Known",
    "Moved",
    "News",
    "Sighting",
    "SightingStore",
    "Stores",
    "SubscriptionStore",
    "UnknownChangeError",
]


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is remembered in one database."""

    changes: ChangeStore
    announcements: AnnouncementStore
    subscriptions: SubscriptionStore
    sightings: SightingStore
    deliveries: DeliveryStore

    @classmethod
    def on(cls, engine: AsyncEngine) -> "Stores":
        """Return the stores of an engine's database."""
        return cls(
            ChangeStore(engine),
            AnnouncementStore(engine),
            SubscriptionStore(engine),
            SightingStore(engine),
            DeliveryStore(engine),
        )
