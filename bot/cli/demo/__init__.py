"""`muster demo`: one incident from alert to review, through real signed requests, against the sandbox."""
