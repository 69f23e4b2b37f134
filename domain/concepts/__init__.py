"""One module for each concept: its facts, its state, its rules."""
