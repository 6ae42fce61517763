-- Reading: each query gives the same rows with pushdown, without it, and on a local copy.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
\set url `echo "$CRM_FDW_CLOSE_URL"`
\set key `echo "$CRM_FDW_CLOSE_KEY"`
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint :'url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key :'key');
CREATE SCHEMA regress_close;
IMPORT FOREIGN SCHEMA close LIMIT TO (leads, contacts, opportunities, users) FROM SERVER regress_crm INTO regress_close;
CREATE SCHEMA regress_copy;
CREATE TABLE regress_copy.leads AS SELECT * FROM regress_close.leads;
CREATE TABLE regress_copy.contacts AS SELECT * FROM regress_close.contacts;
CREATE TABLE regress_copy.opportunities AS SELECT * FROM regress_close.opportunities;
CREATE TABLE regress_copy.users AS SELECT * FROM regress_close.users;
CREATE TABLE regress_few AS
  SELECT id, row_number() OVER (ORDER BY id) AS n FROM regress_copy.leads ORDER BY id LIMIT 5;
ANALYZE regress_few, regress_copy.leads, regress_copy.contacts, regress_copy.opportunities;

CREATE FUNCTION regress_rows(query text, ordered bool, schema text, pushdown text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  PERFORM set_config('search_path', schema || ', public', true), set_config('crm_fdw.pushdown', pushdown, true);
  EXECUTE format($q$SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, E'\n' %s), '')) FROM (%s) t$q$,
                 CASE WHEN ordered THEN '' ELSE 'ORDER BY t::text COLLATE "C"' END, query) INTO result;
  RETURN result;
END $$;
CREATE FUNCTION regress_same(query text, ordered bool DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  copy text := public.regress_rows(query, ordered, 'regress_copy', 'on');
  pushed text := public.regress_rows(query, ordered, 'regress_close', 'on');
  read text := public.regress_rows(query, ordered, 'regress_close', 'off');
BEGIN
  IF pushed = copy AND read = copy THEN
    RETURN CASE split_part(copy, ' ', 1) WHEN '0' THEN 'the same, empty' ELSE 'the same' END;
  END IF;
  RETURN format('DIFFERENT: copy %s, pushdown on %s, off %s', copy, pushed, read);
END $$;

-- How many requests a query takes, from EXPLAIN ANALYZE.
CREATE FUNCTION regress_requests(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF) ' || query INTO plan;
  RETURN (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_path_query(plan, 'strict $.**.Requests') AS value);
END $$;

-- Whole tables, columns, no column.
SELECT count(*) > 100 AS many, count(DISTINCT id) = count(*) AS distinct, bool_and(id IS NOT NULL) AS named
FROM regress_close.leads;
SELECT regress_same('SELECT * FROM leads');
SELECT regress_same('SELECT * FROM contacts');
SELECT regress_same('SELECT * FROM opportunities');
SELECT regress_same('SELECT * FROM users');
SELECT regress_same('SELECT count(*) FROM leads');
SELECT regress_same('SELECT 1 FROM opportunities');
SELECT regress_same('SELECT name, id FROM leads');
SELECT regress_same('SELECT leads FROM leads');
SELECT regress_same('SELECT (o).value, (o).lead_name FROM (SELECT opportunities AS o FROM opportunities) x');
SELECT regress_same('SELECT row_to_json(c) FROM contacts c');

-- Conditions.
SELECT regress_same('SELECT * FROM leads WHERE id = (SELECT min(id) FROM regress_few)');
SELECT regress_same($$SELECT * FROM leads WHERE id = 'lead_nonesuch'$$);
SELECT regress_same($$SELECT * FROM leads WHERE id = NULL$$);
SELECT regress_same('SELECT * FROM leads WHERE id = ANY (ARRAY(SELECT id FROM regress_few))');
SELECT regress_same($$SELECT * FROM leads WHERE id = ANY ('{lead_nonesuch,NULL}')$$);
SELECT regress_same('SELECT * FROM leads WHERE id IN (SELECT id FROM regress_few)');
SELECT regress_same('SELECT * FROM leads WHERE id NOT IN (SELECT id FROM regress_few)');
SELECT regress_same($$SELECT id FROM leads WHERE name = '' OR name IS NULL$$);
SELECT regress_same($$SELECT id FROM leads WHERE description IS NULL$$);
SELECT regress_same($$SELECT id FROM leads WHERE name > 'M' AND name < 'p'$$);
SELECT regress_same($$SELECT id, status_type FROM opportunities WHERE status_type = 'won'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE status_type = 'WON'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE status_type IN ('won', 'lost')$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE status_type <> 'won'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE NOT (status_type = 'won' OR value > 1000)$$);
SELECT regress_same($$SELECT id, status_label FROM opportunities WHERE status_label = (SELECT min(status_label) FROM opportunities)$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE status_type = 'won' AND value_period = 'monthly'$$);
SELECT regress_same($$SELECT id, value FROM opportunities WHERE value BETWEEN 100 AND 5000.50$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE value IS NULL OR confidence = 50$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_won >= '2024-01-01' AND date_won < '2025-01-01'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_won = '2024-03-15'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_won IS NULL$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created >= '2024-03-15' AND date_created < '2024-03-16'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created = '2024-03-15 10:00:00.123+00'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created > '2024-03-15 10:00:00.123+00'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created <= '2024-03-15 10:00:00.123+00'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created < 'infinity' AND date_created > '-infinity'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created > 'infinity'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created > date '300000-01-01' OR value < 'NaN'$$);
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created > date '300000-01-01'$$);
SELECT regress_same($$SELECT o.id FROM opportunities o WHERE o.user_id = (SELECT max(id) FROM users)$$);
SELECT regress_same($$SELECT id FROM contacts WHERE lead_id = (SELECT min(id) FROM regress_few)$$);
SELECT regress_same($$SELECT id FROM contacts WHERE lead_id = ANY (ARRAY(SELECT id FROM regress_few))$$);

