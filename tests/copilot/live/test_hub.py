from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count

from copilot.live.events import Journal, SqlEventLog
from copilot.live.hub import TAIL, Hub


async def take(stream: AsyncIterator, number: int) -> list[int]:
    found = []
    async with asyncio.timeout(5):
        async for event in stream:
            found.append(event.seq)
            if len(found) == number:
                break
    return found


def tell(desk, talk, number: int, journal: Journal | None = None) -> None:
    for _ in range(number):
        with (journal or desk.journal).changing() as change:
            change.append(talk.conversation.id, "lulu", "feedback", {})


async def test_a_stream_begins_with_the_first_event_and_goes_on_with_new_ones(desk, talk):
    tell(desk, talk, 2)
    stream = desk.hub.follow(talk.conversation.id, 0)
    assert await take(stream, 2) == [1, 2]
    waiting = asyncio.create_task(take(desk.hub.follow(talk.conversation.id, 2), 3))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(tell, desk, talk, 3)
    assert await waiting == [3, 4, 5]
    await stream.aclose()


async def test_a_resumed_stream_gets_what_it_missed_exactly_once_and_in_order(desk, talk):
    tell(desk, talk, 7)
    assert await take(desk.hub.follow(talk.conversation.id, 4), 3) == [5, 6, 7]


async def test_events_while_a_stream_opens_are_not_lost(desk, talk):
    stream = desk.hub.follow(talk.conversation.id, 0)
    waiting = asyncio.create_task(take(stream, 30))
    await asyncio.to_thread(tell, desk, talk, 30)
    assert await waiting == list(range(1, 31))


async def test_events_of_another_process_are_found_by_polling(desk, talk):
    other = Journal(desk.engine, Hub(SqlEventLog(desk.engine)))
    polling = asyncio.create_task(desk.hub.poll(0.01))
    waiting = asyncio.create_task(take(desk.hub.follow(talk.conversation.id, 0), 2))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(tell, desk, talk, 2, other)
    assert await waiting == [1, 2]
    polling.cancel()


class CountingLog:
    """Events by number, and how often they were read."""

    def __init__(self) -> None:
        self.top = 0
        self.reads = count()

    def read_after(self, conversation_id: str, after: int, limit: int) -> list:
        next(self.reads)
        return [Numbered(seq) for seq in range(after + 1, min(self.top, after + limit) + 1)]

    def last(self, conversation_id: str) -> int:
        return self.top

    def moved_since(self, moment: object) -> dict[str, int]:
        return {}


class Numbered:
    def __init__(self, seq: int) -> None:
        self.seq = seq


async def test_one_read_serves_all_streams_of_a_conversation():
    log = CountingLog()
    hub = Hub(log)
    waiting = [asyncio.create_task(take(hub.follow("c", 0), 1)) for _ in range(200)]
    await asyncio.sleep(0.05)
    log.top = 1
    hub.wake("c")
    assert [await task for task in waiting] == [[1]] * 200
    assert next(log.reads) == 1


async def test_a_slow_reader_loses_nothing_and_slows_nobody():
    log = CountingLog()
    hub = Hub(log)
    slow, fast = hub.follow("c", 0), hub.follow("c", 0)
    log.top = 1
    assert (await anext(slow)).seq == 1
    total = TAIL * 3
    quick = asyncio.create_task(take(fast, total))
    for top in range(2, total + 1):
        log.top = top
        hub.wake("c")
        await asyncio.sleep(0)
    assert await quick == list(range(1, total + 1))
    assert await take(slow, total - 1) == list(range(2, total + 1))
    await slow.aclose()
    await fast.aclose()


async def test_a_channel_goes_with_its_last_stream(desk, talk):
    tell(desk, talk, 1)
    stream = desk.hub.follow(talk.conversation.id, 0)
    await anext(stream)
    assert desk.hub.streams == 1
    await stream.aclose()
    assert desk.hub.streams == 0
