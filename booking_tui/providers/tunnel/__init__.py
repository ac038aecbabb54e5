"""The ways in from outside: ngrok's agent, a URL of one's own, or any client that prints its URL."""
