"""PgQueuer's own schema, and the timeline's guard."""

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.engine import AdaptedConnection

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A row may only lose its text (a redaction), and never its place, its time or its hashes. Whoever goes around
# this is found by `muster verify`.
_GUARD = """
create function timeline_is_append_only() returns trigger language plpgsql as $guard$
begin
    if tg_op = 'TRUNCATE' then
        raise exception 'the timeline is append-only' using errcode = 'integrity_constraint_violation';
    end if;
    if tg_op = 'UPDATE' and old.redacted_at is null and new.redacted_at is not null
       and (to_jsonb(new) - 'payload' - 'redacted_at') = (to_jsonb(old) - 'payload' - 'redacted_at') then
        return new;
    end if;
    raise exception 'the timeline is append-only (incident %, entry %)', old.incident_id, old.seq
        using errcode = 'integrity_constraint_violation';
end
$guard$;
create trigger timeline_is_append_only before update or delete on timeline
    for each row execute function timeline_is_append_only();
create trigger timeline_is_never_emptied before truncate on timeline
    for each statement execute function timeline_is_append_only();
"""


def upgrade() -> None:
    for statement in (QueryBuilderEnvironment().build_install_query(), _GUARD):
        _run_script(statement)


def downgrade() -> None:
    _run_script("""
        drop trigger timeline_is_append_only on timeline;
        drop trigger timeline_is_never_emptied on timeline;
        drop function timeline_is_append_only();
    """)
    _run_script(QueryBuilderEnvironment().build_uninstall_query())


def _run_script(script: str) -> None:
    """Several statements at once: asyncpg takes them only without parameters, and SQLAlchemy always prepares."""
    adapted = op.get_bind().connection.dbapi_connection
    assert isinstance(adapted, AdaptedConnection)
    adapted.run_async(lambda driver: driver.execute(script))
