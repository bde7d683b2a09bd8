"""What people and machines read after an evaluation: HTML, Markdown, JUnit, JSON."""

from evals.reporting.writing import Report, write_report

__all__ = ["Report", "write_report"]
