"""The certificate of an https endpoint: whether it is accepted, and for how long still."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.diagnostics.check import Thresholds
from bot.diagnostics.kind import plainly
from bot.diagnostics.result import Measurement, Verdict

_DAY_S = 86_400
#: OpenSSL's numbers for what may be wrong (X509_V_ERR_…).
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_WRONG_NAME = frozenset({62, 64})


def judge_certificate(certificate: Mapping[str, Any], thresholds: Thresholds, now: datetime) -> Measurement:
    """By the days that an accepted certificate is still valid.

    Args:
        certificate: as `ssl.SSLSocket.getpeercert` has it; empty over plain http.
        thresholds: `certificate_warn_days` and `certificate_crit_days`.
        now: aware.
    """
    if not certificate:
        return Measurement(verdict=Verdict.OK, explanation="It is asked over plain http, so there is no certificate.")
    warn, critical = thresholds["certificate_warn_days"], thresholds["certificate_crit_days"]
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - now).total_seconds() / _DAY_S
    verdict = Verdict.CRITICAL if days <= critical else Verdict.WARN if days <= warn else Verdict.OK
    return Measurement(
        verdict=verdict,
        value=round(days, 1),
        unit="days",
        threshold=f"warn at {warn:g} days, critical at {critical:g} days",
        explanation=f"The certificate of {_name(certificate)} is valid for {_spoken(days)}, until {ends.date()}.",
        next_step="" if verdict is Verdict.OK else "Renew it, and see why that was not done by itself.",
    )


def judge_rejected(error: ssl.SSLCertVerificationError, thresholds: Thresholds) -> Measurement:
    """By what OpenSSL does not like about a certificate."""
    warn, critical = thresholds["certificate_warn_days"], thresholds["certificate_crit_days"]
    match error.verify_code:
        case code if code == _EXPIRED:
            said, advice = "It has expired", "Renew it, and see why that was not done by itself."
        case code if code == _NOT_YET:
            said = "It is not valid yet"
            advice = "See whether the clocks of the server and of this machine are right."
        case code if code in _WRONG_NAME:
            said = "It is for another name than the one that is asked"
            advice = "Have one made for this name, or correct the target's address."
        case code if code in _UNKNOWN_ISSUER:
            said = "Nobody whom this machine trusts has issued it"
            advice = (
                "Send the certificates between it and its issuer along with it; where the issuer is your own, name the "
                "setting with the path of its certificate in `ca_from`."
            )
        case _:
            said = f"It is not accepted: {plainly(error)}"
            advice = "Look at it with `openssl s_client`, and have a new one made."
    return Measurement(
        verdict=Verdict.CRITICAL,
        explanation=f"{said}.",
        next_step=advice,
        threshold=f"warn at {warn:g} days, critical at {critical:g} days",
    )


def _name(certificate: Mapping[str, Any]) -> str:
    named = [value for _, value in certificate.get("subjectAltName", ())]
    common = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    shown = [*named, *common][:1] or ["an unknown name"]
    return str(shown[0]) + (f" and {len(named) - 1} more" if len(named) > 1 else "")


def _spoken(days: float) -> str:
    return f"{days:.0f} more days" if days >= 2 else f"{max(days, 0) * 24:.0f} more hours"
