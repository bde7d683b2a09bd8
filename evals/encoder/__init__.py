"""Teaching the embedded encoder: its upper layers learn what danger is, the rest of its space stays."""
