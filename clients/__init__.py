"""The outside world, one module for each remote; knows neither Temporal nor settings."""
