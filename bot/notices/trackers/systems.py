"""The systems that an installation exports to, made from its settings."""

from collections.abc import Mapping

from bot.notices.trackers.config import ExportSettings
from bot.notices.trackers.confluence import Confluence
from bot.notices.trackers.github import GitHub
from bot.notices.trackers.gitlab import GitLab
from bot.notices.trackers.issues import Tracker
from bot.notices.trackers.jira import Jira
from bot.notices.web import Web


def trackers(settings: ExportSettings, web: Web) -> Mapping[str, Tracker]:
    """The trackers that are set up, by the names that `ActionItem.tracked` has: `github`, `gitlab`, `jira`."""
    made: dict[str, Tracker] = {}
    if settings.muster_github_token:
        made["github"] = GitHub(settings, web)
    if settings.muster_gitlab_token:
        made["gitlab"] = GitLab(settings, web)
    if settings.muster_jira_token:
        made["jira"] = Jira(settings, web)
    return made


def confluence(settings: ExportSettings, web: Web) -> Confluence | None:
    """Confluence, where it is set up."""
    return Confluence(settings, web) if settings.muster_confluence_token else None
