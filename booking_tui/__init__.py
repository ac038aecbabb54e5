"""A local-first booking desk in the terminal."""

__version__ = "0.1.0"
