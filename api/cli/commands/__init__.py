"""The commands that only read and those that keep the ledger up: their options and calls."""
