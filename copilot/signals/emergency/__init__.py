"""Emergencies: recognised in any turn, at once, without a model."""

from copilot.signals.emergency.detection import detect
from copilot.signals.emergency.finding import Detection

__all__ = ["Detection", "detect"]
