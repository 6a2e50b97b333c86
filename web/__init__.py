"""Where a click becomes a Decision."""
