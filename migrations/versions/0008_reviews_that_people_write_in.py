"""Versions of reviews know who wrote them, and what of them Muster wrote by itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Processes of the version before go on adding versions without these.
    op.add_column("reviews", sa.Column("generated", sa.Text()))
    op.add_column("reviews", sa.Column("author_kind", sa.Text(), server_default="bot", nullable=False))
    op.add_column("reviews", sa.Column("author_id", sa.Text(), server_default="muster", nullable=False))
    op.add_column("reviews", sa.Column("via", sa.Text(), server_default="draft", nullable=False))
    op.add_column("reviews", sa.Column("sections", postgresql.JSONB(), server_default="[]", nullable=False))
    # Action items are listed across incidents. The table is written anew for it, and has a row an incident.
    owners = sa.Computed("jsonb_path_query_array(state, '$.action_items[*] ? (@.done == false).owner')", persisted=True)
    op.add_column("incidents", sa.Column("item_owners", postgresql.JSONB(), owners))
    op.create_index("incidents_items_idx", "incidents", ["id"], postgresql_where=sa.text("item_owners <> '[]'"))


def downgrade() -> None:
    op.drop_index("incidents_items_idx", "incidents")
    op.drop_column("incidents", "item_owners")
    for name in ("sections", "via", "author_id", "author_kind", "generated"):
        op.drop_column("reviews", name)
