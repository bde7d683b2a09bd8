"""Personal data: recognised, masked before it leaves, restored for the agent, deleted on request."""
