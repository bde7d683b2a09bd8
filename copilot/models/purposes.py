"""Which model serves which purpose; every purpose may do without."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.models.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Models:
    """The speakers by purpose; None: that purpose has no model."""

    suggestion: Speaker | None = None
    escalation: Speaker | None = None
    second_reading: Speaker | None = None
    judge: Speaker | None = None

    @property
    def any(self) -> bool:
        """Whether any purpose has a model."""
        return any((self.suggestion, self.escalation, self.second_reading, self.judge))


NO_MODELS = Models()
