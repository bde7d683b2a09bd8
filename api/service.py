"""What every route can reach: the assembled product, the door, the audit, the counters."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry, Counter, Histogram

from copilot.access import tokens
from copilot.access.audit import Audit
from copilot.access.door import Door
from copilot.access.idempotency import Idempotency
from copilot.access.keys import Keys
from copilot.access.rates import RateLimits, Rates
from copilot.assembly import Copilot
from copilot.live.beside.adviser import Beside
from copilot.live.desk import Desk, open_desk
from copilot.live.erasing import LiveRecords
from copilot.live.notes import Account, ChatwootNotes
from copilot.privacy.erasure import Eraser, Erasure, KeptReplies, Retention
from copilot.privacy.memory import forget_texts
from copilot.settings import Settings

# Every store that keeps words of customers; a new one is added here.
ERASERS: tuple[Eraser, ...] = (KeptReplies(), LiveRecords())


class Metrics:
    """Counters of one service; no label ever names a client or a person."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "copilot_requests_total", "Calls", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "copilot_request_seconds", "Time to the first byte", ("method", "route"), registry=self.registry
        )
        self.alerts = Counter("copilot_alerts_total", "Alerts raised", ("level",), registry=self.registry)
        self.degraded = Counter(
            "copilot_degraded_total",
            "Answers that a part was missing from",
            ("part",),
            registry=self.registry,
        )
        self.failures = Counter(
            "copilot_failures_total", "Errors that nobody expected", ("kind",), registry=self.registry
        )


@dataclass(frozen=True, slots=True)
class Service:
    """The parts behind the routes, wired once."""

    copilot: Copilot
    door: Door
    audit: Audit
    idempotency: Idempotency
    rates: Rates
    metrics: Metrics
    retention: Retention
    desk: Desk
    beside: Beside | None = None

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return self.copilot.settings

    def forget_texts(self) -> None:
        """Empty the memory of what customers said, here and beside; the database is another matter."""
        self.desk.recent.clear()
        self.copilot.knowledge.forget_texts()
        forget_texts()
        if self.beside is not None:
            self.beside.forget()


def wire(copilot: Copilot, beside: Beside | None = None) -> Service:
    """Return the service around the product; `beside` makes its background suggestions."""
    settings = copilot.settings
    audit, replies = Audit(copilot.engine), Idempotency(copilot.engine)
    metrics = Metrics()
    admin_key = settings.admin_key.get_secret_value() if settings.admin_key else None
    return Service(
        copilot=copilot,
        door=Door(Keys(copilot.engine), _token_secret(settings), admin_key or None),
        audit=audit,
        idempotency=replies,
        rates=Rates(_limits(settings), settings.rates_file),
        metrics=metrics,
        retention=Retention(
            Erasure(copilot.engine, ERASERS), copilot.knowledge, audit, replies, settings.audit_days
        ),
        desk=open_desk(
            copilot.engine,
            copilot.pipeline,
            copilot.knowledge,
            audit,
            count_degraded=lambda part: metrics.degraded.labels(part.split(":")[0]).inc(),
            notes=ChatwootNotes(_accounts(settings), metrics.degraded.labels("chatwoot_note").inc),
            adviser=beside,
        ),
        beside=beside,
    )


def _accounts(settings: Settings) -> Mapping[str, Account]:
    return {
        client_id: Account(access.url, access.token.get_secret_value())
        for client_id, access in settings.chatwoot_notes.items()
    }


def _limits(settings: Settings) -> RateLimits:
    return RateLimits(
        per_caller=settings.rate_per_minute,
        per_client=settings.client_rate_per_minute,
        per_webhook=settings.webhook_rate_per_minute,
    )


def _token_secret(settings: Settings) -> bytes:
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value().encode()
    if settings.data_dir.is_dir():
        return tokens.secret_in(settings.token_secret_path)
    return secrets.token_bytes(32)  # nowhere to keep it: tokens end with the process


def service_of(request: Request) -> Service:
    """Return the service that the application was created with."""
    service: Service = request.app.state.service
    return service


async def _service(request: Request) -> Service:
    """As a coroutine: a plain function would be sent to another thread and back."""
    return service_of(request)


ServiceDep = Annotated[Service, Depends(_service)]
