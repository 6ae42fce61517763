-- What is sent to the CRM and what stays here. Only IMPORT speaks to it: planning and EXPLAIN never do.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
\set url `echo "$CRM_FDW_CLOSE_URL"`
\set key `echo "$CRM_FDW_CLOSE_KEY"`
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint :'url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key :'key');
CREATE SCHEMA regress_close;
IMPORT FOREIGN SCHEMA close LIMIT TO (leads, contacts, opportunities) FROM SERVER regress_crm INTO regress_close;
-- From here on nobody answers, and nobody has credentials.
ALTER SERVER regress_crm OPTIONS (SET endpoint 'http://127.0.0.1:1');
DROP USER MAPPING FOR CURRENT_USER SERVER regress_crm;
SET search_path = regress_close, public;
SET TimeZone = 'UTC';

-- The lines of EXPLAIN that are about the CRM, and the nodes around them; the names of executor parameters
-- are PostgreSQL's business.
CREATE FUNCTION public.regress_plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '(Scan|Limit|Sort|Nested Loop|Join|Aggregate|Append|Memoize|Materialize|Result|Source|Remote Query|Condition|Expected Requests)'
       AND line !~ '(Sort Key|Join Filter|Output):' THEN
      IF line ~ 'Condition:' THEN line := regexp_replace(line, '\$\d+|\(InitPlan [^)]+\)\.col1', '$n', 'g'); END IF;
      RETURN NEXT line;
    END IF;
  END LOOP;
END $$;

-- A whole table, some columns, none.
SELECT regress_plan('SELECT id, name, date_created FROM leads');
SELECT regress_plan('SELECT count(*) FROM leads');
SELECT regress_plan('SELECT 1 FROM opportunities WHERE false');
EXPLAIN (COSTS OFF) SELECT id FROM leads WHERE name = 'x';

-- By key: one, several, none.
SELECT regress_plan($$SELECT name FROM leads WHERE id = 'lead_a'$$);
SELECT regress_plan($$SELECT name FROM leads WHERE 'lead_a' = id$$);
SELECT regress_plan($$SELECT name FROM leads WHERE id IN ('lead_a', 'lead_b', 'lead_a')$$);
SELECT regress_plan($$SELECT name FROM leads WHERE id = ANY ('{}')$$);
SELECT regress_plan($$SELECT value FROM opportunities WHERE id = 'oppo_a' AND value > 5$$);
SELECT regress_plan($$SELECT name FROM contacts WHERE lead_id = 'lead_a'$$);
SELECT regress_plan($$SELECT name FROM contacts WHERE lead_id IN ('lead_a', 'lead_b')$$);

-- Filters of a list: exact, widened, by day.
SELECT regress_plan($$SELECT id FROM opportunities WHERE status_type = 'won' AND user_id IN ('user_a', 'user_b')$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_created >= '2024-01-01' AND date_created < '2024-02-01'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_won BETWEEN '2024-01-01' AND '2024-03-31'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE status_label = 'Won'$$);

-- What depends on TimeZone or on the time is a parameter, not a value of the plan.
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_created > date '2024-01-01'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_created > timestamp '2024-01-01 10:00'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_created > now() - interval '1 day'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_won > current_date - 7$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_won > timestamptz '2024-01-01 00:00+00'$$);

-- What stays here, and why.
SELECT regress_plan($$SELECT id FROM leads WHERE name = 'x' AND name LIKE 'a%' AND lower(name) = 'b'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE status_type > 'a'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE status_type = 'won' OR value > 5$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE status_type <> 'won' AND status_type IS NOT NULL$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_created > clock_timestamp()$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE date_won = 'infinity'$$);
SELECT regress_plan($$SELECT id FROM opportunities WHERE user_id = lead_id$$);
SELECT regress_plan($$SELECT id FROM opportunities o WHERE user_id = (SELECT max(x) FROM (VALUES (o.lead_id)) v(x))$$);
CREATE COLLATION public.regress_folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT regress_plan($$SELECT id FROM opportunities WHERE status_type = 'won' COLLATE public.regress_folding$$);

-- Columns of other types than the ones IMPORT writes, and columns of the user's own.
CREATE DOMAIN public.regress_word AS text;
CREATE TYPE public.regress_status AS ENUM ('active', 'won', 'lost');
CREATE FOREIGN TABLE odd (
  id text OPTIONS (field 'id', remote_type 'id', traits 'key lookup filterable') COLLATE "C",
  own text OPTIONS (field 'status_type'),
  short varchar(3) OPTIONS (field 'status_type', remote_type 'text', traits 'filterable'),
  padded char(6) OPTIONS (field 'status_type', remote_type 'text', traits 'filterable'),
  word public.regress_word OPTIONS (field 'status_type', remote_type 'text', traits 'filterable'),
  listed public.regress_status OPTIONS (field 'status_type', remote_type 'text', traits 'filterable'),
  varied varchar OPTIONS (field 'status_type', remote_type 'text', traits 'filterable'),
  rounded timestamptz(0) OPTIONS (field 'date_created', remote_type 'datetime', traits 'filterable'),
  zoneless timestamp OPTIONS (field 'date_created', remote_type 'datetime', traits 'filterable')
) SERVER regress_crm OPTIONS (object 'opportunity');
SELECT regress_plan($$SELECT id FROM odd WHERE own = 'won' AND short = 'won' AND padded = 'won' AND word = 'won'
  AND listed = 'won' AND varied = 'won' AND rounded > '2024-01-01' AND zoneless > '2024-01-01'$$);

