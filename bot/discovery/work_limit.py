"""How much work one repository may cause."""


class WorkLimit:
    """What reading one repository may cost altogether: a hostile one is read in part, never for ever."""

    def __init__(self) -> None:
        self.commands = 20_000
        self.builds = 2_000
        self.steps = 30_000
        self.nodes = 300_000
        self.characters = 20_000_000

    def spend_step(self, characters: int) -> bool:
        """Tell whether a step with so much text may still be read."""
        self.steps -= 1
        self.characters -= characters
        return self.steps >= 0 and self.characters >= 0
