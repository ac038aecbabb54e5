"""A stand-in for Cal.com: its bookings, its webhooks on the wire, its API."""
