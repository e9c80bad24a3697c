"""Our own judgement of a message against the sandbox's, which was written without knowing ours."""

import pytest

from bot.messages import Messages
from bot.messages.samples import REF, Sample, hostile, samples
from bot.sandbox.kit.message import check_message


@pytest.mark.parametrize("which", [samples(), hostile()], ids=["ordinary", "hostile"])
def test_the_sandbox_takes_every_message_as_slack_would(which: dict[str, list[Sample]]) -> None:
    messages = Messages()
    for name, values in which.items():
        for value in values:
            check_message(messages.render(name, ref=REF, **value).blocks)
