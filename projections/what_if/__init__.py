"""A changed history, and what follows from it."""
