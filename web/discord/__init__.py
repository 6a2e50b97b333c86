"""The Discord door: a click on a review card becomes a Decision."""
