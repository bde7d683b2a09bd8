"""The hand-over to the client company: complete, short, and nothing in it that nobody said."""

from copilot.authority import general_contact as default_contact
from copilot.escalation.drafting import draft
from copilot.escalation.earlier import Earlier, EarlierPromise, with_earlier
from copilot.escalation.findings import Findings
from copilot.escalation.nearness import nearness

__all__ = ["Earlier", "EarlierPromise", "Findings", "default_contact", "draft", "nearness", "with_earlier"]
