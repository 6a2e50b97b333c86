"""What happens, in which order, for how long; no input or output."""
