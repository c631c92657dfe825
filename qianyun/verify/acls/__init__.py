"""Access lists as vendors write them, read with the vendors' own meaning."""
