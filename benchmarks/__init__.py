"""Measurements of speed and memory; each module is a command. No test depends on them."""
