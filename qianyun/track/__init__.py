"""Where each move stands: states, transitions, evidence."""
