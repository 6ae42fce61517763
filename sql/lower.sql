-- Which conditions are put to the provider, and why the others are not. What the provider makes of them is
-- another matter.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
CREATE COLLATION regress_folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN regress_words AS text[];
RESET client_min_messages;
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint 'http://127.0.0.1:1');
CREATE FOREIGN TABLE regress_all (
  id text OPTIONS (remote_type 'id', traits 'key') COLLATE "C",
  name text OPTIONS (remote_type 'text'),
  varied varchar OPTIONS (remote_type 'text'),
  folded text OPTIONS (remote_type 'text') COLLATE regress_folding,
  padded char(8) OPTIONS (remote_type 'text'),
  own text,
  n int OPTIONS (remote_type 'integer'),
  looked_up bigint OPTIONS (remote_type 'integer', traits 'lookup'),
  value numeric OPTIONS (remote_type 'money'),
  day date OPTIONS (remote_type 'date'),
  at timestamptz OPTIONS (remote_type 'datetime'),
  flag bool OPTIONS (remote_type 'boolean'),
  tags text[] OPTIONS (remote_type 'text'),
  short_tags varchar(3)[] OPTIONS (remote_type 'text'),
  varied_tags varchar[] OPTIONS (remote_type 'text'),
  words regress_words OPTIONS (remote_type 'text'),
  numbers int[] OPTIONS (remote_type 'integer')
) SERVER regress_crm OPTIONS (object 'opportunity');
SET TimeZone = 'UTC';

-- 'sent', or why not; one for each condition that PostgreSQL makes of it.
CREATE FUNCTION regress_lowered(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  ours CONSTANT text := '^(the (operator|types|collation|comparison|value|list|test|expression)\M(?!.* Close)|no (side|column) is'
    '|text is ordered|both sides|too many|only = ANY|a list of|nothing is known|a null in|not a plain|crm_fdw.pushdown'
    '|column "|conditions on type)';
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) SELECT id FROM regress_all t WHERE ' || condition INTO plan;
  RETURN (SELECT coalesce(string_agg(CASE WHEN c ->> 'Reason' ~ ours THEN c ->> 'Reason' ELSE 'sent' END, ' | '), 'no condition')
          FROM jsonb_path_query(plan, 'strict $.**.Conditions[*]') AS c);
END $$;
CREATE FUNCTION regress_each(VARIADIC conditions text[]) RETURNS TABLE (condition text, lowered text) LANGUAGE sql AS $$
  SELECT c, public.regress_lowered(c) FROM unnest(conditions) WITH ORDINALITY AS u(c, n) ORDER BY n
$$;

-- Patterns.
SELECT * FROM regress_each(
  $$name LIKE 'a%'$$, $$name NOT LIKE 'a%'$$, $$name ILIKE 'a%'$$, $$name NOT ILIKE 'a%'$$, $$varied LIKE 'a_%'$$,
  $$name LIKE 'a!%%' ESCAPE '!'$$, $$name LIKE current_user || '%'$$, $$NOT (name LIKE 'a%')$$,
  $$'abc' LIKE name$$, $$name LIKE varied$$, $$name LIKE NULL || 'a'$$, $$name ~ '^a'$$, $$name ^@ 'a'$$,
  $$padded LIKE 'a%'$$, $$own LIKE 'a%'$$, $$lower(name) LIKE 'a%'$$, $$name LIKE 'a%' COLLATE regress_folding$$,
  $$name SIMILAR TO 'a%'$$);

-- Lists of values.
SELECT * FROM regress_each(
  $$name IN ('a', 'b')$$, $$name NOT IN ('a', 'b')$$, $$name <> ALL ('{a,b}')$$, $$name = ANY ('{a,NULL}')$$,
  $$name <> ALL ('{a,NULL}')$$, $$NOT (name = ANY ('{a,NULL}'))$$, $$name = ANY ('{}')$$, $$name <> ANY ('{a,b}')$$,
  $$name = ALL ('{a,b}')$$, $$name < ANY ('{a,b}')$$, $$folded IN ('a', 'b')$$, $$id IN ('a', 'b')$$,
  $$n IN (1, 2)$$, $$n NOT IN (1, 2)$$, $$n = ANY ('{1,NULL}')$$, $$n <> ALL ('{1,NULL}')$$, $$n = ANY ('{}')$$,
  $$n = ANY ('{NULL}')$$, $$looked_up IN (1, 2)$$, $$value IN (1, 2.5)$$, $$value IN (1, 'NaN')$$, $$value NOT IN (1, 2.5)$$,
  $$day IN ('2024-01-01', '2024-01-02')$$, $$day IN ('2024-01-01', 'infinity')$$,
  $$at IN ('2024-01-01 00:00Z', '2024-01-02 00:00Z')$$, $$at = ANY ('{2024-01-01,2024-01-02}'::date[])$$,
  $$value = ANY (ARRAY[length(current_user)::numeric])$$,
  $$n = ANY (ARRAY[pg_backend_pid()])$$, $$flag IN (true, false)$$, $$n IN (1.5, 2)$$);
