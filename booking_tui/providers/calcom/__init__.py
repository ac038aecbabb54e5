"""providers.calcom: see ARCHITECTURE.md for what belongs here."""
