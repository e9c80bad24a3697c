"""A pack with one runbook that has a branch, two buttons, a cause to pick and a block that the pack does not know."""

from pathlib import Path

from tests.unit.full_policy import FULL

WALKED = """\
---
title: Slow checkout
services: [checkout]
alerts: [HighResponseTime]
symptoms: [statement timeout]
tags: [database]
severity_hint: P1
owner: payments
reviewed: 2026-11-01
---

# Slow checkout

Orders take longer than usual.

## Symptoms

- The page turns for more than 2 s.

## Investigation

1. **Who blocks whom?**

   ```check target=db name=locks
   diag db locks
   ```

   - **CRITICAL** → [End the session](#end-the-session)
   - **OK** or **NO_DATA** → [Verification](#verification)

2. **What is slow?** Look at what runs longest.

   ```sql
   SELECT pid FROM pg_stat_activity;
   ```

   ```check target=dbb
   diag dbb
   ```

## Mitigation

### End the session

1. **End the session at the root.**

   ```action end-session
   do end-session
   ```

2. **Try the payments again.**

   ```action retry queue=mail
   do retry queue=mail
   ```

## Causes and fixes

| Cause | Fix | Time |
|---|---|---|
| A migration holds a lock | Stop it | 2 min |
| An index is missing | Create it | 10 min |

## Verification

- [ ] Nobody waits any more.
- [ ] It has stayed so for 10 minutes.

## Escalation

- Whoever knows the database best.
"""

#: No front matter, no chapters that Muster knows.
PLAIN = "# Restore what is lost\n\nStop writing first.\n"


def a_pack(directory: Path, walked: str = WALKED) -> Path:
    """The pack's directory, in `directory`: it is called `ours`."""
    pack = directory / "ours"
    pack.mkdir()
    (pack / "policy.yaml").write_text(FULL)
    (pack / "restore.md").write_text(PLAIN)
    (pack / "slow-checkout.md").write_text(walked)
    return pack


def line_in(walked: str, part: str) -> int:
    """The line of the first place where some text stands."""
    return walked[: walked.index(part)].count("\n") + 1