SELECT regress_lowered(format('value = ANY (%L)', array_agg(n))), regress_lowered(format('n = ANY (%L)', array_agg(n)))
FROM generate_series(1, 100) n;
SELECT regress_lowered(format('value = ANY (%L)', array_agg(n))), regress_lowered(format('looked_up = ANY (%L)', array_agg(n)))
FROM generate_series(1, 101) n;

-- Columns that are lists.
SELECT * FROM regress_each(
  $$tags @> '{a}'$$, $$tags @> ARRAY['a', current_user::text]$$, $$'{a}' <@ tags$$, $$tags <@ '{a}'$$, $$'{a}' @> tags$$,
  $$tags && '{a,b}'$$, $$'{a}' && tags$$, $$varied_tags && '{a}'$$, $$short_tags && '{a}'$$, $$words && '{a}'$$, $$numbers && '{1}'$$,
  $$tags @> '{a,NULL}'$$, $$tags && '{a,NULL}'$$, $$NOT tags @> '{a}'$$, $$NOT tags && '{a,NULL}'$$,
  $$NOT tags && ARRAY['a', current_user::text]$$, $$tags && varied_tags::text[]$$, $$tags = '{a}'$$, $$tags > '{a}'$$,
  $$'a' = ANY (tags)$$, $$'a' <> ALL (tags)$$, $$'a' = ANY (varied_tags)$$, $$current_user = ANY (tags)$$, $$name = ANY (tags)$$,
  $$'a' = ALL (tags)$$, $$1 = ANY (numbers)$$, $$'a' = ANY (words)$$, $$tags IS NULL$$, $$tags[1] = 'a'$$);

-- Truth: what is never null, and what is.
SELECT * FROM regress_each(
  'flag', 'NOT flag', 'flag = false', 'flag <> true', 'flag IS TRUE', 'flag IS FALSE', 'flag IS NOT TRUE', 'flag IS NOT FALSE',
  'flag IS UNKNOWN', 'flag IS NOT UNKNOWN', 'NOT (flag IS TRUE OR n = 1)', 'NOT (flag IS FALSE AND n = 1)',
  '(n = 1) IS TRUE', '(n = 1) IS FALSE', '(n = 1) IS NOT TRUE', '(n = 1) IS NOT FALSE', '(n = 1) IS UNKNOWN',
  'NOT ((n = 1) IS TRUE AND flag)', '(n = 1 AND name = ''a'') IS FALSE', '(n IN (1, NULL)) IS FALSE',
  'n IS DISTINCT FROM 1', 'n IS NOT DISTINCT FROM 1', 'n IS DISTINCT FROM NULL', 'n IS DISTINCT FROM looked_up',
  $$name IS DISTINCT FROM 'a'$$, 'NOT (name IS DISTINCT FROM ''a'' AND flag)', 'name IS DISTINCT FROM current_user',
  $$tags IS DISTINCT FROM '{a}'$$, $$day IS DISTINCT FROM 'infinity'$$, 'n > 1.5', 'n = 1::numeric', 'n = 1::bigint');

-- Parameters.
SET plan_cache_mode = force_generic_plan;
PREPARE regress_params(text, text[], int[], numeric[]) AS SELECT id FROM regress_all
WHERE name LIKE $1 AND varied ILIKE $1 AND name <> ALL ($2) AND tags @> $2 AND tags && $2 AND NOT tags && $2
  AND $1 = ANY (tags) AND n = ANY ($3) AND value = ANY ($4) AND varied IS DISTINCT FROM $1;
DO $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE $q$EXPLAIN (VERBOSE, COSTS OFF) EXECUTE regress_params('a%', '{a}', '{1}', '{1}')$q$ LOOP
    IF line ~ 'Condition:' THEN
      RAISE NOTICE '%', regexp_replace(trim(line), '\[(local: )?(.*Close|superset|exact|another|the column''s).*', '[...]');
    END IF;
  END LOOP;
END $$;
DEALLOCATE regress_params;
RESET plan_cache_mode;
SET crm_fdw.pushdown = off;
SELECT regress_lowered($$name LIKE 'a%'$$);
RESET crm_fdw.pushdown;

