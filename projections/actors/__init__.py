"""Questions about one actor: its story, and what the promises of all contributors became."""
