"""The command line: `muster …`. Each command imports what it needs when it runs, so that `--help` is quick."""
