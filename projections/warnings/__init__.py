"""The force picture."""
