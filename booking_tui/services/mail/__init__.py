"""Emails: planned with the bookings, written, sent once, and followed until it is known what became of them."""
