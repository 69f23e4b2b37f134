"""One coalition's events, folded, on both axes, asked at any point."""
