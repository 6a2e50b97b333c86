"""The steps of a day, one method each, on frozen dataclasses of clients."""
