"""What composing a Reel costs, and the floors and the other ways that it is held against."""
