"""What-if: changes to a history, chances of conditions, and saved scenarios."""
