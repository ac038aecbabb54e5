"""Simulated vendors on loopback: they share no code with the program, so that a wrong idea cannot agree with itself."""
