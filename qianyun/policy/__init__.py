"""What is allowed: zones, flow matrix, address plan, egress, and the neutral rule."""
