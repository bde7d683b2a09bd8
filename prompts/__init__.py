"""Every prompt as a file with its variables, owner and version; nothing else in the code words one."""

from prompts.library import Prompt, PromptError, load, names

__all__ = ["Prompt", "PromptError", "load", "names"]
