"""What a careful reader of the delivery would be paged for."""

from bot.store.database import Database, raw


async def test_asyncpgs_own_statements_are_in_the_transaction_too(store: Database) -> None:
    async with store.transaction() as connection:
        assert (await raw(connection)).is_in_transaction()
