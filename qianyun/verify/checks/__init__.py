"""The check catalogue: what an auditor can be told from the facts, and what no fact tells yet."""
