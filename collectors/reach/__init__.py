"""Reaching every room: agents that dial out, bundles that are carried, and whom to believe."""
