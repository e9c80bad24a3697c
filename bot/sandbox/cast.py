"""The made-up people, groups and channels that every sandbox starts with."""

from bot.sandbox.model import Person, UserGroup

TEAM_ID = "T0SANDBOX1"
TEAM_NAME = "Harbour Lane"
TEAM_DOMAIN = "harbour-lane"
APP_ID = "A0MUSTER01"

BOT = Person("UBOT000001", "muster", "Muster", "Incident bot", "#2b5d6b", "Etc/UTC", bot_id="B0MUSTER01")

PEOPLE = (
    Person("U0ALICE001", "alice", "Alice Okafor", "Engineering manager", "#b4532a"),
    Person("U0BOB00002", "bob", "Bob Lindqvist", "Payments engineer", "#3a6ea5", "Europe/Stockholm"),
    Person("U0CAROL003", "carol", "Carol Mendes", "Site reliability engineer", "#6b4c9a", "America/Sao_Paulo"),
    Person("U0DAVE0004", "dave", "Dave Tanaka", "Support lead", "#2f7d4f", "Asia/Tokyo"),
    Person("U0ERIN0005", "erin", "Erin Walsh", "Communications", "#a83a6c", "Europe/Dublin"),
)

GROUPS = (
    UserGroup("S0ONCALL01", "oncall", "On call", ["U0BOB00002", "U0CAROL003"]),
    UserGroup("S0SUPPORT2", "support", "Support", ["U0DAVE0004"]),
)

#: (name, purpose, whether it is private, whether the bot is in it)
CHANNELS = (
    ("general", "Everyone, and what everyone should know", False, True),
    ("incidents", "Every public incident is announced here", False, True),
    ("payments", "The payments team", False, False),
    ("random", "Anything else", False, False),
    ("leads", "Team leads", True, False),
)
