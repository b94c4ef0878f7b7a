"""Package databases → packages with the bytes they own: the readers are in ``bot.contents.ecosystems``."""
