"""Canvases: documents that are a tab of a channel, and of which people can write in the same one."""

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.application.ports import Refused
from bot.slack.canvas_text import fit
from bot.slack.reading import Reading

#: Somebody deleted it, or it is out of our reach.
_GONE = frozenset({"canvas_not_found", "canvas_deleted", "file_deleted", "file_not_found"})
#: The channel has a canvas of its own already.
_TAKEN = "channel_canvas_already_exists"


class Canvases(Reading):
    """Every method raises TryAgain, Unclear or Refused, and nothing else."""

    async def put_canvas(self, channel: str, title: str, markdown: str, known: str | None) -> str:
        """Show a text as a canvas in a channel, instead of what the canvas showed before.

        Nothing that a person made is overwritten: where people have made the channel's canvas themselves, this one is a
        further tab.

        Args:
            channel: its id.
            title: what a new canvas is called.
            markdown: the whole text, of any length; what canvases do not have is made into what they have.
            known: the canvas's id, if there is one. One that somebody deleted is made anew.

        Returns:
            The canvas's id.

        Raises:
            Refused: the workspace's plan has no canvases, say; the remedy tells what to do.
        """
        # A long text takes a while to read, and others wait for answers.
        content = {"type": "markdown", "markdown": await asyncio.to_thread(fit, markdown)}
        if known is not None and await self._written(known, content):
            return known
        document: dict[str, Any] = {"channel_id": channel, "title": title, "document_content": content}
        try:
            made = await self._call("conversations.canvases.create", **document)
        except Refused as refusal:
            if refusal.reason != _TAKEN:
                raise
        else:
            return str(made["canvas_id"])
        # An earlier call may have made it, or the further tab, before its answer was lost.
        ours = await self._ours(channel, title)
        if ours is not None and await self._written(ours, content):
            return ours
        return str((await self._call("canvases.create", **document))["canvas_id"])

    async def canvas_link(self, canvas: str) -> str | None:
        """Where people find a canvas; None where it was deleted."""
        try:
            answer = await self._call("files.info", repeatable=True, file=canvas)
        except Refused as refusal:
            if refusal.reason not in _GONE:
                raise
            return None
        return (answer.get("file") or {}).get("permalink")

    async def _written(self, canvas: str, content: Mapping[str, Any]) -> bool:
        """Replace all that a canvas says; False where it is gone."""
        change = {"operation": "replace", "document_content": content}
        try:
            await self._call("canvases.edit", repeatable=True, canvas_id=canvas, changes=[change])
        except Refused as refusal:
            if refusal.reason not in _GONE:
                raise
            return False
        return True

    async def _ours(self, channel: str, title: str) -> str | None:
        """A canvas of that title in the channel that the bot made itself."""
        me = (await self.identity()).user_id
        answer = await self._call("files.list", repeatable=True, channel=channel, types="canvas", count=100)
        for file in answer.get("files") or ():
            if file.get("user") == me and file.get("title") == title:
                return str(file["id"])
        info = await self._call("conversations.info", repeatable=True, channel=channel)
        shown = ((info.get("channel") or {}).get("properties") or {}).get("canvas") or {}
        if not shown.get("file_id"):
            return None
        file = (await self._call("files.info", repeatable=True, file=shown["file_id"])).get("file") or {}
        return str(shown["file_id"]) if file.get("user") == me else None
