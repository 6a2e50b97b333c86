"""The outside world on one port, chosen by URL; written from the public contracts."""