-- The same text means another day in another zone, in a plan made before as well.
SET plan_cache_mode = force_generic_plan;
PREPARE since(date) AS
  SELECT (SELECT count(*) FROM regress_close.opportunities WHERE date_created >= $1) =
         (SELECT count(*) FROM regress_copy.opportunities WHERE date_created >= $1) AS same;
SET TimeZone = 'Pacific/Kiritimati';
EXECUTE since('2024-03-15');
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created < date '2024-03-15'$$);
SET TimeZone = 'Pacific/Pago_Pago';
EXECUTE since('2024-03-15');
SELECT regress_same($$SELECT id FROM opportunities WHERE date_created < date '2024-03-15'$$);
SET DateStyle = 'SQL, DMY';
SELECT regress_same($$SELECT id FROM opportunities WHERE date_won > '01/02/2024'$$);
RESET DateStyle;
RESET TimeZone;

-- Orders and limits.
SELECT regress_same('SELECT id, date_created FROM opportunities ORDER BY date_created, id', true);
SELECT regress_same('SELECT date_created FROM opportunities ORDER BY date_created DESC LIMIT 20', true);
SELECT regress_same('SELECT date_created FROM opportunities ORDER BY date_created LIMIT 7 OFFSET 3', true);
SELECT regress_same('SELECT lead_name FROM opportunities ORDER BY lead_name NULLS FIRST LIMIT 20', true);
SELECT regress_same('SELECT id FROM leads ORDER BY id DESC LIMIT 10', true);
SELECT regress_same('SELECT count(*) FROM (SELECT id FROM opportunities LIMIT 10) x');
SELECT regress_same('SELECT value FROM opportunities WHERE value > 100 ORDER BY value DESC NULLS LAST, id LIMIT 10', true);

