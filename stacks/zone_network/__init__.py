"""The zones' networks, as one Pulumi project."""
