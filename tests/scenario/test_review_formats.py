"""The review in each pack's own format, of an incident that people live through: as it is kept in `tests/golden`."""

from tests.scenario import test_pack_ai_booking as ai_booking
from tests.scenario import test_pack_default as default
from tests.scenario import test_pack_journey as journey
from tests.scenario import test_pack_mais as mais
from tests.scenario import test_pack_schedgen as schedgen
from tests.scenario import test_pack_sme_booking as sme_booking
from tests.scenario.alarms import alarm, fire
from tests.scenario.reviewed import at_ease, hold_against, review_of
from tests.scenario.timetable import play


async def test_the_default_review_of_an_outage(database: str) -> None:
    async with play(database, "default", default.CONTACTS) as made:
        it = at_ease(made)
        await it.declares("dave", "P1 Nobody can pay")
        await it.at("3m").types("bob", "ack")
        await it.at("4m").types("carol", "role scribe @carol")
        await it.at("6m").types("bob", "flag provider Their status page is red")
        await it.at("9m").types("bob", "update The provider refuses every card")
        await it.at("12m").types("bob", "escalate engineering-lead Shall we switch providers?")
        await it.at("20m").types("alice", "note We switch to the second provider, as agreed in January")
        await it.at("24m").types("bob", "cause The provider's certificate ran out")
        await it.at("27m").types("bob", "status monitoring")
        await (
            it.at("45m")
            .types("bob", "resolve")
            .submits(
                "bob",
                {
                    "summary": "Payments go through the second provider",
                    "root_cause": "The provider's certificate ran out, and nothing switched by itself",
                    "contributing_factors": "Switching is a deploy, and takes a quarter of an hour",
                    "impact": "212 orders were not paid; 170 of them were paid later",
                },
            )
        )
        await it.at("50m").types("bob", "task Switch providers without a deploy @alice by 2026-02-20 !high #mitigate")
        await it.at("51m").types("bob", "task Watch how many payments fail @carol by 2026-02-13 !medium #detect")
        hold_against("default", await review_of(it))


async def test_the_post_mortem_of_ai_booking_has_its_five_points_and_its_actions(database: str) -> None:
    async with play(database, "ai-booking", ai_booking.CONTACTS, groups={"infra": "bob carol"}) as made:
        it = at_ease(made)
        await it.declares("dave", "P0 The telephone is not answered")
        await it.at("4m").types("frank", "ack")
        await it.at("5m").types("frank", "status assess")
        await it.at("6m").types("frank", "flag system-down Render shows nothing")
        await it.at("8m").ticks("frank", "system-down", 1, 2, 3)
        await it.at("9m").types("frank", "status contain")
        await (
            it.at("12m")
            .types("frank", "update")
            .submits("frank", {"text": "Calls go to voice mail", "detail:containment": "Calls go to voice mail"})
        )
        await it.at("20m").types("frank", "cause The last migration locks the bookings")
        await it.at("22m").types("frank", "status fixing")
        await it.at("26m").types("frank", "status verify")
        await it.at("28m").ticks("bob", "system-down", *range(4, 16))
        await (
            it.at("35m")
            .types("frank", "resolve")
            .submits(
                "frank",
                {
                    "summary": "The migration is taken back",
                    "root_cause": "The last migration locks the bookings while it runs",
                    "impact": "No call was answered for 26 minutes",
                    "detail:clients-affected": "All of them",
                    "detail:actions-taken": "14:09 calls sent to voice mail\n14:24 the migration taken back",
                    "detail:lessons": "Migrations are tried on a copy first",
                },
            )
        )
        await it.at("40m").types("frank", "task Try migrations on a copy @bob by 2026-02-09 !high #prevent")
        await it.at("41m").types("frank", "task Alert on locks that last a minute @carol by 2026-02-11 !high #detect")
        await it.at("42m").types("frank", "task The runbook says how a migration is taken back @frank by 2026-02-16")
        await it.at("1h").ticks("frank", "post-mortem", 1)
        hold_against("ai-booking", await review_of(it))


