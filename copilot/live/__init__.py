"""The live service around the pipeline: conversations, events, alerts with clocks, what is owed."""
