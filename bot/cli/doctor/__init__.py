"""`muster doctor`: what is wrong with an installation, what it costs, and how to mend it."""
