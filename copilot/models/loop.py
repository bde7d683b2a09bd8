"""One thread that does the models' input and output, so that every call can really be ended in time.

A blocking read cannot be: keep-alive bytes reset its timeout. A cancelled coroutine closes its connection.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TypeVar

from copilot.models.chat import ModelError, Watch

T = TypeVar("T")
# How long a cancellation may go unnoticed.
_GLANCE_SECONDS = 0.02


class _End:
    """Marks the end of a stream."""


class IoLoop:
    """An event loop in a daemon thread, started by the first call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def stream(self, start: Callable[[], AsyncIterator[T]], watch: Watch) -> Iterator[T]:
        """Yield what `start` yields. Raise ModelError at the watch's times, else what `start` raises."""
        queue: SimpleQueue[T | _End] = SimpleQueue()

        async def pump() -> None:
            async for item in start():
                queue.put(item)

        future = asyncio.run_coroutine_threadsafe(pump(), self._running())
        future.add_done_callback(lambda _: queue.put(_End()))
        try:
            yield from _drained(queue, future, watch)
        finally:
            future.cancel()

    def close(self) -> None:
        """End the thread and every call in it."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop)
            loop.call_soon_threadsafe(loop.call_later, 0.05, loop.stop)
            thread.join(2.0)
            if not thread.is_alive():
                loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="model-io", daemon=True)
                self._thread.start()
            return self._loop


async def _cancel_all() -> None:
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task():
            task.cancel()


def _drained(queue: SimpleQueue[T | _End], future: Future[None], watch: Watch) -> Iterator[T]:
    begun = False
    while True:
        item = _next(queue, watch, begun=begun)
        if isinstance(item, _End):
            try:
                future.result()
            except CancelledError:
                raise ModelError("cut") from None
            return
        begun = True
        yield item


def _next(queue: SimpleQueue[T | _End], watch: Watch, *, begun: bool) -> T | _End:
    while True:
        now = monotonic()
        if watch.cancel.cancelled:
            raise ModelError("cancelled")
        if not begun and now >= watch.first_token_at:
            raise ModelError("first_token")
        if now >= watch.end_at:
            raise ModelError("deadline")
        try:
            return queue.get(timeout=_GLANCE_SECONDS)
        except Empty:
            continue
