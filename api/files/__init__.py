"""What people write in files, read into the domain: facts, scenarios, sentences of changes and chances."""
