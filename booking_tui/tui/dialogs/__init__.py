"""tui.dialogs: see ARCHITECTURE.md for what belongs here."""
