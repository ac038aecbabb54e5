"""tui.views: see ARCHITECTURE.md for what belongs here."""
