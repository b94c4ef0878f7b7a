"""The box in which images run: made by the Engine's API alone, with no way out, and nothing of ours inside."""

from bot.edges.sandbox.sandbox import EngineSandbox

__all__ = ["EngineSandbox"]
