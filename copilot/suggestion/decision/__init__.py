"""Who may decide it, and who must be asked."""
