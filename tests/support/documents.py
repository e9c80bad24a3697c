"""The sections of the five documents that packs were made from; the documents themselves are not in the repository.

A section is a heading with content of its own, after the heading that it stands under. What only says the same again
(tables of contents, versions, change logs) is left out.
"""

_TITLES = {
    "sme-booking": """
        Overview
        1. Error Rate Spike → Symptoms
        1. Error Rate Spike → Impact
        1. Error Rate Spike → Investigation
        1. Error Rate Spike → Cause 1: Database Connection Pool Exhausted
        1. Error Rate Spike → Cause 2: Code Deployment Issue
        1. Error Rate Spike → Cause 3: Third-Party API Failure
        1. Error Rate Spike → Cause 4: Memory Leak
        1. Error Rate Spike → Resolution Summary
        2. Slow Database Queries → Symptoms
        2. Slow Database Queries → Impact
        2. Slow Database Queries → Investigation
        2. Slow Database Queries → Missing Index
        2. Slow Database Queries → N+1 Query Problem
        2. Slow Database Queries → Large Data Scan
        2. Slow Database Queries → Resolution Summary
        3. Calendar Sync Failures → Symptoms
        3. Calendar Sync Failures → Impact
        3. Calendar Sync Failures → Investigation
        3. Calendar Sync Failures → Token Expired
        3. Calendar Sync Failures → API Not Enabled
        3. Calendar Sync Failures → Quota Exceeded
        3. Calendar Sync Failures → Invalid Credentials
        3. Calendar Sync Failures → Resolution Summary
        4. High Booking Failure Rate → Symptoms
        4. High Booking Failure Rate → Impact
        4. High Booking Failure Rate → Investigation
        4. High Booking Failure Rate → Conflict Detection Too Strict
        4. High Booking Failure Rate → Availability Calculation Error
        4. High Booking Failure Rate → Payment Processing Failure
        4. High Booking Failure Rate → Confirmation Not Sent
        4. High Booking Failure Rate → Resolution Summary
        5. Memory Leak / Out of Memory → Symptoms
        5. Memory Leak / Out of Memory → Impact
        5. Memory Leak / Out of Memory → Investigation
        5. Memory Leak / Out of Memory → Event Listeners Not Cleaned Up
        5. Memory Leak / Out of Memory → Cache Growing Unbounded
        5. Memory Leak / Out of Memory → Database Connections Not Released
        5. Memory Leak / Out of Memory → Resolution Summary
        6. Database Connection Issues → Symptoms
        6. Database Connection Issues → Impact
        6. Database Connection Issues → Investigation
        6. Database Connection Issues → Connection Pool Exhausted
        6. Database Connection Issues → Database Locked
        6. Database Connection Issues → Network Connectivity
        6. Database Connection Issues → Resolution Summary
        7. Critical Error Response Template
        8. Escalation Path
        9. Post-Incident Checklist
        10. Quick Reference Commands
    """,
    "ai-booking": """
        Incident Response → Severity Levels
        Incident Response → Response Procedure
        Database Issues → High Connection Pool Utilization
        Database Issues → Database Connection Failures
        Database Issues → Query Performance Issues
        Service Degradation → High Error Rates
        Service Degradation → Slow Response Times
        Performance Issues → Memory Leaks
        Performance Issues → CPU Spikes
        Backup & Restore → Automated Backups
        Backup & Restore → Manual Backup
        Backup & Restore → Restore Procedure
        Backup & Restore → Point-in-Time Recovery
        Disaster Recovery → Complete System Failure
        Disaster Recovery → Data Corruption
        Disaster Recovery → Security Breach
        Monitoring & Alerts → Key Metrics to Monitor
        Monitoring & Alerts → Alert Thresholds
        Monitoring & Alerts → Health Check Endpoints
        Escalation → When to Escalate
        Escalation → Escalation Contacts
        Post-Incident → Post-Mortem Process
        Quick Reference → Common Commands
        Quick Reference → Emergency Contacts
    """,
    "journey": """
        Severity Levels → P0 - Critical
        Severity Levels → P1 - High
        Severity Levels → P2 - Medium
        Incident Response Workflow
        Incident Response Workflow → 1. DETECT
        Incident Response Workflow → 2. ASSESS
        Incident Response Workflow → 3. RESPOND
        Incident Response Workflow → 4. RESOLVE
        Incident Response Workflow → 5. REVIEW
        Communication Templates → Initial Alert (P0/P1)
        Communication Templates → Status Update
        Communication Templates → Resolution Notice
        Communication Templates → Customer-Facing Update (via Product/CS)
        Investigation Steps → API Downtime
        Investigation Steps → Database Connection Issues
        Investigation Steps → sync-engine Failures
        Investigation Steps → Memory/Performance Issues
        Escalation Procedures → When to Escalate
        Escalation Procedures → Escalation Template
        Post-Incident Review Template → Meeting Details
        Post-Incident Review Template → Timeline
        Post-Incident Review Template → Root Cause Analysis
        Post-Incident Review Template → Impact Assessment
        Post-Incident Review Template → Action Items
        Post-Incident Review Template → Lessons Learned
        Emergency Contacts
        Useful Commands
    """,
    "mais": """
        Overview
        1. API Down / 500 Errors → Symptoms
        1. API Down / 500 Errors → Severity Levels
        1. API Down / 500 Errors → Diagnostic Steps
        1. API Down / 500 Errors → Resolution 1: Service Restart (Quick Fix)
        1. API Down / 500 Errors → Resolution 2: Check Environment Variables
        1. API Down / 500 Errors → Resolution 3: Check Disk Space
        1. API Down / 500 Errors → Resolution 4: Scale Resources
        1. API Down / 500 Errors → Rollback Procedure
        1. API Down / 500 Errors → Prevention
        2. Failed Webhooks from Stripe → Symptoms
        2. Failed Webhooks from Stripe → Severity Levels
        2. Failed Webhooks from Stripe → Diagnostic Steps
        2. Failed Webhooks from Stripe → Resolution 1: Manual Webhook Replay (Stripe Dashboard)
        2. Failed Webhooks from Stripe → Resolution 2: Manual Webhook Replay (Stripe CLI)
        2. Failed Webhooks from Stripe → Resolution 3: Process Stuck Booking Manually
        2. Failed Webhooks from Stripe → Resolution 4: Send Confirmation Email Manually
        2. Failed Webhooks from Stripe → Prevention
        2. Failed Webhooks from Stripe → Customer Communication Template
        3. Database Connection Loss → Symptoms
        3. Database Connection Loss → Severity Levels
        3. Database Connection Loss → Diagnostic Steps
        3. Database Connection Loss → Resolution 1: Restart Application (Connection Pool Reset)
        3. Database Connection Loss → Resolution 2: Kill Idle Connections
        3. Database Connection Loss → Resolution 3: Resume Supabase Project (If Paused)
        3. Database Connection Loss → Resolution 4: Increase Connection Pool Limit
        3. Database Connection Loss → Resolution 5: Scale Database (Supabase)
        3. Database Connection Loss → Connection Pool Exhaustion Recovery
        3. Database Connection Loss → Prevention
        4. Double-Booking Incident → Symptoms
        4. Double-Booking Incident → Severity Levels
        4. Double-Booking Incident → Diagnostic Steps
        4. Double-Booking Incident → Resolution 1: Immediate Customer Communication
        4. Double-Booking Incident → Resolution 2: Determine Which Booking to Keep
        4. Double-Booking Incident → Resolution 3: Cancel Second Booking
        4. Double-Booking Incident → Resolution 4: Issue Refund via Stripe
        4. Double-Booking Incident → Resolution 5: Offer Compensation
        4. Double-Booking Incident → Investigate Race Condition
        4. Double-Booking Incident → Code Review Checklist
        4. Double-Booking Incident → Review in booking.repository.ts
        4. Double-Booking Incident → Prevention
        5. Memory Leaks / Performance Degradation → Symptoms
        5. Memory Leaks / Performance Degradation → Severity Levels
        5. Memory Leaks / Performance Degradation → Diagnostic Steps
        5. Memory Leaks / Performance Degradation → Resolution 1: Immediate Service Restart
        5. Memory Leaks / Performance Degradation → Resolution 2: Increase Memory Limit (Temporary)
        5. Memory Leaks / Performance Degradation → Resolution 3: Enable Garbage Collection Logging
        5. Memory Leaks / Performance Degradation → Resolution 4: Implement Graceful Restarts
        5. Memory Leaks / Performance Degradation → Common Causes in MAIS Codebase
        5. Memory Leaks / Performance Degradation → Analysis Steps
        5. Memory Leaks / Performance Degradation → Metrics to Track
        5. Memory Leaks / Performance Degradation → Set Up Alerts
        5. Memory Leaks / Performance Degradation → Prevention
        6. Rollback Procedures → When to Rollback
        6. Rollback Procedures → A. Application Code Rollback
        6. Rollback Procedures → B. Database Migration Rollback
        6. Rollback Procedures → C. Environment Variable Rollback
        6. Rollback Procedures → D. External Service Rollback
        6. Rollback Procedures → Rollback Verification Checklist
        6. Rollback Procedures → Post-Rollback Actions
        7. Communication Templates → Customer: Booking Manual Recovery
        7. Communication Templates → Customer: Double-Booking Apology
        7. Communication Templates → Internal: Incident Notification
        7. Communication Templates → Status Page Update (If Available)
        Appendix → Quick Reference: Common Commands
        Appendix → Key File Locations
        Appendix → Escalation Contacts
        Post-Incident Review Template → Incident Summary
        Post-Incident Review Template → Timeline
        Post-Incident Review Template → Root Cause
        Post-Incident Review Template → Resolution
        Post-Incident Review Template → Impact
        Post-Incident Review Template → What Went Well
        Post-Incident Review Template → What Went Wrong
        Post-Incident Review Template → Action Items
    """,
    "schedgen": """
        Incident Severity Levels → SEV-1: Critical (P1)
        Incident Severity Levels → SEV-2: High (P2)
        Incident Severity Levels → SEV-3: Medium (P3)
        Incident Severity Levels → SEV-4: Low (P4)
        Escalation Procedures → Initial Response (0-5 minutes)
        Escalation Procedures → Escalation Triggers
        Escalation Procedures → Escalation Communication Template
        1. High Error Rate (> 5%) → Symptoms
        1. High Error Rate (> 5%) → Investigation Steps
        1. High Error Rate (> 5%) → Common Causes & Solutions
        1. High Error Rate (> 5%) → Resolution Verification
        2. Slow Response Times (p95 > 10s) → Symptoms
        2. Slow Response Times (p95 > 10s) → Investigation Steps
        2. Slow Response Times (p95 > 10s) → Common Causes & Solutions
        2. Slow Response Times (p95 > 10s) → Resolution Verification
        3. High Resource Utilization (> 80%) → Symptoms
        3. High Resource Utilization (> 80%) → Investigation Steps
        3. High Resource Utilization (> 80%) → Common Causes & Solutions
        3. High Resource Utilization (> 80%) → Resolution Verification
        4. Queue Depth High (> 500 jobs) → Symptoms
        4. Queue Depth High (> 500 jobs) → Investigation Steps
        4. Queue Depth High (> 500 jobs) → Common Causes & Solutions
        4. Queue Depth High (> 500 jobs) → Resolution Verification
        5. Database Connection Pool Exhausted → Symptoms
        5. Database Connection Pool Exhausted → Investigation Steps
        5. Database Connection Pool Exhausted → Common Causes & Solutions
        5. Database Connection Pool Exhausted → Resolution Verification
        6. Service Completely Down → Symptoms
        6. Service Completely Down → Investigation Steps
        6. Service Completely Down → Common Causes & Solutions
        6. Service Completely Down → Resolution Verification
        7. Authentication Failures → Symptoms
        7. Authentication Failures → Investigation Steps
        7. Authentication Failures → Common Causes & Solutions
        7. Authentication Failures → Resolution Verification
        Communication Templates → Initial Incident Notification
        Communication Templates → Status Update
        Communication Templates → Resolution Notification
        Communication Templates → Escalation Request
        Communication Templates → User-Facing Status Page Update
        Post-Incident Procedures → Immediate Post-Resolution (Within 1 hour)
        Post-Incident Procedures → Post-Incident Review (Within 48 hours)
        Post-Incident Procedures → Follow-up Actions
        Quick Reference → Emergency Contacts
        Quick Reference → Critical Commands
        Quick Reference → Key Dashboards
        Quick Reference → Key Metrics
        Related Documents
    """,
}

#: Each pack's sections, in the document's order.
SECTIONS = {pack: [line.strip() for line in titles.strip().splitlines()] for pack, titles in _TITLES.items()}
