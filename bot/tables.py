"""The database's tables, the same on SQLite and on Postgres."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from bot.change import OPEN, Action, Status


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no type for one and would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


#: JSON whose None is SQL's NULL, so that an absent schedule can be asked for.
Json = sa.JSON(none_as_null=True)

metadata = sa.MetaData()

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("connection_id", sa.String(64), nullable=False),
    sa.Column("connection_name", sa.Text, nullable=False),
    sa.Column("schedule_id", sa.String(64)),
    sa.Column("before", Json),
    sa.Column("after", Json),
    sa.Column("requester", sa.String(32), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("channels", Json, nullable=False),
    sa.Column("second_person", sa.Boolean, nullable=False),
    sa.Column("approvers", Json, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("undo_of", sa.String(32)),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("decided_by", sa.String(32)),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("outcome", sa.Text),
    sa.Column("seen", Json),
    sa.Column("sends", sa.Integer, nullable=False),
    # A default of the database's: a process of an older version knows no such column.
    sa.Column("others", Json, nullable=False, server_default="[]"),
    sa.Column("reminders", sa.Integer, nullable=False),
    sa.Column("cards", Json, nullable=False),
    sa.Column("reply_url", sa.Text),
)

#: Written out, not bound: a partial index serves only a condition it can see.
IS_OPEN = sa.text("status IN ({})".format(", ".join(f"'{status}'" for status in sorted(OPEN))))
IS_APPLIED = sa.text(f"status = '{Status.APPLIED}'")
IS_LOST = sa.text(f"status = '{Status.UNKNOWN}'")
#: Brings a deleted schedule back, or has done so, or may have.
IS_WAY_BACK = sa.text(
    f"action = '{Action.CREATE}' AND status IN ({{}})".format(
        ", ".join(f"'{status}'" for status in sorted({*OPEN, Status.APPLIED, Status.UNKNOWN}))
    )
)

# One open change per schedule: the database, not a check before the insert, decides.
sa.Index(
    "one_open_change_per_schedule",
    changes.c.connection_id,
    changes.c.schedule_id,
    unique=True,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
# A new schedule has no id yet that could be held, and two ways back would be two schedules.
sa.Index(
    "one_way_back_per_deletion",
    changes.c.undo_of,
    unique=True,
    sqlite_where=IS_WAY_BACK,
    postgresql_where=IS_WAY_BACK,
)
sa.Index(
    "open_changes_by_time",
    changes.c.created_at,
    changes.c.id,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
sa.Index("changes_by_time", changes.c.created_at, changes.c.id)
sa.Index("changes_by_connection", changes.c.connection_id, changes.c.created_at, changes.c.id)
sa.Index(
    "applied_changes_by_time",
    changes.c.finished_at,
    sqlite_where=IS_APPLIED,
    postgresql_where=IS_APPLIED,
)
sa.Index(
    "applied_changes_by_schedule",
    changes.c.schedule_id,
    changes.c.finished_at,
    sqlite_where=IS_APPLIED,
    postgresql_where=IS_APPLIED,
)
sa.Index(
    "lost_changes_by_connection",
    changes.c.connection_id,
    changes.c.finished_at,
    sqlite_where=IS_LOST,
    postgresql_where=IS_LOST,
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # Neither where it is about no change: a refusal to propose one, a subscription.
    sa.Column("change_id", sa.String(32)),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.String(32), nullable=False),
    sa.Column("surface", sa.String(32), nullable=False),
    sa.Column("event", sa.String(32), nullable=False),
    sa.Column("status", sa.String(16)),
    sa.Column("detail", Json),
    # Names one step of one workflow, so that a step done twice is recorded once.
    sa.Column("key", sa.String(128), unique=True),
)
sa.Index("audit_by_change", audit.c.change_id, audit.c.id)

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("change_id", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("ts", sa.String(32)),
    sa.Column("thread", sa.String(32)),
    sa.Column("problem", sa.Text),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("connection_id", sa.String(64), primary_key=True),  # "*": every connection
    sa.Column("by", sa.String(32), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

#: What was last seen of each schedule in Omni; no terms: that it is gone.
sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("schedule_id", sa.String(64), primary_key=True),
    sa.Column("connection_id", sa.String(64), nullable=False),
    sa.Column("terms", Json),
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("sightings_by_connection", sightings.c.connection_id)

#: The connections whose schedules were all seen, and when.
watched = sa.Table(
    "watched",
    metadata,
    sa.Column("connection_id", sa.String(64), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),  # an event's id, or a signature
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("deliveries_by_time", deliveries.c.at)

#: One row: when the latest requests went to Omni, in Unix seconds by the database's clock.
budget = sa.Table(
    "budget",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sent", Json, nullable=False),
    sa.Column("closed_until", sa.Float, nullable=False),
)
