"""The application as a server process creates it, from the environment alone."""

from __future__ import annotations

from fastapi import FastAPI

from api.advising import beside
from api.app import create_app
from copilot.assembly import assemble
from copilot.settings import Settings
from knowledge.apart import apart


def create() -> FastAPI:
    """Return the application on the environment's settings."""
    copilot = assemble(Settings(), apart)
    return create_app(copilot, beside=beside(copilot))
