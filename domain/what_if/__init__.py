"""What a what-if changes, how likely conditions are, and what a saved scenario is."""
