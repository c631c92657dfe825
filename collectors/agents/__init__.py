"""Agents that answer as devices do, from recordings: for the demo and the tests, on loopback only."""
