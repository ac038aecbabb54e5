"""Emails: what is wanted and why, what the provider's answers mean, and what to say about them. Pure."""
