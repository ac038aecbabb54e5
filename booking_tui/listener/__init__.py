"""HTTP in: the public webhook port and the local port for health, metrics and control."""
