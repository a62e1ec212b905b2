"""The schedules that a new one is told apart from, for whoever reads back later."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column, with a default for processes that do not know it yet."""
    others = sa.Column("others", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("changes", others)
