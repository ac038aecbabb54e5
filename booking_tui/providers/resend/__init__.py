"""Resend: handing emails over, and what its webhooks say of them."""
