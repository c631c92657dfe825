"""What moves when: move groups, waves, calendar, capacity; why, and why not."""
