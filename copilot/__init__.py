"""One conversation in, advice out: read it top to bottom in `copilot.pipeline`."""
