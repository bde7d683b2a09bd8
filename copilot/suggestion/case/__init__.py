"""What the case is: its facts, times and words, as evidence for a rule."""