async def test_the_review_of_journey_has_meeting_details_five_whys_and_its_table_of_actions(database: str) -> None:
    async with journey.staged(database) as made:
        it = at_ease(made)
        await (
            it.now()
            .types("dave", "declare")
            .submits(
                "dave",
                {
                    "title": "Every endpoint answers 503",
                    "service": "journey-api",
                    "conditions": ["all-users", "database-errors"],
                    "detail:source": "#alerts",
                    "detail:user-impact": "No journey loads",
                    "detail:symptoms": "503 on /api/journeys\nThe visualizer stays empty",
                },
            )
        )
        await it.at("3m").types("bob", "ack")
        await it.at("4m").types("carol", "role scribe @carol")
        await it.at("5m").types("erin", "role communications @erin")
        await it.at("7m").types("bob", "diag health")
        await it.at("8m").types("bob", "status assessing")
        await it.at("9m").ticks("bob", "assess")
        await it.at("15m").types("bob", "cause Syncs kept their connections")
        await it.at("16m").types("bob", "status identified")
        await (
            it.at("18m")
            .types("bob", "update")
            .submits("bob", {"text": "The pool was used up", "detail:next-step": "Restart", "detail:eta": "10 minutes"})
        )
        await it.at("20m").types("erin", "text customers").fills_in("erin", {"issue": "journeys that do not load"})
        await it.at("25m").types("bob", "status monitoring")
        await it.at("38m").ticks("bob", "resolve", 1, 2)
        await (
            it.at("41m")
            .types("bob", "resolve")
            .submits(
                "bob",
                {
                    "summary": "The API had no connection to the database left. It answers again.",
                    "root_cause": "Each sync kept its connection until it was restarted",
                    "impact": "Nobody could load a journey for 25 minutes",
                    "detail:resolution": "The pool has 40 connections now, and syncs give theirs back",
                    "detail:review-at": "Tuesday, 10:00",
                },
            )
        )
        await it.at("45m").types("bob", "task Syncs give their connection back @bob by 2026-02-05 !high #prevent")
        await it.at("46m").types("bob", "task Alert at 80 % of the pool @grace by 2026-02-06 !high #detect")
        await it.at("47m").types("bob", "task The runbook has the pool's query @carol by 2026-02-13 !low #process")
        await it.at("50m").types("bob", "task done 3 It is in database-connections.md")
        hold_against("journey", await review_of(it))


async def test_the_review_of_mais_has_the_times_to_detect_and_to_resolve_and_the_promise_of_uptime(
    database: str,
) -> None:
    groups = {"operations": "heidi ivan"}
    async with play(database, "mais", mais.CONTACTS, emails={"support": mais.SUPPORT}, groups=groups) as made:
        it = at_ease(made)
        early = alarm(it.bot, "HighErrorRate", "api", severity="critical", value="12")
        await it.at("3m")
        await (
            it.now()
            .types("dave", "declare")
            .submits(
                "dave",
                {
                    "title": "Checkout fails",
                    "severity": "P0",
                    "service": "api",
                    "detail:detected-by": "A customer's report",
                    "detail:affected": "About 50; they cannot pay",
                },
            )
        )
        await fire(it.bot, early)
        await it.at("5m").types("carol", "ack")
        await it.at("9m").types("carol", "note The error rate is 12 %")
        await it.at("13m").types("carol", "cause The database's connection pool is used up")
        await it.at("14m").types("carol", "status identified")
        await it.at("18m").types("carol", "status mitigated")
        await it.at("19m").types("erin", "role customer-care @erin")
        await (
            it.at("50m")
            .types("carol", "resolve")
            .submits(
                "carol",
                {
                    "summary": "Checkout works again with twice the connections",
                    "root_cause": "The connection pool was used up: reports kept theirs for minutes",
                    "impact": "About 50 customers could not pay; about $15,000 of bookings came late; no data is lost",
                    "detail:resolution": "A higher connection limit is deployed",
                    "detail:affected-bookings": "All were made later",
                },
            )
        )
        await it.at("55m").types("carol", "task Connection limit of 20 @carol by 2026-02-03 !P0 #prevent")
        await it.at("56m").types("carol", "task Alert on the pool's use @heidi by 2026-02-05 !P1 #detect")
        await it.at("57m").types("carol", "task Say when customers are told @erin by 2026-02-06 !P2 #process")
        await it.at("58m").ticks("carol", "review", 1, 2)
        hold_against("mais", await review_of(it))


