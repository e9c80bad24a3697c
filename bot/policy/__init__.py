"""The policy pack: reads `policy.yaml` into the rules of `bot.domain.rules`, or says what to mend and where."""
