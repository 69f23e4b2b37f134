"""Saved scenarios over HTTP: read, written, their items, and adopting them."""