async def test_the_pir_of_schedgen_has_its_factors_its_agenda_with_minutes_and_prevention(database: str) -> None:
    async with schedgen.staged(database) as made:
        it = at_ease(made)
        early = alarm(it.bot, "HighErrorRate", "backend", severity="critical")
        await (
            it.at("2m")
            .types("dave", "declare")
            .submits(
                "dave",
                {
                    "title": "Nothing can be reached",
                    "severity": "SEV-2",
                    "service": "backend",
                    "detail:users": "All of them",
                    "detail:services": "Application, uploads, PDF generation",
                    "detail:users-see": "The browser warns of the certificate",
                },
            )
        )
        await fire(it.bot, early)
        await it.at("4m").types("carol", "ack")
        await it.at("6m").ticks("carol", "first-five-minutes")
        await (
            it.at("14m")
            .types("carol", "update")
            .submits("carol", {"text": "The proxy's certificate has expired", "detail:next": "A new one"})
        )
        await it.at("15m").types("carol", "cause A certificate has expired")
        await it.at("24m").types("carol", "update The new certificate is being rolled out")
        await it.at("29m").types("carol", "status verifying")
        await (
            it.at("31m")
            .types("carol", "resolve")
            .submits(
                "carol",
                {
                    "summary": "The certificate is renewed, and everything can be reached",
                    "root_cause": "The certificate expired: its renewal had failed for a month",
                    "contributing_factors": "The mails about it went to somebody who has left",
                    "impact": "Nobody could reach anything for 27 minutes",
                    "detail:users": "All of them, for 27 minutes",
                    "detail:done": "14:16 new certificate ordered\n14:29 proxy restarted",
                    "detail:prevention": "An alert 30 days before a certificate expires",
                    "detail:review-at": "Tuesday, 10:00, with everybody who was there",
                },
            )
        )
        await it.at("50m").types("carol", "task Alert 30 days before expiry @grace by 2026-02-06 !high #prevent")
        await it.at("51m").types("carol", "task Mails go to the team's address @alice by 2026-02-09 !medium #process")
        await it.at("1h").ticks("carol", "within-1-hour", 1, 2, 3)
        hold_against("schedgen", await review_of(it))


async def test_the_report_of_sme_booking_has_the_response_record_and_the_nine_items(database: str) -> None:
    async with play(database, "sme-booking", sme_booking.CONTACTS) as made:
        it = at_ease(made)
        await it.declares("dave", "CRITICAL Nobody can book --service booking-app")
        await it.at("3m").types("carol", "ack")
        await it.at("4m").ticks("carol", "first-5-minutes")
        await it.at("5m").types("carol", "flag database-connections The pool is used up")
        await it.at("6m").types("carol", "status mitigating")
        await (
            it.at("9m")
            .types("carol", "update")
            .submits(
                "carol",
                {
                    "text": "The pool is larger, errors are falling",
                    "detail:users-affected": "All of them",
                    "detail:features-down": "booking, payment",
                    "detail:revenue-impact": "$ 200 per hour",
                    "detail:error-rate": "40 %",
                    "detail:recovery-eta": "14:15",
                },
            )
        )
        await it.at("13m").types("carol", "status monitoring")
        await (
            it.at("25m")
            .types("carol", "resolve")
            .submits(
                "carol",
                {
                    "summary": "The pool is larger, and reports give their connections back",
                    "root_cause": "Reports kept their connections open",
                    "impact": "No booking could be made for 14 minutes",
                    "detail:actions-taken": "14:08 DATABASE_POOL_SIZE from 10 to 20\n14:10 application restarted",
                    "detail:error-rate": "0.3 %",
                    "detail:next-steps": "A test that reports close their connections",
                },
            )
        )
        await it.at("30m").types("carol", "task Test that reports close their connections @bob by 2026-02-06 #prevent")
        await it.at("31m").types("carol", "task Alert at 80 % of the pool @carol by 2026-02-09 #detect")
        await it.at("40m").ticks("bob", "post-incident", 1, 2, 4, 5, 6)
        hold_against("sme-booking", await review_of(it))
