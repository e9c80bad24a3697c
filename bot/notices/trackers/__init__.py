"""Exporting over HTTP: action items as issues of GitHub, GitLab and Jira, the review as a page of Confluence."""
