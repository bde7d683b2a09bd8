"""A client's folder as it is on disk, read completely, with every problem it has."""
