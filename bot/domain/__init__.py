"""The pure core: what an incident is, what may happen to it, and what follows. No await, no clock, no I/O."""
