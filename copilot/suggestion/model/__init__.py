"""The wording by a model, and what keeps it to the evidence."""
