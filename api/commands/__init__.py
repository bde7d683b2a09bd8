"""The commands, a module each; imported by the command line when one of them runs."""
