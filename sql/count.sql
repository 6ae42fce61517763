-- count(*) without the rows, what else is grouped here, and columns that are part of the question: the same numbers as from all the rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
\set url `echo "$CRM_FDW_CLOSE_URL"`
\set key `echo "$CRM_FDW_CLOSE_KEY"`
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint :'url', updatable 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key :'key');
CREATE SCHEMA regress_close;
IMPORT FOREIGN SCHEMA close LIMIT TO (leads, contacts, opportunities, users) FROM SERVER regress_crm INTO regress_close;
SET search_path = regress_close, public;

-- Whether the plan counts remotely, how many requests that takes, and whether reading all rows gives the same.
CREATE FUNCTION public.regress_count(query text, OUT counted bool, OUT requests bigint, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE plan jsonb; one text; other text;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF) ' || query INTO plan;
  counted := plan::text ~ '"Aggregate Of"';
  requests := (SELECT coalesce(sum(v::bigint), 0) FROM jsonb_path_query(plan, 'strict $.**.Requests') AS v);
  EXECUTE format('SELECT string_agg(t::text, E''\n'' ORDER BY t::text) FROM (%s) t', query) INTO one;
  PERFORM set_config('crm_fdw.pushdown', 'off', true);
  EXECUTE format('SELECT string_agg(t::text, E''\n'' ORDER BY t::text) FROM (%s) t', query) INTO other;
  PERFORM set_config('crm_fdw.pushdown', 'on', true);
  same := one IS NOT DISTINCT FROM other;
END $$;
CREATE TABLE public.regress_types AS SELECT DISTINCT status_type AS t FROM opportunities;

-- One request for the number; PostgreSQL's own work goes on above it.
SELECT * FROM regress_count('SELECT count(*) FROM leads');
SELECT * FROM regress_count($$SELECT count(*) FROM opportunities WHERE status_type = 'won'$$);
SELECT * FROM regress_count('SELECT count(*) AS n FROM leads UNION ALL SELECT count(*) FROM contacts');
SELECT * FROM regress_count('SELECT DISTINCT count(*) FROM leads ORDER BY 1 LIMIT 3');
SELECT * FROM regress_count('SELECT sum(count(*)) OVER () FROM leads');
SELECT * FROM regress_count('WITH n AS MATERIALIZED (SELECT count(*) AS n FROM leads) SELECT a.n + b.n FROM n a, n b');
SELECT * FROM regress_count('SELECT t, n FROM regress_types LEFT JOIN LATERAL (SELECT count(*) AS n FROM leads OFFSET 0) x ON true');
SELECT * FROM regress_count('SELECT id FROM users WHERE 5 < (SELECT count(*) FROM contacts)');
SELECT * FROM regress_count('SELECT count(1) FROM leads');
SELECT * FROM regress_count('SELECT count(*)::text || ''!'', 5 - count(*) FROM leads ORDER BY count(*)');
SELECT * FROM regress_count('SELECT count(*) FROM leads HAVING count(*) > 1');
SELECT * FROM regress_count('SELECT FROM leads HAVING count(*) < 1');
SELECT * FROM regress_count('SELECT count(*) FROM leads HAVING count(*) > (SELECT count(*) FROM contacts)');
SELECT * FROM regress_count('SELECT t, n FROM regress_types, LATERAL (SELECT count(*) AS n FROM leads HAVING count(*) > length(t)) x');
SELECT * FROM regress_count($$SELECT count(*) FROM opportunities WHERE user_id = 'user_nobody'$$);
-- What only this side can check, or what is more than the number, takes the rows.
SELECT * FROM regress_count($$SELECT count(*) FROM opportunities WHERE status_type = 'won' AND lower(note) > ''$$);
SELECT * FROM regress_count($$SELECT count(*) FROM opportunities WHERE status_label = (SELECT min(status_label) FROM opportunities)$$);
SELECT * FROM regress_count('SELECT t, (SELECT count(*) FROM opportunities WHERE status_type = t) FROM regress_types');
SELECT * FROM regress_count('SELECT count(id) FROM leads');
SELECT * FROM regress_count('SELECT count(DISTINCT status_id) FROM leads');
SELECT * FROM regress_count('SELECT count(*) FILTER (WHERE name IS NULL) FROM leads');
SELECT * FROM regress_count('SELECT count(*), max(name) FROM leads');
SELECT * FROM regress_count('SELECT status_id, count(*) FROM leads GROUP BY status_id');
SELECT * FROM regress_count('SELECT status_id FROM leads GROUP BY status_id HAVING count(*) > 10');
SELECT * FROM regress_count('SELECT 1 FROM leads GROUP BY status_id');
SELECT * FROM regress_count($$SELECT status_id, count(*) FROM leads WHERE status_id = 'stat_none' GROUP BY status_id$$);
SELECT * FROM regress_count('SELECT status_id, count(*) FROM leads GROUP BY ROLLUP (status_id)');
SELECT * FROM regress_count('SELECT DISTINCT status_id FROM leads');
SELECT * FROM regress_count('SELECT status_type, sum(value), min(value), max(date_won), count(value), rank() OVER (ORDER BY count(*)) FROM opportunities GROUP BY 1 ORDER BY 2 DESC');
SELECT * FROM regress_count($$SELECT sum(value), min(value), count(DISTINCT user_id), count(*) FROM opportunities WHERE user_id = 'user_nobody'$$);
SELECT * FROM regress_count('SELECT t, n FROM regress_types, LATERAL (SELECT count(*) AS n FROM opportunities WHERE status_type = t GROUP BY user_id) x');
SELECT * FROM regress_count('SELECT 1 FROM leads HAVING true');
SELECT * FROM regress_count('SELECT count(*) FROM leads GROUP BY ()');
SELECT * FROM regress_count('SELECT count(1), count(*)::text, -count(*) FROM leads');
SELECT * FROM regress_count('SELECT count(*), count(NULL) FROM leads');
SELECT * FROM regress_count('SELECT count(*) FROM (SELECT id FROM leads UNION ALL SELECT id FROM contacts) x');
SELECT * FROM regress_count('SELECT count(*) FROM (SELECT id FROM leads LIMIT 7) x');
SELECT * FROM regress_count('SELECT count(*), generate_series(1, 2) FROM leads');
SELECT * FROM regress_count('SELECT count(*) FROM leads WHERE false');
SELECT * FROM regress_count('SELECT count(*) FROM leads WHERE now() > ''2000-01-01''');
SELECT * FROM regress_count('SELECT count(*) FROM leads JOIN contacts ON contacts.lead_id = leads.id');
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM leads;
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) + 1 FROM opportunities WHERE status_type = 'won' HAVING count(*) > 1;
SELECT count(*) FROM leads FOR UPDATE;
SELECT count(*) FROM (SELECT FROM leads FOR UPDATE) x;

