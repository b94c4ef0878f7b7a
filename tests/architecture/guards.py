"""What each row of docs/security.md stands on: the guard, how it looks without it, and the tests that must notice.

A row's tests are named as on the page. ``old`` stands once in its file and is replaced by ``new``, which must leave a
program that runs: a test that fails because nothing can be imported has noticed nothing. A row may stand on several
guards. A file that moves is a path to be replaced here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """One guard of a row, and the cheapest of the row's tests that notice when it is gone, one case of them if need be."""

    row: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    first: bool = False
    """Whether ``old`` stands there often, and the first is meant."""
    hangs: bool = False
    """Whether it is noticed by never ending."""


NO_GUARD_YET: frozenset[str] = frozenset()
"""Rows whose guard nobody has written down here yet; this is to be empty."""

NO_GUARD_OF_OURS = frozenset({"T-P3"})
"""What GitHub decides and we can only tell of."""

GUARDS = (
    # --- building ---
    Guard(
        "T-D1",
        "bot/edges/builders/context_stream.py",
        "if path.is_symlink() or not path.is_file():",
        "if not path.is_file():",
        ("build/test_context.py::test_ignore_list__behind_a_link_is_not_read",),
    ),
    Guard(
        "T-D1",
        "bot/edges/builders/safety.py",
        "        if not _is_plainly_inside(request.root, path):",
        "        if False:",
        ("build/test_builds.py::test_links__do_not_lead_out_of_the_checkout",),
    ),
    Guard(
        "T-D2",
        "bot/stages/plan.py",
        "if event.kind in _PRIVILEGED and not settings.allow_privileged_build:",
        "if False:",
        ("plan/test_commits.py::test_privileged_event__is_refused_unless_opted_in",),
    ),
    Guard(
        "T-D3",
        "bot/edges/runner/actions.py",
        'text = text.replace(secret, "***")',
        "pass",
        ("github/test_runner.py::test_mask__value_is_never_logged",),
    ),
    Guard(
        "T-D4",
        "bot/stages/build.py",
        """    built_bases = workshop.build_side("base", plan.comparison.base_sha, bases)
    built_heads = workshop.build_side("head", plan.comparison.head_sha, heads)
""",
        """    built_heads = workshop.build_side("head", plan.comparison.head_sha, heads)
    built_bases = workshop.build_side("base", plan.comparison.base_sha, bases)
""",
        ("build/test_stage.py::test_sides__are_built_base_first_each_from_its_own_tree",),
    ),
    Guard(
        "T-D5",
        "bot/edges/shell.py",
        "                if time.monotonic() >= deadline:",
        "                if False:",
        ("build/test_shell.py::test_run__ends_at_its_deadline",),
        hangs=True,
    ),
    Guard(
        "T-D6",
        "bot/edges/builders/builder.py",
        "secrets.token_hex(8)",
        "'0' * 16",
        ("build/test_invocation.py::test_names__cannot_be_foreseen",),
    ),
    Guard(
        "T-D7",
        "bot/stages/build.py",
        "if failure.kind is FailureKind.DOCKERFILE and found.heredocs:",
        "if False:",
        ("build/test_builds.py::test_newer_syntax__on_an_older_builder",),
    ),
    Guard(
        "T-D8",
        "bot/render/page.py",
        "text = code(cause.text, INSTRUCTION_LIMIT)",
        "text = cause.text",
        (
            (
                "render/test_structure.py::test_markdown__keeps_its_structure_around_hostile_text"
                "[Cause.text-comment on one image]"
            ),
        ),
    ),
    Guard(
        "T-D9",
        "tests/world/program.py",
        '[sys.executable, "-I", "-m", "bot"]',
        '[sys.executable, "-m", "bot"]',
        ("github/test_main_job.py::test_check__checkout_shadows_modules",),
    ),
    Guard(
        "T-D9",
        "Dockerfile",
        '"-I", "-m", "bot"]',
        '"-m", "bot"]',
        ("architecture/test_security.py::test_entry_point__is_isolated",),
    ),
    # --- what is shown ---
    Guard(
        "T-M1",
        "bot/render/text.py",
        'ticks = "`" * (_longest_run(shown) + 1)',
        'ticks = "`"',
        ("render/test_text.py::test_code__cannot_be_left",),
    ),
    Guard(
        "T-M1",
        "bot/render/text.py",
        "if text.isprintable() and _UNSEEN.isdisjoint(text):",
        "if True:",
        ("render/test_text.py::test_code__shows_every_character",),
    ),
    Guard(
        "T-M2",
        "bot/edges/providers/github/sticky.py",
        "if c.author == login and ",
        "if ",
        ("github/test_sticky.py::test_decide__someone_else_starts_with_our_marker",),
    ),
    Guard(
        "T-M3",
        "bot/render/markdown.py",
        "if weakest is None or len(text.encode()) <= limit_bytes:",
        "if True:",
        ("render/test_comment.py::test_comment__of_many_images_stays_within_its_limit",),
    ),
    Guard(
        "T-M4",
        "bot/render/text.py",
        'ticks = "`" * max(3, _longest_run("\\n".join(shown)) + 1)',
        'ticks = "```"',
        ("render/test_text.py::test_fence__cannot_be_ended_from_inside",),
    ),
    Guard(
        "T-M5",
        "bot/edges/runner/commands.py",
        'return text.encode("utf-8", "backslashreplace").decode()',
        "return text.encode().decode()",
        ("github/test_runner.py::test_set_outputs__lone_surrogate",),
    ),
    # --- the log ---
    Guard(
        "T-L1",
        "bot/edges/runner/commands.py",
        'return _COMMAND_START.sub(r"\\1: :", _visible(shown).replace("##[", "## ["))',
        "return _visible(shown)",
        ("github/test_runner.py::test_log__holds_no_command",),
    ),
    Guard(
        "T-L2",
        "bot/edges/runner/commands.py",
        'return _escaped(text).replace(":", "%3A").replace(",", "%2C")',
        "return _escaped(text)",
        ("github/test_runner.py::test_annotate__foreign_text_stays_in_its_field",),
    ),
    Guard(
        "T-L3",
        "bot/edges/runner/actions.py",
        'f"deadweight_{secrets.token_hex(16)}"',
        '"EOF"',
        ("github/test_runner.py::test_set_outputs__delimiters_differ",),
    ),
    Guard(
        "T-L4",
        "bot/edges/runner/commands.py",
        '_TERMINAL_SEQUENCE.sub("", text)',
        "text",
        ("github/test_runner.py::test_disarmed__terminal_sequences",),
    ),
    Guard(
        "T-L4",
        "bot/edges/runner/commands.py",
        "shown = line if cut <= 0 else",
        "shown = line if True else",
        ("github/test_runner.py::test_disarmed__long_line",),
    ),
    # --- whose result it is ---
    Guard(
        "T-A1",
        "bot/edges/providers/github/reading.py",
        "            and pull.head_repository == run.head_repository\n",
        "",
        ("github/test_reading.py::test_pulls_of_run__measured_something_else",),
    ),
    Guard(
        "T-A1",
        "bot/edges/providers/github/reading.py",
        "            and pull.head_sha == run.head_sha\n",
        "",
        ("github/test_reading.py::test_pulls_of_run__measured_something_else",),
    ),
    Guard(
        "T-A1",
        "bot/edges/providers/github/reading.py",
        "            and pull.base_repository == self._full_name\n",
        "",
        ("github/test_reading.py::test_pulls_of_run__into_another_repository",),
    ),
    Guard(
        "T-A2",
        "bot/edges/providers/github/reading.py",
        "            and pull.head_ref == run.head_branch\n",
        "",
        ("github/test_reading.py::test_pulls_of_run__measured_something_else",),
    ),
    Guard(
        "T-A3",
        "bot/flows/effective_policy.py",
        "judge_again(image, authority.policy_for(*name), today, authority.recorded(*name))",
        "image",
        ("pipeline/test_trusted.py::test_publish__judges_by_itself",),
    ),
    Guard(
        "T-A4",
        "bot/edges/providers/github/artifacts.py",
        "        if artifact.expired:",
        "        if False:",
        ("github/test_artifacts.py::test_read_artifact__expired",),
    ),
    # --- files from elsewhere ---
    Guard(
        "T-Z1",
        "bot/edges/providers/github/artifacts.py",
        "content = file.read(limit_bytes + 1)",
        "content = file.read()",
        ("github/test_artifacts.py::test_only_file__bomb_is_not_unpacked",),
    ),
    Guard(
        "T-Z1",
        "bot/edges/providers/github/artifacts.py",
        "if [entry.filename for entry in entries] != [file_name]:",
        "if not entries:",
        ("github/test_artifacts.py::test_only_file__anything_but_that_one_file",),
    ),
    Guard(
        "T-J1",
        "bot/render/report_json/reader.py",
        "    except RecursionError:",
        "    except KeyError:",
        ("render/test_report_json.py::test_decode__refuses_what_is_no_report",),
    ),
    Guard(
        "T-T1",
        "bot/layers/headers.py",
        "    if field[0] & 0x40:",
        "    if False:",
        ("image/test_tar.py::test_members__negative_size",),
    ),
    Guard(
        "T-T2",
        "bot/layers/headers.py",
        "    if not value.isdigit() or len(value) > _LONGEST_DIGITS:",
        "    if False:",
        ("image/test_tar.py::test_members__negative_pax_size",),
    ),
    Guard(
        "T-T3",
        "bot/layers/window.py",
        "            if not self.fill(1):\n                raise TruncatedError",
        "            if not self.fill(1):\n                return",
        ("image/test_tar.py::test_scan_layer__claims_without_data",),
    ),
    Guard(
        "T-T4",
        "bot/layers/headers.py",
        "    if value > LARGEST:",
        "    if False:",
        ("image/test_tar.py::test_scan_layer__claims_of_exbibytes",),
    ),
    Guard(
        "T-T5",
        "bot/layers/tar.py",
        "        if size > self._limits.header_bytes:",
        "        if False:",
        ("image/test_tar.py::test_members__huge_pax_header",),
    ),
    Guard(
        "T-T6",
        "bot/layers/tar.py",
        "        if size > self._limits.header_bytes:",
        "        if False:",
        ("image/test_tar.py::test_members__huge_long_name",),
    ),
    Guard(
        "T-T7",
        "bot/layers/tar.py",
        "        if kind == _GNU_SPARSE:",
        "        if False:",
        ("image/test_tar.py::test_scan_layer__old_gnu_sparse",),
    ),
    Guard(
        "T-T8",
        "bot/layers/layer.py",
        "return self._entries >= 0 <= self._path_bytes",
        "return True",
        ("image/test_tar.py::test_scan_layer__more_entries_than_are_kept",),
    ),
    Guard(
        "T-T9",
        "bot/layers/paths.py",
        "            del parts[-1:]",
        "            parts.append(part)",
        ("image/test_tar.py::test_scan_layer__paths_that_would_escape",),
    ),
    Guard(
        "T-T10",
        "bot/layers/headers.py",
        'return 0 in key or (0 in value and key in {b"path", b"linkpath"})',
        "return False",
        ("image/test_tar.py::test_members__nul_in_a_pax_path",),
    ),
    Guard(
        "T-T11",
        "bot/layers/headers.py",
        '        raise BrokenHeaderError("a header\'s checksum is wrong")',
        "        pass",
        ("image/test_tar.py::test_scan_layer__garbage",),
    ),
    # --- configuration ---
    Guard(
        "T-P1",
        "bot/flows/publish.py",
        "read = partial(world.github.file_at, pull.base_sha)",
        "read = partial(world.github.file_at, pull.head_sha)",
        ("github/test_publish_job.py::test_publish__budget_of_the_head",),
    ),
    Guard(
        "T-P1",
        "bot/flows/effective_policy.py",
        "    return read_config(base, head, settings)",
        "    return read_config(head or base, head, settings)",
        ("config/test_commits.py::test_trick__does_not_lift_a_budget",),
    ),
    Guard(
        "T-P2",
        "bot/config/toml_document.py",
        "    except RecursionError:",
        "    except KeyError:",
        ("config/test_mistakes.py::test_hostile_file__is_one_problem",),
    ),
    Guard(
        "T-P4",
        "examples/workflows/image-size.yml",
        "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
        "actions/checkout@v5",
        ("github/test_workflows.py::test_workflows__no_objection",),
    ),
    Guard(
        "T-P5",
        "requirements.lock",
        " \\\n    --hash=sha256:",
        "\n    # ",
        ("architecture/test_security.py::test_dependencies_of_the_action__are_locked_by_hash",),
        first=True,
    ),
    Guard(
        "T-P6",
        "bot/edges/providers/github/artifacts.py",
        'if scheme not in ("https", urlsplit(self._repository_url).scheme):',
        "if False:",
        ("github/test_artifacts.py::test_read_artifact__redirect_to_another_scheme",),
    ),
    Guard(
        "T-P6",
        "bot/edges/providers/github/transport.py",
        "        if (target.scheme, target.netloc) != (self.scheme, self.hostname_and_port):",
        "        if False:",
        ("github/test_comments.py::test_upsert_comment__redirect_to_another_host",),
    ),
    # --- GitHub's troubles ---
    Guard(
        "F1",
        "bot/edges/providers/github/comments.py",
        """        except GitHubError as error:
            return Posted("comment", problem=error.sentence)""",
        """        except GitHubError:
            return Posted("comment")""",
        ("github/test_comments.py::test_upsert_comment__read_only_token",),
    ),
    Guard(
        "F2",
        "bot/edges/providers/github/checks.py",
        "            if error.trouble in _REFUSED:",
        "            if False:",
        ("github/test_checks.py::test_create_check_run__status_instead",),
    ),
    Guard(
        "F3",
        "bot/edges/providers/github/trouble.py",
        "    401: Trouble.TOKEN,\n",
        "",
        ("github/test_comments.py::test_upsert_comment__rejected_token",),
    ),
    Guard(
        "F4",
        "bot/edges/providers/github/trouble.py",
        "    404: Trouble.GONE,\n",
        "",
        ("github/test_reading.py::test_pull__gone",),
    ),
    Guard(
        "F5",
        "bot/edges/providers/github/trouble.py",
        'if error.status == 403 and ("locked" in message or "archived" in message):',
        "if False:",
        ("github/test_comments.py::test_upsert_comment__locked_conversation",),
    ),
    Guard(
        "F6",
        "bot/edges/providers/github/comments.py",
        "                if error.trouble is not Trouble.INVALID:\n                    raise",
        "                raise",
        ("github/test_comments.py::test_upsert_comment__too_long",),
    ),
    Guard(
        "F7",
        "bot/edges/providers/github/repeater.py",
        "Trouble.DOUBTFUL, Trouble.LIMITED})",
        "Trouble.DOUBTFUL})",
        ("github/test_comments.py::test_upsert_comment__secondary_limit_on_post",),
    ),
    Guard(
        "F8",
        "bot/edges/providers/github/artifacts.py",
        "for _ in range(self._patience.tries - 1):",
        "for _ in ():",
        ("github/test_artifacts.py::test_read_artifact__server_error",),
    ),
    Guard(
        "F8",
        "bot/edges/providers/github/repeater.py",
        "            if (made := find()) is not None:",
        "            if False:",
        ("github/test_checks.py::test_create_check_run__answer_lost_after_commit",),
    ),
    Guard(
        "F8",
        "bot/edges/providers/github/transport.py",
        "    if body and status < 300 and not is_json:",
        "    if False:",
        ("github/test_comments.py::test_upsert_comment__web_page_instead_of_list",),
    ),
    # --- builds that fail ---
    Guard(
        "F9",
        "bot/edges/builders/sdk.py",
        "except (DockerException, requests.RequestException, OSError) as error:",
        "except KeyError as error:",
        ("build/test_invocation.py::test_engine__that_does_not_answer_is_named",),
    ),
    Guard(
        "F10",
        "bot/edges/builders/buildx.py",
        " and (int(match[1]), int(match[2])) >= _OLDEST",
        "",
        ("build/test_invocation.py::test_buildx__must_be_new_enough",),
    ),
    Guard(
        "F11",
        "bot/stages/build.py",
        "            return _located(replace(outcome, dockerfile=dockerfile, target=spec.target))",
        "            return outcome",
        ("build/test_stage.py::test_failure__is_shown_as_it_is_written",),
    ),
    Guard(
        "F12",
        "bot/stages/report.py",
        "    return 3 if any(",
        "    return 0 if any(",
        ("report/test_make_report.py::test_exit_code__of_a_head_that_does_not_build",),
    ),
    Guard(
        "F13",
        "bot/stages/plan.py",
        "        if self._base is None or base is None:",
        "        if self._base is None:",
        ("plan/test_images.py::test_new_image__has_no_base",),
    ),
    Guard(
        "F14",
        "bot/stages/plan.py",
        "        if head is None:\n            return ImagePlan(spec.name, base, None",
        "        if head is None:\n            return ImagePlan(spec.name, base, spec",
        ("plan/test_images.py::test_removed_image__has_no_head",),
    ),
    Guard(
        "F15",
        "bot/stages/plan.py",
        "renames = git.renames(base, head) if base else ()",
        "renames = ()",
        ("plan/test_images.py::test_moved_dockerfile__is_the_same_image",),
    ),
    Guard(
        "F16",
        "bot/edges/builders/failure.py",
        "kind = FailureKind.DEADLINE if account.expired else _kind(words, account)",
        "kind = _kind(words, account)",
        ("build/test_builds.py::test_deadline__ends_the_build",),
    ),
    Guard(
        "F17",
        "bot/edges/builders/failure.py",
        "    if _DISK_FULL.search(words) or any(map(_DISK_FULL.search, account.log)):",
        "    if False:",
        ("build/test_builds.py::test_failure__has_its_kind",),
    ),
    Guard(
        "F18",
        "bot/edges/providers/github/sticky.py",
        "superseded = age(marker) < comment_age(newest)",
        "superseded = False",
        ("github/test_comments.py::test_upsert_comment__newer_run_has_written",),
    ),
    Guard(
        "F18",
        "bot/edges/providers/github/sticky.py",
        "    kept, *extra = ours\n",
        "    kept, *extra = ours[:1]\n",
        ("github/test_comments.py::test_upsert_comment__existing_duplicates",),
    ),
    Guard(
        "F19",
        "bot/edges/shell.py",
        "            _end(process)",
        "            pass",
        ("build/test_shell.py::test_run__ends_everything_when_a_signal_interrupts",),
    ),
    Guard(
        "F20",
        "bot/edges/git/checkout.py",
        "        _write_submodule(scratch, submodule, tree, index, depth)\n",
        "        pass\n",
        ("git/test_parts.py::test_checkout__has_submodules_at_the_commit_that_the_tree_names",),
    ),
    Guard(
        "F21",
        "bot/edges/git/checkout.py",
        "    if unfilled:",
        "    if False:",
        ("git/test_parts.py::test_checkout__names_lfs_pointers_that_stay_pointers",),
    ),
    Guard(
        "F22",
        "bot/edges/builders/failure.py",
        '"pull access denied", "unauthorized", "authentication required", "authorization failed"',
        '"nothing at all"',
        ("build/test_builds.py::test_failure__has_its_kind",),
    ),
    Guard(
        "F23",
        "bot/stages/plan.py",
        "    if not base.sha or git.ensure(base.sha):",
        "    if True:",
        ("plan/test_commits.py::test_base__that_cannot_be_fetched_is_no_baseline",),
    ),
    Guard(
        "F24",
        "bot/edges/providers/github/sticky.py",
        "superseded = age(marker) < comment_age(newest)",
        "superseded = False",
        ("github/test_sticky.py::test_decide__newer_run_has_written",),
    ),
    Guard(
        "F25",
        "bot/stages/plan.py",
        'if event.action == "edited" and not event.base_changed:',
        'if event.action == "edited":',
        ("plan/test_commits.py::test_retargeted_pull_request__is_compared_again",),
    ),
    Guard(
        "F26",
        "bot/edges/providers/github/sticky.py",
        " and m.key == key]",
        "]",
        ("github/test_sticky.py::test_decide__another_key",),
    ),
    Guard(
        "F27",
        "bot/compare/causes.py",
        "CauseKind.DRIFT if drifted else CauseKind.INSTRUCTION",
        "CauseKind.INSTRUCTION",
        ("explain/test_causes.py::test_causes__drift",),
    ),
    Guard(
        "F28",
        "bot/edges/runner/environment.py",
        "return int(value) if value.isdecimal() and value.isascii() else None",
        "return int(value) if value else None",
        ("github/test_runner.py::test_read_context__odd_run_id",),
    ),
    Guard(
        "F29",
        "bot/stages/event.py",
        "    except (ValueError, RecursionError):",
        "    except KeyError:",
        ("event/test_event.py::test_payload__that_cannot_be_read",),
    ),
    Guard(
        "F30",
        "bot/edges/runner/actions.py",
        "    if len(encoded) <= limit_bytes:",
        "    if True:",
        ("github/test_runner.py::test_write_summary__too_large",),
    ),
    # --- which images there are ---
    Guard(
        "T-B8",
        "bot/dockerfile/pairing.py",
        "        if self.budgets.hold(spec.name):\n            return self._found_and_held(one, moved)",
        "        if False:\n            return self._found_and_held(one, moved)",
        (
            "plan/test_shipped.py::test_budget__is_not_escaped_by_another_build_in_the_workflow",
            "plan/test_shipped.py::test_budget__that_another_tag_would_take_away_is_a_departure",
        ),
    ),
    Guard(
        "T-B8",
        "bot/dockerfile/found.py",
        "(_by_name_and_place, _by_definition, _by_name, _by_place)",
        "(_by_name, _by_place)",
        ("plan/test_shipped.py::test_budget__is_not_for_another_image_that_takes_the_name",),
    ),
    Guard(
        "T-B9",
        "bot/stages/plan.py",
        "    if not pair.by_evidence or pair.head is None:",
        "    if True:",
        ("plan/test_shipped.py::test_authority__is_not_given_by_the_heads_workflow",),
    ),
)
