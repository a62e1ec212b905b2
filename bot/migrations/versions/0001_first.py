"""The first schema: changes, their audit trail, and who was told."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
IS_OPEN = sa.text("status IN ('applying', 'pending')")
IS_APPLIED = sa.text("status = 'applied'")
IS_WAY_BACK = sa.text(
    "action = 'create' AND status IN ('applied', 'applying', 'pending', 'unknown')"
)


def upgrade() -> None:
    """Create every table, and refuse edits of the audit trail."""
    op.create_table(
        "changes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("connection_id", sa.String(64), nullable=False),
        sa.Column("connection_name", sa.Text(), nullable=False),
        sa.Column("schedule_id", sa.String(64)),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("requester", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("second_person", sa.Boolean(), nullable=False),
        sa.Column("approvers", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("undo_of", sa.String(32)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(32)),
        sa.Column("decided_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("outcome", sa.Text()),
        sa.Column("seen", sa.JSON()),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("cards", sa.JSON(), nullable=False),
        sa.Column("reply_url", sa.Text()),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("change_id", sa.String(32)),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("surface", sa.String(32), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16)),
        sa.Column("detail", sa.JSON()),
        sa.Column("key", sa.String(128), unique=True),
    )
    op.create_table(
        "announcements",
        sa.Column("change_id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("ts", sa.String(32)),
        sa.Column("thread", sa.String(32)),
        sa.Column("problem", sa.Text()),
    )
    op.create_table(
        "subscriptions",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("connection_id", sa.String(64), primary_key=True),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("schedule_id", sa.String(64), primary_key=True),
        sa.Column("connection_id", sa.String(64), nullable=False),
        sa.Column("terms", sa.JSON()),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "watched",
        sa.Column("connection_id", sa.String(64), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "budget",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("closed_until", sa.Float(), nullable=False),
    )
    op.create_index(
        "one_open_change_per_schedule",
        "changes",
        ["connection_id", "schedule_id"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )
    op.create_index(
        "one_way_back_per_deletion",
        "changes",
        ["undo_of"],
        unique=True,
        sqlite_where=IS_WAY_BACK,
        postgresql_where=IS_WAY_BACK,
    )
    op.create_index(
        "open_changes_by_time",
        "changes",
        ["created_at", "id"],
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )
    op.create_index("changes_by_time", "changes", ["created_at", "id"])
    op.create_index("changes_by_connection", "changes", ["connection_id", "created_at", "id"])
    op.create_index(
        "applied_changes_by_time",
        "changes",
        ["finished_at"],
        sqlite_where=IS_APPLIED,
        postgresql_where=IS_APPLIED,
    )
    op.create_index(
        "applied_changes_by_schedule",
        "changes",
        ["schedule_id", "finished_at"],
        sqlite_where=IS_APPLIED,
        postgresql_where=IS_APPLIED,
    )
    op.create_index("audit_by_change", "audit", ["change_id", "id"])
    op.create_index("sightings_by_connection", "sightings", ["connection_id"])
    op.create_index("deliveries_by_time", "deliveries", ["at"])
    for statement in _append_only(op.get_bind().dialect.name):
        op.execute(statement)


def _append_only(dialect: str) -> tuple[str, ...]:
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            for verb in ("update", "delete")
        )
    return (
        (
            "CREATE FUNCTION refuse_audit_edit() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_edit()"
        ),
    )
