"""How the tables of one version become those of the next: one module of `versions` a step, both ways."""
