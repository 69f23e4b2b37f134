"""The outside: HTTP, and the command line."""
