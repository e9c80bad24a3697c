"""The action items as they stand by the end of the timeline, and whether somebody has each of them by a day."""

from collections.abc import Iterator
from typing import get_args

from bot.domain.action_item import ActionItem, with_item
from bot.domain.item_events import ItemEvent
from bot.postmortem.observation import Observation
from bot.postmortem.record import Record


def standing(record: Record) -> tuple[ActionItem, ...]:
    """Every action item as the last entry about it left it; without those that nobody is going to do."""
    items: tuple[ActionItem, ...] = ()
    for entry in record.some(*get_args(ItemEvent)):
        if isinstance(entry.event, ItemEvent):
            items = with_item(items, entry, entry.event)
    return tuple(item for item in items if not item.dropped and item.number in record.items)


def owned(record: Record) -> Iterator[Observation]:
    """That each has an owner and a day."""
    items = standing(record)
    if items and all(item.owner and item.due for item in items):
        yield Observation("owned", _cites(record, items), {"count": len(items)})


def loose(record: Record) -> Iterator[Observation]:
    """Those that are open and have no owner or no day; and, once it is over, that there is none at all."""
    items = tuple(item for item in standing(record) if not item.done and not (item.owner and item.due))
    if items:
        yield Observation("loose", _cites(record, items), {"count": len(items)})
    if record.over and not record.items:
        yield Observation("no_items", (record.declared.seq, record.upto))


def _cites(record: Record, items: tuple[ActionItem, ...]) -> tuple[int, ...]:
    return tuple(record.items[item.number].added.seq for item in items)
