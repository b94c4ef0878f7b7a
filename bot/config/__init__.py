"""Action inputs and deadweight.toml → Config; every mistake at once, with file and line."""

from bot.config.action_inputs import INPUTS, OUTPUTS
from bot.config.read import Proposal, read_config
from bot.config.settings import read_settings

__all__ = ["INPUTS", "OUTPUTS", "Proposal", "read_config", "read_settings"]