-- Joins and rescans.
SELECT regress_same('SELECT f.n, l.name FROM regress_few f JOIN leads l USING (id)');
SELECT regress_same('SELECT f.n, c.id FROM regress_few f LEFT JOIN contacts c ON c.lead_id = f.id AND c.title = $$$$');
SELECT regress_same('SELECT f.n, x.* FROM regress_few f, LATERAL (SELECT id, name FROM contacts WHERE lead_id = f.id ORDER BY id LIMIT 1) x');
SELECT regress_same('SELECT l.id, (SELECT count(*) FROM contacts c WHERE c.lead_id = l.id) FROM regress_few l');
SELECT regress_same('SELECT f.n, (SELECT count(*) FROM opportunities o WHERE lower(o.lead_id) = lower(f.id)) FROM regress_few f');
SELECT regress_same('SELECT l.id FROM leads l WHERE EXISTS (SELECT FROM opportunities o WHERE o.lead_id = l.id AND o.status_type = $$won$$)');
SELECT regress_same('SELECT l.id FROM leads l WHERE NOT EXISTS (SELECT FROM opportunities o WHERE o.lead_id = l.id)');
SELECT regress_same('SELECT u.id, count(o.id) FROM users u LEFT JOIN opportunities o ON o.user_id = u.id GROUP BY u.id');
SELECT regress_same('SELECT id FROM leads UNION ALL SELECT lead_id FROM contacts');
SELECT regress_same('SELECT id FROM leads EXCEPT SELECT lead_id FROM opportunities');
SELECT regress_same('WITH RECURSIVE r AS (SELECT id, 1 AS d FROM regress_few UNION ALL SELECT l.id, d + 1 FROM r JOIN leads l ON l.id = r.id WHERE d < 3) SELECT * FROM r');
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT regress_same('SELECT f.n, l.id FROM regress_few f JOIN leads l ON lower(l.id) = lower(f.id)');
SELECT regress_same('SELECT f.n, l.id FROM regress_few f LEFT JOIN leads l ON l.id = f.id AND l.name > $$m$$');
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- Requests: a look-up is one, many by one call, a repeated key none, a rescan of the same rows none, and what
-- is not run none.
SET search_path = regress_close, public;
SELECT regress_requests('SELECT name FROM leads WHERE id = (SELECT min(id) FROM regress_few)');
SELECT regress_requests('SELECT name FROM leads WHERE id = ANY (ARRAY(SELECT id FROM regress_few))');
SELECT regress_requests('SELECT l.name FROM regress_few f JOIN leads l ON l.id = f.id WHERE f.n <= 3');
CREATE TEMP TABLE repeated AS SELECT id FROM regress_few, generate_series(1, 20);
ANALYZE repeated;
SELECT regress_requests('SELECT l.name FROM repeated r, LATERAL (SELECT name FROM leads WHERE id = r.id LIMIT 1) l');
SELECT regress_requests('SELECT (SELECT count(*) FROM opportunities o WHERE lower(o.lead_id) = lower(f.id)) FROM regress_few f')
     = regress_requests('SELECT count(*) FROM opportunities') AS read_once;
SELECT regress_requests('SELECT f.n, l.name FROM regress_few f LEFT JOIN leads l ON l.id = f.id AND f.n > 100 WHERE f.n < 0');
SELECT regress_requests('SELECT id FROM leads WHERE false');
SELECT regress_requests($$SELECT id FROM leads WHERE id = ANY ('{}')$$);
SELECT regress_requests('SELECT id FROM opportunities LIMIT 3');

-- Prepared statements.
PREPARE by_ids(text[]) AS SELECT count(*) FROM leads WHERE id = ANY ($1);
SELECT array_agg(id) AS few FROM regress_few \gset
EXECUTE by_ids(:'few');
EXECUTE by_ids('{}');
EXECUTE by_ids(NULL);
EXECUTE by_ids('{NULL,lead_nonesuch}');
PREPARE by_type(text, timestamptz) AS SELECT count(*) > 0 AS found FROM opportunities WHERE status_type = $1 AND date_created < $2;
EXECUTE by_type('won', 'infinity');
EXECUTE by_type('won', '-infinity');
EXECUTE by_type(NULL, now());
DEALLOCATE ALL;
RESET plan_cache_mode;

-- Cursors, subtransactions, PL/pgSQL.
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM leads ORDER BY id;
FETCH 2 FROM c \g /dev/null
SAVEPOINT s;
DECLARE d CURSOR FOR SELECT id FROM contacts;
FETCH 2 FROM d \g /dev/null
ROLLBACK TO s;
CREATE TEMP TABLE third AS SELECT id FROM regress_copy.leads ORDER BY id OFFSET 2 LIMIT 1;
DO $$
DECLARE
  c CONSTANT refcursor := 'c';
  got text;
BEGIN
  FETCH c INTO got;
  RAISE NOTICE 'third row: %', got = (SELECT id FROM third);
END $$;
DECLARE b SCROLL CURSOR FOR SELECT id FROM leads ORDER BY id;
MOVE FORWARD ALL IN b;
MOVE BACKWARD ALL IN b;
DECLARE h CURSOR WITH HOLD FOR SELECT count(*) > 0 AS rows FROM users;
COMMIT;
FETCH h;
CLOSE h;
DO $$
DECLARE
  r record;
  n int := 0;
