"""From the stored log to the open streams of this process.

Each watched conversation has one channel: one read of the log serves all its streams, and a short tail stays
in memory. A stream keeps its own place; one that falls behind the tail reads the log again by itself and
slows nobody. Events of other processes are found by polling.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from copilot.logs import log

TAIL = 512
PAGE = 500
POLL_SECONDS = 0.25
# A transaction of another process may become visible later than its time says.
_OVERLAP = timedelta(seconds=5)


class _Event(Protocol):
    @property
    def seq(self) -> int: ...


class _Log(Protocol):
    def read_after(self, conversation_id: str, after: int, limit: int) -> Sequence[Any]: ...

    def last(self, conversation_id: str) -> int: ...

    def moved_since(self, moment: datetime) -> Mapping[str, int]: ...


@dataclass(slots=True)
class _Channel:
    """The tail of one conversation: events `floor + 1` to `last`, without gaps."""

    loop: asyncio.AbstractEventLoop
    floor: int = 0
    last: int = 0
    tail: deque[Any] = field(default_factory=lambda: deque(maxlen=TAIL))
    news: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    opened: bool = False
    streams: int = 0
    task: asyncio.Task[None] | None = None
    stirred: bool = False

    def extend(self, found: Sequence[Any]) -> None:
        """Add what follows the tail, and let the waiting streams go on."""
        for event in found:
            if len(self.tail) == TAIL:
                self.floor = self.tail[0].seq
            self.tail.append(event)
            self.last = event.seq
        self.news.set()
        self.news = asyncio.Event()

    def after(self, seq: int) -> list[Any] | None:
        """Return what follows `seq`; None where the tail does not reach back so far."""
        if seq < self.floor:
            return None
        if seq >= self.last:
            return []
        return [event for event in self.tail if event.seq > seq]


class Hub:
    """The channels of one process. `wake` and `publish` may come from any thread; the rest is the loop's."""

    def __init__(self, source: _Log) -> None:
        self._log = source
        self._channels: dict[str, _Channel] = {}

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(channel.streams for channel in self._channels.values())

    def wake(self, conversation_id: str) -> None:
        """Say that the conversation has new events."""
        channel = self._channels.get(conversation_id)
        if channel is not None and not channel.loop.is_closed():
            channel.loop.call_soon_threadsafe(self._stir, conversation_id)

    def publish(self, conversation_id: str, written: Sequence[Any]) -> None:
        """Hand on events that were just committed, in order; saves reading them again."""
        channel = self._channels.get(conversation_id)
        if channel is not None and not channel.loop.is_closed():
            channel.loop.call_soon_threadsafe(self._take, conversation_id, written)

    async def follow(self, conversation_id: str, after: int) -> AsyncIterator[Any]:
        """Yield the conversation's events above `after`, in order, each once, for ever."""
        async with aclosing(self.pages(conversation_id, after)) as pages:
            async for page in pages:
                for event in page:
                    yield event

    async def pages(self, conversation_id: str, after: int) -> AsyncGenerator[Sequence[Any]]:
        """Yield the same, those together that are there together."""
        channel = await self._open(conversation_id)
        try:
            while True:
                news = channel.news  # taken before looking: what comes meanwhile sets this one
                found: Sequence[Any] | None = channel.after(after)
                if found is None:
                    found = await asyncio.to_thread(self._log.read_after, conversation_id, after, PAGE)
                if found:
                    yield found
                    after = found[-1].seq
                else:
                    await news.wait()
        finally:
            self._leave(conversation_id, channel)

    async def poll(self, interval: float = POLL_SECONDS) -> None:
        """Look for events of other processes, for ever."""
        since = datetime.now(UTC)
        while True:
            await asyncio.sleep(interval)
            if not self._channels:
                since = datetime.now(UTC)
                continue
            started = datetime.now(UTC)
            try:
                moved = await asyncio.to_thread(self._log.moved_since, since - _OVERLAP)
            except SQLAlchemyError as error:
                log().error("events not polled", kind=type(error).__name__)
                continue
            since = started
            for conversation_id, seq in moved.items():
                channel = self._channels.get(conversation_id)
                if channel is not None and channel.opened and seq > channel.last:
                    self._stir(conversation_id)

    async def _open(self, conversation_id: str) -> _Channel:
        channel = self._channels.get(conversation_id)
        if channel is None:
            channel = self._channels[conversation_id] = _Channel(asyncio.get_running_loop())
        channel.streams += 1
        async with channel.reading:
            if not channel.opened:
                channel.floor = channel.last = await asyncio.to_thread(self._log.last, conversation_id)
                channel.opened = True
        return channel

    def _leave(self, conversation_id: str, channel: _Channel) -> None:
        channel.streams -= 1
        if channel.streams == 0 and self._channels.get(conversation_id) is channel:
            del self._channels[conversation_id]

    def _take(self, conversation_id: str, written: Sequence[Any]) -> None:
        """Add events that follow the tail at once; where others came between, the log is read."""
        channel = self._channels.get(conversation_id)
        if channel is None:
            return
        fresh = [event for event in written if event.seq > channel.last]
        if channel.opened and not channel.reading.locked() and fresh and fresh[0].seq == channel.last + 1:
            channel.extend(fresh)
        elif fresh or not channel.opened:
            self._stir(conversation_id)

    def _stir(self, conversation_id: str) -> None:
        channel = self._channels.get(conversation_id)
        if channel is None:
            return
        channel.stirred = True
        if channel.task is None or channel.task.done():
            channel.task = asyncio.get_running_loop().create_task(self._refresh(conversation_id, channel))

    async def _refresh(self, conversation_id: str, channel: _Channel) -> None:
        """Read what is new once for all streams; again while somebody stirs."""
        while channel.stirred:
            channel.stirred = False
            async with channel.reading:
                if not channel.opened:
                    return
                try:
                    found = await asyncio.to_thread(self._log.read_after, conversation_id, channel.last, PAGE)
                except SQLAlchemyError as error:  # the poll stirs again
                    log().error("events not read", kind=type(error).__name__)
                    return
                if found:
                    channel.extend(found)
                    channel.stirred = channel.stirred or len(found) == PAGE