-- Of a parent that has other rows, too, only a part could be counted there.
CREATE TABLE public.regress_parts (id text, status_type text) PARTITION BY LIST (status_type);
CREATE FOREIGN TABLE regress_won_part PARTITION OF regress_parts FOR VALUES IN ('won')
  SERVER regress_crm OPTIONS (object 'opportunity');
ALTER FOREIGN TABLE regress_won_part ALTER id OPTIONS (remote_type 'id', traits 'key'), ALTER status_type OPTIONS (remote_type 'choice');
CREATE TABLE public.regress_other_part PARTITION OF regress_parts DEFAULT;
INSERT INTO regress_other_part VALUES ('a', 'other'), ('b', NULL);
SET enable_partitionwise_aggregate = on;
SELECT * FROM regress_count('SELECT count(*) FROM regress_won_part');
SELECT * FROM regress_count($$SELECT count(*) FROM regress_parts WHERE status_type IS DISTINCT FROM 'lost'$$);
SELECT * FROM regress_count($$SELECT status_type, count(*) FROM regress_parts WHERE status_type = 'won' GROUP BY 1$$);
RESET enable_partitionwise_aggregate;

-- The user's word.
ALTER FOREIGN TABLE leads OPTIONS (ADD remote_aggregates 'none');
ALTER FOREIGN TABLE leads OPTIONS (ADD remote_aggregates 'off');
SELECT * FROM regress_count('SELECT count(*) FROM leads');
ALTER FOREIGN TABLE leads OPTIONS (SET remote_aggregates 'approximate');
SELECT * FROM regress_count('SELECT count(*) FROM leads');
-- Not the conditions.
SELECT * FROM regress_count($$SELECT count(*) FROM leads WHERE name > 'M'$$);
ALTER FOREIGN TABLE leads OPTIONS (DROP remote_aggregates);

-- Kept, and asked again with other values.
CREATE TABLE public.regress_kept AS SELECT count(*) AS n, count(*)::text AS word FROM leads;
SELECT n = (SELECT count(id) FROM leads) AS same, n::text = word AS word FROM regress_kept;
PREPARE more(int) AS SELECT count(*) FROM leads HAVING count(*) > $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE more(0);
EXECUTE more(1000000);
RESET plan_cache_mode;

-- Read again, backwards, and under another role.
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT count(*) FROM leads;
FETCH ALL c;
FETCH BACKWARD ALL c;
COMMIT;
CREATE VIEW regress_number WITH (security_barrier) AS SELECT count(*) FROM leads;
CREATE VIEW regress_won WITH (security_barrier) AS SELECT * FROM opportunities WHERE status_type = 'won';
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA regress_close TO regress_reader;
GRANT SELECT ON regress_number, regress_won, users TO regress_reader;
SET ROLE regress_reader;
SELECT count > 100 AS counted FROM regress_number;
SELECT count(*) > 10 AS counted FROM regress_won;
SELECT count(*) FROM users;
SELECT count(*) FROM leads;
RESET ROLE;

