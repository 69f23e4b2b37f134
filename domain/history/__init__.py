"""One coalition's events, folded, on both axes, at any point."""
