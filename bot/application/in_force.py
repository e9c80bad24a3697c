"""The rules in force: a pack's, and in them who is on call by the providers. They change while Muster runs."""

from collections.abc import Callable, Mapping

from bot.domain.procedures import ProviderRule
from bot.domain.rules import Policy

Put = Callable[[Policy], None]


class InForce:
    """Holds the rules and gives them to whoever goes by them.

    A change is made at once for all, between two steps of the event loop. What is being carried out at that moment
    ends by the rules that it began with: `Muster.execute` takes them once.
    """

    def __init__(self, pack: Policy) -> None:
        """The rules as the pack has them; nobody was asked yet."""
        self.pack = pack
        self._answers: Mapping[ProviderRule, tuple[str, ...]] = {}
        self._followers: list[Put] = []

    @property
    def policy(self) -> Policy:
        """The pack's rules, and in them, in place of a contact's own people, those whom its provider named."""
        asked = {rule.contact: self._answers[rule] for rule in self.pack.providers if self._answers.get(rule)}
        return self.pack.with_contacts(asked) if asked else self.pack

    def follow(self, put: Put) -> None:
        """Tell the rules now and whenever they change."""
        self._followers.append(put)
        put(self.policy)

    def take(self, pack: Policy) -> None:
        """Put a pack's rules in force. What a provider answered stays where the new pack asks it the same."""
        self.pack = pack
        self._tell()

    def answered(self, answers: Mapping[ProviderRule, tuple[str, ...]]) -> None:
        """Put in who is on call: Slack ids by provider. Whoever is not in `answers` has none."""
        if answers != self._answers:
            self._answers = dict(answers)
            self._tell()

    def _tell(self) -> None:
        policy = self.policy
        for put in self._followers:
            put(policy)
