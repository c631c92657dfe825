"""The web board."""