BEGIN
  FOR r IN SELECT id FROM regress_few LOOP
    BEGIN
      PERFORM FROM leads WHERE id = r.id;
      IF FOUND THEN n := n + 1; END IF;
      PERFORM 1 / (n - 3);
    EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught after %', n;
    END;
  END LOOP;
  RAISE NOTICE 'found %', n;
END $$;

-- Other ways to consume rows.
CREATE TEMP TABLE taken AS SELECT * FROM opportunities;
SELECT count(*) FROM (SELECT * FROM taken EXCEPT ALL SELECT * FROM regress_copy.opportunities) x;
CREATE MATERIALIZED VIEW public.regress_summary AS SELECT status_type, count(*) FROM opportunities GROUP BY 1;
REFRESH MATERIALIZED VIEW public.regress_summary;
SELECT count(*) FROM (TABLE public.regress_summary EXCEPT SELECT status_type, count(*) FROM regress_copy.opportunities GROUP BY 1) x;
COPY (SELECT id IS NOT NULL FROM leads LIMIT 2) TO STDOUT;
UPDATE regress_few f SET n = n + 100 FROM leads l WHERE l.id = f.id;
DELETE FROM regress_few f USING leads l WHERE l.id = f.id AND f.n = 101;
SELECT array_agg(n ORDER BY n) FROM regress_few;

-- System columns; locks; dropped columns.
SELECT DISTINCT tableoid::regclass FROM leads;
SELECT xmin FROM leads LIMIT 1;
SELECT id FROM leads FOR UPDATE;
SELECT id FROM leads FOR KEY SHARE;
SELECT count(*) FROM (SELECT f.n FROM regress_few f JOIN leads l USING (id) FOR UPDATE OF f) x;
ALTER FOREIGN TABLE users DROP COLUMN email, ADD COLUMN mail text OPTIONS (field 'email');
SELECT count(*) FROM users u JOIN regress_copy.users c USING (id) WHERE u.mail IS DISTINCT FROM c.email;

-- Writing is not possible.
INSERT INTO leads (name) VALUES ('regress');
UPDATE leads SET name = 'regress';
DELETE FROM leads;
TRUNCATE leads;

-- Partitions and inheritance.
CREATE TABLE public.regress_parent (id text COLLATE "C", status_type text) PARTITION BY LIST (status_type);
CREATE FOREIGN TABLE won PARTITION OF public.regress_parent FOR VALUES IN ('won')
  SERVER regress_crm OPTIONS (object 'opportunity');
ALTER FOREIGN TABLE won ALTER id OPTIONS (remote_type 'id', traits 'key lookup filterable'),
  ALTER status_type OPTIONS (remote_type 'text', traits 'filterable');
CREATE TABLE public.regress_lost PARTITION OF public.regress_parent FOR VALUES IN ('lost');
INSERT INTO public.regress_parent VALUES ('oppo_x', 'lost');
SELECT count(*) = (SELECT count(*) + 1 FROM regress_copy.opportunities) AS all FROM regress_parent;
SELECT * FROM regress_parent WHERE id = 'oppo_x';
CREATE TABLE public.regress_plain (id text COLLATE "C");
CREATE FOREIGN TABLE child (name text) INHERITS (public.regress_plain) SERVER regress_crm OPTIONS (object 'lead');
SELECT count(*) = (SELECT count(*) FROM regress_copy.leads) AS all FROM regress_plain;

-- Who asks: the view's owner. Without a mapping only what runs fails.
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA regress_close TO regress_reader;
GRANT SELECT ON leads TO regress_reader;
CREATE VIEW shared AS SELECT id FROM leads WHERE id = (SELECT min(id) FROM regress_copy.leads);
GRANT SELECT ON shared TO regress_reader;
SET ROLE regress_reader;
SELECT count(*) FROM shared;
SELECT count(*) FROM leads;
SELECT count(*) FROM leads WHERE false;
EXPLAIN (COSTS OFF) SELECT count(*) FROM leads WHERE false;
RESET ROLE;

