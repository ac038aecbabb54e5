"""A stand-in for the ngrok agent that an unmodified pyngrok takes for the real one; the standard library alone."""
