"""The hand-over to the client company: complete, short, and nothing in it that nobody said."""

from copilot.escalation.addressee import default_contact
from copilot.escalation.drafting import draft
from copilot.escalation.findings import Findings

__all__ = ["Findings", "default_contact", "draft"]
