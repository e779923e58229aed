-- Who may do what with a team's ledger in PostgreSQL. Its owner runs this in the ledger's database, after creditop has made it:
--
--     psql -f postgres-roles.sql "$CREDITOP_POSTGRES"
--
-- Then each person or program gets a login of one of the three: CREATE ROLE mia LOGIN PASSWORD '…' IN ROLE creditop_recorder;
-- Where the ledger's schema has another name than `creditop`, write that here instead.

CREATE ROLE creditop_reader NOLOGIN;   -- sees everything, records nothing: a support trainee, a report
CREATE ROLE creditop_recorder NOLOGIN; -- records, polls and keeps checkpoints; changes and deletes nothing that was recorded

GRANT USAGE ON SCHEMA creditop TO creditop_reader, creditop_recorder;
GRANT SELECT ON ALL TABLES IN SCHEMA creditop TO creditop_reader, creditop_recorder;

GRANT INSERT ON creditop.entry, creditop.observation, creditop.observed_bucket TO creditop_recorder;
GRANT UPDATE (last_seq, last_seen_at, digest) ON creditop.observation TO creditop_recorder;
GRANT INSERT, UPDATE ON creditop.chain, creditop.poll TO creditop_recorder;
GRANT INSERT, UPDATE, DELETE ON creditop.checkpoint, creditop.lease TO creditop_recorder;
GRANT UPDATE (writes) ON creditop.ledger TO creditop_recorder;

-- The owner is who made the schema: it alone brings it up to a newer format, mends what a wrong clock stamped, and grants.
