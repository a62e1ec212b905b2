"""An index of the changes whose outcome was lost: what they sent may come late."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the index; hardly any change is in it."""
    lost = sa.text("status = 'unknown'")
    op.create_index(
        "lost_changes_by_connection",
        "changes",
        ["connection_id", "finished_at"],
        sqlite_where=lost,
        postgresql_where=lost,
    )
