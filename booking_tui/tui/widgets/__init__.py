"""tui.widgets: see ARCHITECTURE.md for what belongs here."""