-- A column that is part of the question can only be compared with = to a value, whatever is pushed down.
CREATE FOREIGN TABLE regress_asked (
  id text OPTIONS (remote_type 'id', traits 'key lookup') COLLATE "C",
  name text OPTIONS (remote_type 'text'),
  question text OPTIONS (remote_type 'text', traits 'given'),
  "Other" text OPTIONS (remote_type 'text', traits 'given')
) SERVER regress_crm OPTIONS (object 'opportunity');
CREATE TABLE regress_local (question text, n int);
\set VERBOSITY sqlstate
SELECT id FROM regress_asked WHERE "Other" LIKE 'a%';
\set VERBOSITY default
SELECT id FROM regress_asked WHERE "Other" LIKE 'a%';
CREATE FUNCTION regress_refused(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE 'EXPLAIN ' || query;
  RETURN 'planned';
EXCEPTION WHEN invalid_column_reference THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN SQLERRM || ' / ' || regexp_replace(detail, '.*cannot: ', '');
END $$;
SELECT q AS query, regress_refused(q) FROM unnest(ARRAY[
  $$SELECT question FROM regress_asked$$,
  $$SELECT id FROM regress_asked WHERE question <> 'a'$$,
  $$SELECT id FROM regress_asked WHERE question IN ('a', 'b')$$,
  $$SELECT id FROM regress_asked WHERE question > 'a'$$,
  $$SELECT id FROM regress_asked WHERE question IS NULL$$,
  $$SELECT id FROM regress_asked WHERE question = 'a' OR name = 'a'$$,
  $$SELECT id FROM regress_asked WHERE NOT question = 'a'$$,
  $$SELECT id FROM regress_asked WHERE lower(question) = 'a'$$,
  $$SELECT id FROM regress_asked WHERE question = name$$,
  $$SELECT id FROM regress_asked WHERE question = clock_timestamp()::text$$,
  $$SELECT id FROM regress_asked WHERE question = 'a' COLLATE regress_folding$$,
  $$SELECT id FROM regress_asked WHERE (regress_asked).question IS NOT NULL$$,
  $$SELECT id FROM regress_asked r WHERE EXISTS (SELECT FROM regress_local WHERE n = length(r.question))$$,
  $$SELECT id FROM regress_asked r JOIN regress_local l ON r.question LIKE l.question$$,
  $$SELECT id FROM regress_asked r JOIN regress_local l ON r.question || 'x' = l.question$$,
  $$SELECT id FROM regress_asked r JOIN regress_local l ON r.question || l.n = l.question$$,
  $$SELECT id FROM regress_asked r LEFT JOIN regress_local l USING (question)$$,
  $$SELECT id FROM regress_asked r FULL JOIN regress_local l USING (question)$$,
  $$SELECT id FROM regress_local l LEFT JOIN regress_asked r ON r.id = 'a' WHERE r.question IS NULL$$,
  $$SELECT r.id, r.question FROM regress_local l LEFT JOIN regress_asked r ON r.name = l.question ORDER BY r.question$$,
  $$SELECT r.id FROM regress_asked r, LATERAL (SELECT n FROM regress_local LIMIT length(r.question)) l$$
]) AS q;
SET crm_fdw.pushdown = off;
SELECT regress_refused($$SELECT id FROM regress_asked WHERE question <> 'a'$$);
RESET crm_fdw.pushdown;

-- read_path: a table that no way leads to.
ALTER FOREIGN TABLE regress_all OPTIONS (SET object 'user', ADD read_path 'index');
EXPLAIN SELECT id FROM regress_all;
ALTER FOREIGN TABLE regress_all OPTIONS (DROP read_path);
ALTER SERVER regress_crm OPTIONS (ADD read_path 'index');
EXPLAIN SELECT id FROM regress_all;
SELECT * FROM crm_fdw.pushdown_matrix('regress_all');
ANALYZE regress_all;
ALTER FOREIGN TABLE regress_all OPTIONS (ADD read_path 'fresh');
SELECT regress_lowered('true');
ALTER FOREIGN TABLE regress_all OPTIONS (SET read_path 'newest');
ALTER SERVER regress_crm OPTIONS (SET read_path 'auto', ADD index_lag '2 days');
ALTER SERVER regress_crm OPTIONS (SET read_path 'auto', ADD index_lag '2min');

-- The matrix: the forms that fit a column's type, each with a verdict; a source where it is sent, a reason where not.
ALTER FOREIGN TABLE regress_all OPTIONS (SET object 'opportunity', DROP read_path);
SELECT column_name, string_agg(condition, '  ') AS conditions
FROM crm_fdw.pushdown_matrix('regress_all') WITH ORDINALITY AS m GROUP BY column_name ORDER BY min(ordinality);
SELECT count(*) FROM crm_fdw.pushdown_matrix('regress_all')
WHERE verdict NOT IN ('local', 'superset', 'exact') OR (source IS NULL) <> (verdict = 'local')
   OR (verdict = 'local' AND reason IS NULL) OR source NOT IN ('fresh', 'index');
SELECT condition, verdict, reason FROM crm_fdw.pushdown_matrix('regress_all')
WHERE column_name IN ('folded', 'padded', 'own', 'name') AND reason !~ 'Close';
SELECT * FROM crm_fdw.pushdown_matrix('regress_local');
SELECT * FROM crm_fdw.pushdown_matrix('pg_class_oid_index');
SELECT * FROM crm_fdw.pushdown_matrix(NULL);

DROP TABLE regress_local;
DROP FOREIGN TABLE regress_asked, regress_all;
DROP FUNCTION regress_lowered, regress_each, regress_refused;
DROP SERVER regress_crm;
DROP DOMAIN regress_words;
DROP COLLATION regress_folding;
