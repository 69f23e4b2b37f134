"""How fast it is and how much it holds, measured; each module is a command. No test depends on them."""
