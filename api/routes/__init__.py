"""One noun a module: parse, call, map."""
