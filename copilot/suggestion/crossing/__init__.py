"""A rule in the language of a customer who speaks another than the client."""
