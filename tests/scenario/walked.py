"""A pack of its own with one runbook that has everything: checks, branches, questions, an action, alternatives."""

from pathlib import Path

from bot.diagnostics.runner import known_checks, known_thresholds
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack

RUNBOOK = """\
---
title: Everything waits
alerts: [EverythingWaits]
symptoms: ["lock timeout"]
owner: team-data
reviewed: 2026-11-01
---

# Everything waits

## Symptoms

- Requests hang until they time out.

## Investigation

1. **Who waits for whom?**

   The root is the one that waits for nobody.

   ```check target=db name=locks
   diag db locks
   ```

   - **WARN** or **CRITICAL** → [End the session](#end-the-session)
   - **OK** → [Verification](#verification)

2. **Look at the statements**

   ```sql
   SELECT pid, query FROM pg_stat_activity
   ```

## Mitigation

### End the session

1. **End what blocks**

   ```action end-session
   do end-session
   ```

2. **Tell its owner**

## Verification

- [ ] **Nobody waits any more**

  ```check target=db name=locks
  diag db locks
  ```

- [ ] **Customers can check out again**
"""


def pack(directory: Path, runbooks: dict[str, str] | None = None) -> Path:
    """A pack with the default rules and these runbooks, by their files' names."""
    made = directory / "ours"
    made.mkdir()
    (made / "policy.yaml").write_text((RUNBOOKS / "default" / "policy.yaml").read_text())
    for name, text in (runbooks or {"everything-waits": RUNBOOK}).items():
        (made / f"{name}.md").write_text(text)
    return made


def rules(made: Path, default: Policy) -> Policy:
    """The rules of a pack, with the people of the sandbox."""
    read = read_pack(str(made), root=RUNBOOKS, thresholds_of=known_thresholds, checks_of=known_checks)
    return read.with_contacts(default.contacts)
