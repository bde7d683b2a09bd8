"""What a server process does beside its calls: load the models once, delete what is too old once an hour."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from typing import get_args

from sqlalchemy.exc import SQLAlchemyError

from api.advising import samples
from api.service import Service
from copilot.demo.samples import recorded_cases
from copilot.editing import UnknownClientError
from copilot.logs import log
from copilot.request import Want
from knowledge.embedding import EmbeddingError
from knowledge.store.engine import reaching

_HOUR_SECONDS = 3600.0
# Of the middle generation, before the collector walks through everything: some 700,000 new objects.
_OLD_ROUNDS = 100


def run_upkeep(service: Service, stop: threading.Event) -> None:
    """Work until told to stop. An error is logged and does not end it."""
    with reaching(None):
        warm(service)
        settle()
        if service.beside is not None:
            service.beside.begin()
        while True:
            delete_old(service)
            service.forget_texts()
            if stop.wait(_HOUR_SECONDS):
                return


def warm(service: Service) -> None:
    """Answer made-up conversations of each client, so that the first real one does not wait.

    Models, word lists and patterns are loaded with the first text that needs them: both speak, in both
    languages, and everything is asked for. What only other words need, the recorded samples bring.
    """
    pipeline, clients = service.copilot.pipeline, service.copilot.knowledge.clients()
    try:
        for client_id in clients:
            for sample in samples(client_id):
                pipeline.assist(sample, get_args(Want))
        for case in recorded_cases() if clients else ():
            pipeline.signals(replace(case.request.conversation(), client_id=clients[0]), embed=False)
    except (SQLAlchemyError, EmbeddingError, UnknownClientError) as error:
        log().warning("not warmed up", kind=type(error).__name__)


def settle() -> None:
    """Take what is loaded by now out of the garbage collector's rounds: it stays.

    A round through all of it holds up every call for more than a tenth of a second. What is remembered later
    is walked through less often than Python would: it is freed without those rounds.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _OLD_ROUNDS)


def delete_old(service: Service) -> None:
    """Delete what is kept too long already."""
    try:
        gone = service.retention.run()
    except (SQLAlchemyError, UnknownClientError) as error:
        log().error("old data not deleted", kind=type(error).__name__)
        return
    if gone:
        log().info("old data deleted", rows=gone)
