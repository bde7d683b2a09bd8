"""Suggestions made in a process of their own, so that composing one keeps no turn waiting."""
