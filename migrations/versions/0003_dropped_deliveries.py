"""Rows of the outbox can be given up, and the refused ones are found without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow("waiting", "sending", "sent", "refused", "dropped")
    op.create_index(
        "outbox_refused_idx", "outbox", ["incident_id", "id"], postgresql_where=sa.text("status = 'refused'")
    )


def downgrade() -> None:
    op.drop_index("outbox_refused_idx", table_name="outbox", postgresql_where=sa.text("status = 'refused'"))
    # The version before knows no `dropped`; what it does know and never sends is `refused`.
    op.execute("update outbox set status = 'refused', error = coalesce(error, 'dropped') where status = 'dropped'")
    _allow("waiting", "sending", "sent", "refused")


def _allow(*statuses: str) -> None:
    op.drop_constraint(op.f("outbox_status_check"), "outbox", type_="check")
    listed = ", ".join(f"'{status}'" for status in statuses)
    op.create_check_constraint(op.f("outbox_status_check"), "outbox", f"status in ({listed})")
