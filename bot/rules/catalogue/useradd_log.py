"""useradd-log: login records that grow with the highest user ID."""

from functools import partial

from bot.rules.kit.residue import Residue, find_residue, suspect_residue, wording_of
from bot.rules.kit.rule import Fix, Group, Rule

RESIDUE = Residue(
    id="useradd-log",
    title="Login records of a high user ID",
    sentence="Creating a user with a high ID made a large login record",
    advice="Create the user with useradd --no-log-init: the record is sparse on disk and full in a layer.",
    paths=("var/log/lastlog", "var/log/faillog"),
)

RULE = Rule(
    RESIDUE.id,
    RESIDUE.title,
    Group.LAYERS,
    Fix.SAFE,
    partial(find_residue, RESIDUE),
    partial(suspect_residue, RESIDUE),
    wordings=(wording_of(RESIDUE),),
)