-- A value that does not fit names its column, and the record; itself only to those who may read the table.
CREATE FOREIGN TABLE wrong (
  id text OPTIONS (remote_type 'id', traits 'key') COLLATE "C", status_label int OPTIONS (remote_type 'text')
) SERVER regress_crm OPTIONS (object 'lead');
CREATE VIEW misread AS SELECT status_label FROM wrong;
GRANT SELECT ON misread TO regress_reader;
CREATE FUNCTION public.regress_failure(query text) RETURNS TABLE (state text, message text, names_record bool, shows_value bool)
LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE query;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  names_record := detail ~ 'lead_'; shows_value := detail ~ 'value is';
  RETURN NEXT;
END $$;
SELECT * FROM regress_failure('SELECT status_label FROM regress_close.wrong');
SET ROLE regress_reader;
SELECT * FROM regress_failure('SELECT status_label FROM regress_close.misread');
RESET ROLE;

RESET search_path;

-- What a scan has to say when it ends is said with its statement, also where a limit ends it.
\! curl -sS -o /dev/null -X POST "$CRM_FDW_CONTROL_URL/faults" -d '[{"match": {}, "action": {"kind": "replace", "status": 200, "body": {"has_more": true, "data": [{"id": "lead_a", "name": "\ud800"}, {"id": "lead_b", "name": "b"}]}}}]'
SELECT name = U&'\FFFD' AS mended FROM regress_close.leads LIMIT 1;
\! curl -sS -o /dev/null -X DELETE "$CRM_FDW_CONTROL_URL/faults"
SELECT 'the next statement' AS next;

-- ANALYZE reads as a scan does: what it stores is what it stores of the copy, as long as all rows are in the sample.
ANALYZE regress_close.leads, regress_close.opportunities, regress_copy.leads, regress_copy.opportunities;
SELECT relname, reltuples = (SELECT reltuples FROM pg_class c WHERE c.relname = f.relname AND c.relnamespace = 'regress_copy'::regnamespace) AS counted
FROM pg_class f WHERE relnamespace = 'regress_close'::regnamespace AND relname IN ('leads', 'opportunities') ORDER BY 1;
SELECT count(*) > 50 AS many, count(*) FILTER (WHERE null_frac > 0 AND null_frac < 1) > 10 AS some_null FROM pg_stats WHERE schemaname = 'regress_close';
SELECT tablename, attname, f.null_frac, c.null_frac, f.n_distinct, c.n_distinct
FROM pg_stats f FULL JOIN pg_stats c USING (tablename, attname)
WHERE f.schemaname = 'regress_close' AND c.schemaname = 'regress_copy' AND tablename IN ('leads', 'opportunities')
  AND (f.null_frac, f.n_distinct) IS DISTINCT FROM (c.null_frac, c.n_distinct);
-- A sample smaller than the table still counts it, and is one of the whole.
SET default_statistics_target = 1;
ANALYZE regress_close.contacts;
RESET default_statistics_target;
SELECT reltuples = (SELECT count(*) FROM regress_copy.contacts) AS counted, reltuples > 300 AS not_all_sampled
FROM pg_class WHERE oid = 'regress_close.contacts'::regclass;
ANALYZE regress_copy.contacts;
SELECT count(*) FILTER (WHERE f.null_frac > 0.05 AND f.null_frac < 0.95) > 0 AS some_null,
       count(*) FILTER (WHERE abs(f.null_frac - c.null_frac) > 0.15) AS far_off
FROM pg_stats f JOIN pg_stats c USING (tablename, attname)
WHERE f.schemaname = 'regress_close' AND c.schemaname = 'regress_copy' AND tablename = 'contacts';
-- It is the owner's account that is asked, and a failure is one.
SELECT * FROM regress_failure('ANALYZE regress_close.wrong');
GRANT CREATE, USAGE ON SCHEMA regress_close TO regress_reader;
GRANT USAGE ON FOREIGN SERVER regress_crm TO regress_reader;
ALTER FOREIGN TABLE regress_close.users OWNER TO regress_reader;
SELECT * FROM regress_failure('ANALYZE regress_close.users');

SET client_min_messages = warning;
DROP MATERIALIZED VIEW public.regress_summary;
DROP TABLE public.regress_parent, public.regress_few;
DROP SCHEMA regress_close, regress_copy CASCADE;
DROP TABLE public.regress_plain CASCADE;
DROP FUNCTION regress_same, regress_rows, regress_requests, regress_failure;
DROP SERVER regress_crm CASCADE;
DROP ROLE regress_reader;
