"""`make demo`: one Reel from nothing to published, before a person's eyes."""

from runtime.stack.demo.show import demo

__all__ = ["demo"]
