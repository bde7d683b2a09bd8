"""Language models behind one small protocol: streamed, bounded in time and tokens, never necessary."""
