"""The connections that the playground begins with."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.playground.omni.data import OmniData
from bot.playground.omni.records import StoredConnection, StoredSchedule

CREATED = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)

# The first, with its schedule, is the one of Omni's documentation.
SNOWFLAKE = StoredConnection(
    "f47ac10b-58cc-4372-a567-0e02b2c3d479", "Production Snowflake", "snowflake", "ANALYTICS"
)
BIGQUERY = StoredConnection(
    "3b9aca00-7d1e-4c55-9f0b-6a2f4c8e1d27", "Marketing BigQuery", "bigquery", "acme-marketing"
)
# Its name is part of the next one's, and it has no schedule.
POSTGRES = StoredConnection(
    "9c2e4f61-8a07-4d3b-b5e8-17f60c9d2a84", "Production Postgres", "postgres", "shop"
)
REPLICA = StoredConnection(
    "c81f5a3d-2e94-4b60-a7d1-905be64f8c12", "Production Postgres Replica", "postgres", "shop"
)
DATABRICKS = StoredConnection(
    "6d05e7b9-f318-4c72-84ae-2b9c70d15f36", "Databricks Lakehouse", "databricks", "main"
)
REDSHIFT = StoredConnection(
    "a70c16e4-5b2d-4e89-93f7-d8420b6e1c95", "Finance Redshift", "redshift", "finance"
)


def seed(data: OmniData) -> None:
    """Add connections and schedules of every kind that the bot meets."""
    for connection in (SNOWFLAKE, BIGQUERY, POSTGRES, REPLICA, DATABRICKS, REDSHIFT):
        data.put_connection(connection)
    for schedule in _schedules():
        data.put(schedule)


def _schedules() -> tuple[StoredSchedule, ...]:
    hard = _schedule(
        DATABRICKS, "18b7f4d2-c95e-4063-a1f8-e70d3c926b5a", "0 2 ? * SUN *", "Australia/Sydney"
    )
    disabled = _schedule(
        REDSHIFT, "2fc9a085-e637-4b14-8d92-b5017ce3f64d", "0 22 L * ? *", "America/Chicago"
    )
    return (
        _schedule(
            SNOWFLAKE, "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "00 09 * * ? *", "America/New_York"
        ),
        _schedule(
            BIGQUERY, "5e1d7c42-0b8f-4a36-8c19-d4e7f2a90b63", "30 6 ? * MON-FRI *", "Europe/London"
        ),
        _schedule(REPLICA, "70d9b3e8-46c1-4f2a-9e5d-82a31c7f0b94", "0 5 * * ? *", "Europe/Berlin"),
        _schedule(
            REPLICA,
            "e4a68c05-91f7-4d28-b3c0-6f15d2e98a7b",
            "0/30 8-18 ? * MON-FRI *",
            "Europe/Berlin",
        ),
        replace(hard, hard_refresh=True),
        replace(disabled, disabled_at=datetime(2026, 11, 1, 3, 0, 4, tzinfo=UTC)),
    )


def _schedule(connection: StoredConnection, an_id: str, cron: str, zone: str) -> StoredSchedule:
    return StoredSchedule(
        id=an_id,
        connection_id=connection.id,
        cron=cron,
        timezone=zone,
        hard_refresh=False,
        created_at=CREATED,
        updated_at=CREATED,
    )
