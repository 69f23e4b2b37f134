"""Charts and the map: pure functions from figures to SVG text."""