-- Order: only where the CRM's is PostgreSQL's. The rows wanted go down if nothing is left to do above.
SELECT regress_plan('SELECT id, date_created FROM opportunities ORDER BY date_created DESC');
SELECT regress_plan('SELECT id, date_created FROM opportunities ORDER BY date_created LIMIT 5');
SELECT regress_plan('SELECT id, date_created FROM opportunities ORDER BY date_created, id LIMIT 5');
SELECT regress_plan('SELECT id, lead_name FROM opportunities ORDER BY lead_name LIMIT 5');
SELECT regress_plan('SELECT id FROM opportunities LIMIT 5 OFFSET 2');
SELECT regress_plan('SELECT DISTINCT id FROM opportunities LIMIT 5');
SELECT regress_plan('SELECT count(*) FROM opportunities LIMIT 5');
SELECT regress_plan('SELECT id FROM opportunities WHERE value > 5 LIMIT 5');
SELECT regress_plan('SELECT generate_series(1, 3) FROM opportunities LIMIT 5');

-- Joins: few look-ups go by key, many read the table.
CREATE TABLE public.regress_few AS SELECT 'lead_' || n AS lead_id, n FROM generate_series(1, 3) n;
CREATE TABLE public.regress_many AS SELECT 'lead_' || n AS lead_id, n FROM generate_series(1, 3000) n;
ANALYZE public.regress_few, public.regress_many;
SELECT regress_plan('SELECT l.name FROM regress_few f JOIN leads l ON l.id = f.lead_id');
SELECT regress_plan('SELECT l.name FROM regress_few f LEFT JOIN leads l ON l.id = f.lead_id');
SELECT regress_plan('SELECT l.name FROM regress_many f JOIN leads l ON l.id = f.lead_id');
SELECT regress_plan('SELECT l.name FROM regress_few f, LATERAL (SELECT name FROM leads WHERE id = f.lead_id LIMIT 1) l');
SELECT regress_plan('SELECT l.name FROM leads l WHERE l.id = (SELECT min(lead_id) FROM regress_few)');
SELECT regress_plan('SELECT l.name FROM leads l WHERE l.id = ANY (ARRAY(SELECT lead_id FROM regress_few))');

-- A prepared statement's parameters; its plan follows the setting.
SET plan_cache_mode = force_generic_plan;
PREPARE by_ids(text[], text) AS SELECT id FROM opportunities WHERE id = ANY ($1) AND status_type = $2;
SELECT regress_plan($$EXECUTE by_ids('{oppo_a}', 'won')$$);
SET crm_fdw.pushdown = off;
SELECT regress_plan($$EXECUTE by_ids('{oppo_a}', 'won')$$);
SELECT regress_plan('SELECT id, date_created FROM opportunities ORDER BY date_created LIMIT 5');
RESET crm_fdw.pushdown;
SELECT regress_plan($$EXECUTE by_ids('{oppo_a}', 'won')$$);

-- Children of an append.
SELECT regress_plan($$SELECT id FROM (SELECT id, lead_id FROM opportunities UNION ALL SELECT id, lead_id FROM contacts) u
  WHERE lead_id = 'lead_a'$$);
CREATE TABLE public.regress_parent (id text COLLATE "C", status_type text) PARTITION BY LIST (status_type);
CREATE FOREIGN TABLE regress_won PARTITION OF public.regress_parent FOR VALUES IN ('won')
  SERVER regress_crm OPTIONS (object 'opportunity');
ALTER FOREIGN TABLE regress_won ALTER id OPTIONS (remote_type 'id', traits 'key lookup filterable'),
  ALTER status_type OPTIONS (remote_type 'text', traits 'filterable');
CREATE TABLE public.regress_lost PARTITION OF public.regress_parent FOR VALUES IN ('lost');
SELECT regress_plan($$SELECT * FROM regress_parent WHERE id = 'oppo_a'$$);
SELECT regress_plan($$SELECT * FROM regress_parent WHERE id = 'oppo_a' AND status_type = 'lost'$$);

-- In a format for programs.
DO $$
DECLARE plan jsonb;
BEGIN
  EXECUTE $q$EXPLAIN (VERBOSE, FORMAT JSON) SELECT id FROM opportunities WHERE status_type = 'won' AND value > 5$q$ INTO plan;
  plan := plan -> 0 -> 'Plan';
  RAISE NOTICE '%, %, % requests', plan ->> 'Provider', plan ->> 'Source', plan -> 'Expected Requests';
  RAISE NOTICE '%', jsonb_pretty(plan -> 'Conditions');
END $$;

DEALLOCATE by_ids;
RESET search_path;
SET client_min_messages = warning;
DROP TABLE public.regress_parent, public.regress_few, public.regress_many;
DROP SCHEMA regress_close CASCADE;
DROP FUNCTION public.regress_plan;
DROP DOMAIN public.regress_word;
DROP TYPE public.regress_status;
DROP COLLATION public.regress_folding;
DROP SERVER regress_crm CASCADE;
