"""What exists: departments, rooms, lines, systems, servers, dependencies, vendors, pools."""
