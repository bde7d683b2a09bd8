"""Training and measuring of the emergency detector: `python -m evals.emergency.train`, `… .measure`."""
