"""The words that can be sent as they are."""
