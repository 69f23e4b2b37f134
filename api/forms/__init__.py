"""Forms for facts, made from their models: their fields, and what a person types in them."""
