"""useradd-log: login records that grow with the highest user ID."""

from bot.rules.kit.residue import Residue, residue_rule
from bot.rules.kit.rule import Group

RULE = residue_rule(
    Residue(
        id="useradd-log",
        title="Login records of a high user ID",
        sentence="Creating a user with a high ID made a large login record",
        advice="Create the user with useradd --no-log-init: the record is sparse on disk and full in a layer.",
        paths=("var/log/lastlog", "var/log/faillog"),
        group=Group.LAYERS,
    )
)
