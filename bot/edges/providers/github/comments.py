"""The sticky comment, written so that one remains: look, write, look again, repair."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from github.IssueComment import IssueComment
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.Repository import Repository

from bot.edges.providers.github.patience import Repeater
from bot.edges.providers.github.sticky import (
    UNCHECKED,
    Claims,
    Decision,
    age,
    comment_age,
    decide,
    disowned,
    own_comments,
    shorter_bodies,
)
from bot.edges.providers.github.transport import Identity
from bot.edges.providers.github.trouble import GitHubError, Trouble, asking, present
from bot.model.effects import Marker, UpsertComment
from bot.model.provider import Comment, Posted

_ROUNDS = 5


class StickyComments:
    """Creates, edits or leaves the one comment of a key on a pull request."""

    def __init__(self, repository: Repository, identity: Identity, repeater: Repeater, claims: Claims) -> None:
        self._repository = repository
        self._identity = identity
        self._repeater = repeater
        self._claims = claims

    def upsert(self, effect: UpsertComment) -> Posted:
        """Return where the comment is now, or why it could not be written; never raises for GitHub's sake."""
        try:
            return self._upsert(effect)
        except GitHubError as error:
            return Posted("comment", problem=error.sentence)

    def read(self, pull_number: int, key: str) -> str | None:
        """Return the newest text that we wrote under a key, ``None`` if there is none. Raises ``GitHubError``.

        A text that names a run which does not exist was not written by any run of ours.
        """
        ours = [comment for comment in self._look(pull_number, key) if not self._claims.names_no_run(comment)]
        return max(ours, key=comment_age).body if ours else None

    def _upsert(self, effect: UpsertComment) -> Posted:
        body = _with_marker(effect)
        ours = self._look(effect.pull_number, effect.marker.key)
        for _ in range(_ROUNDS):
            decision = self._decide(ours, effect, body)
            if decision.nothing_to_do:
                return self._posted(decision)
            written = self._write(effect, decision)
            if written and Marker.parse(written.body) == effect.marker:
                body = written.body
            ours = self._look_again(effect, written)
        return self._posted(self._decide(ours, effect, body))

    def _decide(self, ours: Sequence[Comment], effect: UpsertComment, body: str) -> Decision:
        believed = [disowned(comment) if self._lies(comment, effect.marker) else comment for comment in ours]
        return decide(believed, self._identity.login(), effect.marker, body, create=effect.create)

    def _lies(self, comment: Comment, ours: Marker) -> bool:
        """Tell whether a comment claims to be of a newer run than ours, and is not."""
        claimed = Marker.parse(comment.body)
        return claimed is not None and age(claimed) > age(ours) and self._claims.is_false(claimed, ours)

    def _posted(self, decision: Decision) -> Posted:
        posted = _posted(decision)
        claimed = Marker.parse(decision.kept.body) if decision.kept and decision.superseded else None
        if claimed is None or self._claims.can_check(claimed):
            return posted
        return replace(posted, problem=UNCHECKED.format(run=claimed.run_id))

    def _write(self, effect: UpsertComment, decision: Decision) -> Comment | None:
        """Do what was decided; returns what was written, or ``None`` if another look must tell."""
        try:
            written = self._write_body(effect, decision)
        except GitHubError as error:
            # A comment that is gone was somebody's repair; a pull request that is gone stays gone.
            repaired = error.trouble is Trouble.GONE and decision.kept is not None
            if not repaired and not self._repeater.pause_after(error):
                raise
            return None
        for comment in decision.extra:
            self._delete(effect.pull_number, comment)
        return written

    def _write_body(self, effect: UpsertComment, decision: Decision) -> Comment | None:
        if decision.body is None:
            return decision.kept
        *shorter, shortest = shorter_bodies(decision.body)
        for body in shorter:
            try:
                return self._put(effect.pull_number, decision.kept, body)
            except GitHubError as error:
                if error.trouble is not Trouble.INVALID:
                    raise
        return self._put(effect.pull_number, decision.kept, shortest)

    # --- requests ---

    def _look(self, pull_number: int, key: str) -> list[Comment]:
        """List our comments, oldest first: that one as it is now, since lists lag behind edits and runs collide."""
        with asking(f"the comments of pull request {pull_number} could not be read"):
            listed = [_comment(found) for found in self._repository.get_issue(pull_number).get_comments()]
        ours = own_comments(listed, self._identity.login(), key)
        current = self._read(pull_number, ours[0]) if ours else None
        return ours[1:] if current is None else [current, *ours[1:]]

    def _look_again(self, effect: UpsertComment, written: Comment | None) -> list[Comment]:
        """Look until what was written shows; what is known to be written counts also where no list shows it yet."""
        look = partial(self._look, effect.pull_number, effect.marker.key)
        seen = self._repeater.settled(look, _shows(written, effect.marker))
        shown = written is None or any(comment.comment_id == written.comment_id for comment in seen)
        return seen if shown or written is None else [*seen, written]

    def _read(self, pull_number: int, listed: Comment) -> Comment | None:
        try:
            with asking(f"the comment on pull request {pull_number} could not be read"):
                return _comment(self._repository.get_issue(pull_number).get_comment(listed.comment_id))
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise
            return None

    def _put(self, pull_number: int, kept: Comment | None, body: str) -> Comment:
        with asking(f"the comment on pull request {pull_number} could not be written"):
            issue = self._repository.get_issue(pull_number)
            if kept is None:
                return _comment(issue.create_comment(body))
            existing = issue.get_comment(kept.comment_id)
            existing.edit(body)
            return _comment(existing)

    def _delete(self, pull_number: int, comment: Comment) -> None:
        try:
            with asking(f"a duplicate comment on pull request {pull_number} could not be deleted"):
                self._repository.get_issue(pull_number).get_comment(comment.comment_id).delete()
        except GitHubError as error:
            if error.trouble is not Trouble.GONE:
                raise


def _with_marker(effect: UpsertComment) -> str:
    marker = effect.marker.text
    return effect.body if effect.body.startswith(marker) else f"{marker}\n{effect.body}"


def _shows(written: Comment | None, marker: Marker) -> Callable[[Sequence[Comment]], bool]:
    """Whether our comments show what was just written, or (where the answer was lost) anything of this very run."""
    return lambda ours: any(
        comment_age(comment) >= age(marker) and (written is None or comment.comment_id == written.comment_id)
        for comment in ours
    )


def _posted(decision: Decision) -> Posted:
    if decision.kept is None:
        return Posted("no comment: there was nothing to say")
    what = "comment of a newer run, left as it is" if decision.superseded else "comment"
    return Posted(what, url=decision.kept.url, object_id=decision.kept.comment_id)


def _comment(found: IssueComment) -> Comment:
    return Comment(present(found.id), _login(found.user), found.body or "", found.html_url)


def _login(user: NamedUser | Organization | None) -> str:
    return "" if user is None else user.login
