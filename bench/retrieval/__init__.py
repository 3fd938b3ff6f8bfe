"""How often the right place is among the first that a question in plain language finds in an index."""
