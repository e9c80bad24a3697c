"""What a pack may say of deploys, and what is refused at its place; git's answer where it was cut off."""

from typing import Any

import pytest

from bot.diagnostics.checks.deploys.checkout import command, parse
from bot.policy.targets.deploys import DeploysTarget, Of

LIST = "https://deploys.example.com/list.json"


def section(**keys: Any) -> DeploysTarget:
    return DeploysTarget.model_validate({"kind": "deploys", "name": "it"} | keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"git": "/srv/shop"},
        {"git": "/srv/shop", "of": "commits", "branch": "release/2026-03"},
        {"github": "shop/web.site"},
        {"github": "shop/web", "url": "https://git.example.com/api/v1", "environment": "production"},
        {"github": "shop/web", "url_from": "MUSTER_DIAG_GIT_URL", "bearer_from": "MUSTER_DIAG_GIT_TOKEN"},
        {"url": LIST, "path": "$.deploys[*]", "fields": {"who": "$.author.name"}},
        {"url_from": "MUSTER_DIAG_DEPLOYS_URL", "bearer_from": "MUSTER_DIAG_DEPLOYS_TOKEN"},
    ],
)
def test_what_fits_together_is_taken(keys: dict[str, Any]) -> None:
    assert list(section(**keys).wrong()) == []


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({}, ("url",)),
        ({"url": LIST, "url_from": "MUSTER_DIAG_URL"}, ("url",)),
        ({"github": "shop/web", "url": LIST, "url_from": "MUSTER_DIAG_URL"}, ("url",)),
        ({"git": "/srv/shop", "github": "shop/web"}, ("github",)),
        ({"git": "/srv/shop", "url": LIST}, ("url",)),
        ({"git": "/srv/shop", "bearer_from": "MUSTER_DIAG_TOKEN"}, ("bearer_from",)),
        ({"git": "/srv/shop", "environment": "production"}, ("environment",)),
        ({"git": "/srv/shop", "branch": "main"}, ("branch",)),
        ({"github": "shop/web", "path": "$[*]"}, ("path",)),
        ({"github": "shop/web", "of": "commits", "environment": "production"}, ("environment",)),
        ({"url": LIST, "of": "commits"}, ("of",)),
        ({"url": LIST, "suspect": "1d"}, ("suspect",)),
        ({"url": LIST, "path": "deploys"}, ("path",)),
        ({"url": LIST, "fields": {"at": "$.["}}, ("fields", "at")),
    ],
)
def test_what_does_not_fit_together_is_refused_at_its_place(keys: dict[str, Any], where: tuple[str, ...]) -> None:
    assert [place for place, _ in section(**keys).wrong()] == [where]


@pytest.mark.parametrize(
    "keys",
    [
        {"git": "srv/shop"},
        {"git": "/srv/shop", "of": "commits", "branch": "--output=/etc/passwd"},
        {"github": "shop"},
        {"github": "shop/web/../../admin"},
        {"github": "../user"},
        {"url": "https://u:hunter2@deploys.example.com"},
    ],
)
def test_what_would_lead_elsewhere_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error") as refused:
        section(**keys)
    assert "hunter2" not in str(refused.value)


def test_git_is_told_the_branch_behind_all_options() -> None:
    argv = command(section(git="/srv/shop", of="commits", branch="main"))
    assert argv[:4] == ["git", "--no-pager", "-C", "/srv/shop"]
    assert argv[-2:] == ["main", "--"]


def test_a_commit_that_was_cut_off_is_left_out() -> None:
    whole = b"a1\x001772330400\x00Ann\x00\x00Begin\x00"
    for end in range(len(whole)):
        assert len(parse(whole + whole[:end], Of.COMMITS)) == 1


def test_what_a_move_says_is_not_said_twice() -> None:
    output = "a1|HEAD@{1772330400}|Ann|commit: Begin|Begin|b2|HEAD@{1}|Ann|pull: Fast-forward|Go on|"
    changes = parse(output.replace("|", "\0").encode(), Of.DEPLOYMENTS)
    assert [change.what for change in changes] == ["commit: Begin", "pull: Fast-forward: Go on"]
    assert changes[0].at.isoformat() == "2026-03-01T02:00:00+00:00"