-- A value that is part of the question: a constant, a parameter, another table's.
CREATE TABLE public.regress_copy AS SELECT id FROM leads;
CREATE TABLE public.regress_words (word text, n int);
INSERT INTO regress_words VALUES ('a', 1), ('zzzz', 2), ('e', 3), (NULL, 4);
ANALYZE regress_words;
CREATE TABLE public.regress_asked AS
  SELECT 'a' AS word, count(*) AS n, min(query) AS cell, count(DISTINCT id) = count(*) AS each_once FROM leads WHERE query = 'a'
  UNION ALL SELECT 'e', count(*), min(query), count(DISTINCT id) = count(*) FROM leads WHERE query = 'e'
  UNION ALL SELECT 'zzzz', count(*), min(query), true FROM leads WHERE query = 'zzzz';
SELECT word, n > 0 AS some, n < (SELECT count(*) FROM leads) AS not_all, cell, each_once FROM regress_asked ORDER BY word;
SELECT count(query), count(*) > 0 AS rows FROM leads;
-- What a query gives for each word, and should not, or should and does not. `zeros`: words without rows are given too.
CREATE FUNCTION public.regress_wrong(query text, zeros bool) RETURNS TABLE (error text, word text, n bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('WITH q AS MATERIALIZED (SELECT word, n::bigint FROM (%s) q WHERE word IS NOT NULL),
    a AS (SELECT word, n FROM regress_asked WHERE n > 0 OR %L::bool)
    SELECT ''too much'', * FROM (TABLE q EXCEPT ALL TABLE a) m UNION ALL SELECT ''missing'', * FROM (TABLE a EXCEPT ALL TABLE q) m', query, zeros);
END $$;
SELECT * FROM regress_wrong('SELECT word, count(*) AS n FROM regress_words w JOIN leads l ON l.query = w.word GROUP BY 1', false);
SELECT * FROM regress_wrong('SELECT word, count(l.id) AS n FROM regress_words w LEFT JOIN leads l ON l.query = w.word GROUP BY 1', true);
SELECT * FROM regress_wrong('SELECT word, (SELECT count(*) FROM leads WHERE query = word) AS n FROM regress_words', true);
SELECT * FROM regress_wrong('SELECT word, x.n FROM regress_words, LATERAL (SELECT count(*) AS n FROM leads WHERE query = word) x', true);
SELECT * FROM regress_wrong('SELECT word, count(*) AS n FROM regress_words w JOIN leads l ON l.query = w.word
  JOIN regress_copy k ON k.id = l.id JOIN users u ON u.id = (SELECT min(id) FROM users) GROUP BY 1', false);
SET crm_fdw.pushdown = off;
SELECT * FROM regress_wrong('SELECT word, count(*) AS n FROM regress_words w JOIN leads l ON l.query = w.word GROUP BY 1', false);
RESET crm_fdw.pushdown;
SET enable_nestloop = off;
SELECT * FROM regress_wrong('SELECT word, count(*) AS n FROM regress_words w JOIN leads l ON l.query = w.word JOIN regress_copy k ON k.id = l.id GROUP BY 1', false);
RESET enable_nestloop;
SELECT count(*) = (SELECT sum(n) FROM regress_asked) AS same FROM leads WHERE query IN (SELECT word FROM regress_words);
SELECT word FROM regress_words WHERE NOT EXISTS (SELECT FROM leads WHERE query = word) ORDER BY 1;
SELECT count(*) FROM leads WHERE query = 'a' AND query = 'e';
PREPARE asked(text) AS SELECT count(*) FROM leads WHERE query = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE asked(NULL);
RESET plan_cache_mode;
-- Nothing gives it a value.
EXPLAIN SELECT FROM leads l JOIN leads k ON l.query = k.query;
EXPLAIN SELECT FROM leads l LEFT JOIN regress_words w ON w.word = l.query;

-- What this session has just written is read fresh, by plans made before it as well.
PREPARE named AS SELECT name FROM leads WHERE name = 'Regress Fresh';
EXECUTE named;
SELECT crm_fdw.request('regress_crm', 'POST', '/api/v1/lead/', '{"name": "Regress Fresh"}') ->> 'name' AS name;
EXECUTE named;
SELECT crm_fdw.request('regress_crm', 'DELETE', '/api/v1/lead/' || id || '/') FROM leads WHERE name = 'Regress Fresh';
EXECUTE named;

DEALLOCATE ALL;
RESET search_path;
SET client_min_messages = warning;
DROP FUNCTION regress_count, regress_wrong;
DROP TABLE regress_parts, regress_kept, regress_copy, regress_types, regress_words, regress_asked;
DROP SCHEMA regress_close CASCADE;
DROP SERVER regress_crm CASCADE;
DROP ROLE regress_reader;
