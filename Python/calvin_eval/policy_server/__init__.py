"""CALVIN models as policy servers for calvin-eval."""

from .serving import PolicyServer, serve

__all__ = ["PolicyServer", "serve"]
