"""The one fact that is missing to choose a rule."""
