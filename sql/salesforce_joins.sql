-- Several objects of Salesforce in one query: parents, sub-selects, groups.
SET client_min_messages = warning;
\set login_url `echo "$CRM_FDW_SALESFORCE_LOGIN_URL"`
\set client_id `echo "$CRM_FDW_SALESFORCE_CLIENT_ID"`
\set username `echo "$CRM_FDW_SALESFORCE_USERNAME"`
\set private_key `echo "$CRM_FDW_SALESFORCE_PRIVATE_KEY"`
CREATE EXTENSION IF NOT EXISTS crm_fdw;
CREATE SERVER regress_joins FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'salesforce', login_url :'login_url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_joins
  OPTIONS (client_id :'client_id', username :'username', private_key :'private_key');
CREATE SCHEMA regress_joins;
IMPORT FOREIGN SCHEMA salesforce LIMIT TO (account, contact, opportunity, task, "user", everything_line__c, everything__c)
  FROM SERVER regress_joins INTO regress_joins;
SET search_path = regress_joins, public;
SET TimeZone = 'UTC';
-- A local copy, which says what the answers are.
CREATE SCHEMA regress_joins_copy;
CREATE TABLE regress_joins_copy.account AS SELECT * FROM account;
CREATE TABLE regress_joins_copy.contact AS SELECT * FROM contact;
CREATE TABLE regress_joins_copy.opportunity AS SELECT * FROM opportunity;
CREATE TABLE regress_joins_copy."user" AS SELECT * FROM "user";
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '(Scan|Join|Loop|Sort|Aggregate|Remote Query|Condition|Expected Requests|Filter)' AND line !~ '(Sort Key|Output):' THEN
      RETURN NEXT line;
    END IF;
  END LOOP;
END $$;
-- Whether the answer is that of the copy, and not empty.
CREATE FUNCTION pg_temp.same(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE here text; there text; rows bigint;
BEGIN
  EXECUTE format('SELECT count(*), md5(string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C")) FROM (%s) AS q', query) INTO rows, here;
  PERFORM set_config('search_path', 'regress_joins_copy, public', true);
  EXECUTE format('SELECT md5(string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C")) FROM (%s) AS q', query) INTO there;
  PERFORM set_config('search_path', 'regress_joins, public', true);
  RETURN CASE WHEN here IS DISTINCT FROM there THEN 'DIFFERENT' WHEN rows = 0 THEN 'empty' ELSE 'same' END;
END $$;

-- Parents: only where the server says that its user sees all records.
SELECT count(*) AS scans FROM pg_temp.plan($$SELECT c.name, a.name FROM contact c JOIN account a ON a.id = c.account_id WHERE a.industry = 'Technology'$$) AS line WHERE line ~ 'Foreign Scan';
ALTER SERVER regress_joins OPTIONS (ADD remote_joins 'true');
SELECT pg_temp.plan($$SELECT c.name, a.name FROM contact c JOIN account a ON a.id = c.account_id WHERE a.industry = 'Technology'$$);
SELECT pg_temp.same($$SELECT c.id, c.name, a.name AS account FROM contact c JOIN account a ON a.id = c.account_id WHERE a.industry = 'Technology'$$);
SELECT pg_temp.plan($$SELECT c.name, a.name FROM account a JOIN contact c ON c.account_id = a.id AND c.name < a.name COLLATE "C" WHERE a.number_of_employees > 100$$);
SELECT pg_temp.same($$SELECT c.id, a.name FROM account a JOIN contact c ON c.account_id = a.id AND c.name < a.name COLLATE "C" WHERE a.number_of_employees > 100$$);
-- Rows without a parent stay.
SELECT pg_temp.plan($$SELECT c.name, a.name FROM contact c LEFT JOIN account a ON a.id = c.account_id WHERE c.email IS NOT NULL$$);
SELECT pg_temp.same($$SELECT c.id, a.name, a.is_deleted FROM contact c LEFT JOIN account a ON a.id = c.account_id WHERE c.email IS NOT NULL$$);
SELECT pg_temp.plan($$SELECT c.name FROM contact c LEFT JOIN account a ON a.id = c.account_id WHERE a.name IS NULL OR a.name = 'x'$$);
SELECT pg_temp.same($$SELECT c.id, a.name FROM contact c LEFT JOIN account a ON a.id = c.account_id WHERE a.industry IS NULL$$);
-- Several of them, and parents of parents.
SELECT pg_temp.plan($$SELECT o.name, a.name, u.name, b.name FROM opportunity o JOIN account a ON a.id = o.account_id
                        JOIN "user" u ON u.id = a.owner_id LEFT JOIN "user" b ON b.id = o.owner_id WHERE u.is_active AND o.amount > 10$$);
SELECT pg_temp.same($$SELECT o.id, o.amount, a.name AS account, u.name AS owner, b.name AS other FROM opportunity o JOIN account a ON a.id = o.account_id
                        JOIN "user" u ON u.id = a.owner_id LEFT JOIN "user" b ON b.id = o.owner_id WHERE u.is_active AND o.amount > 10$$);
SELECT pg_temp.same($$SELECT o.account_id, count(*), sum(o.amount) FROM opportunity o JOIN account a ON a.id = o.account_id WHERE a.rating = 'Hot' GROUP BY o.account_id$$);
-- With other tables, and what cannot be: other columns, whole rows, locks of a view.
SELECT count(*) AS scans FROM pg_temp.plan($$SELECT c.name FROM contact c JOIN account a ON a.name = c.name$$) AS line WHERE line ~ 'Foreign Scan';
SELECT pg_temp.same($$SELECT c FROM contact c JOIN account a ON a.id = c.account_id WHERE a.industry = 'Media'$$);
SELECT pg_temp.same($$SELECT x.n, c.name, a.name AS account FROM (VALUES (1), (2)) x(n), contact c JOIN account a ON a.id = c.account_id WHERE length(c.name) % 2 + 1 = x.n$$);

-- Rows of another object decide.
ALTER SERVER regress_joins OPTIONS (SET remote_joins 'false');
SELECT pg_temp.plan($$SELECT name FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE NOT is_closed)$$);
SELECT pg_temp.same($$SELECT id, name FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE NOT is_closed)$$);
SELECT pg_temp.plan($$SELECT name FROM account a WHERE NOT EXISTS (SELECT FROM opportunity o WHERE o.account_id = a.id AND o.is_closed)$$);
SELECT pg_temp.same($$SELECT id, name FROM account a WHERE NOT EXISTS (SELECT FROM opportunity o WHERE o.account_id = a.id AND o.is_closed)$$);
SELECT pg_temp.plan($$SELECT name FROM contact WHERE account_id IN (SELECT account_id FROM opportunity WHERE close_date > '2026-01-01') AND email IS NOT NULL$$);
SELECT pg_temp.same($$SELECT id FROM contact WHERE account_id IN (SELECT account_id FROM opportunity WHERE close_date > '2026-01-01') AND email IS NOT NULL$$);
-- A condition that is not exact would decide wrongly, and so would rows without an account.
SELECT count(*) AS scans FROM pg_temp.plan($$SELECT name FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE stage_name = 'Won')$$) AS line WHERE line ~ 'Foreign Scan';
SELECT pg_temp.same($$SELECT id FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE stage_name = 'Closed Won')$$);
SELECT count(*) AS scans FROM pg_temp.plan($$SELECT name FROM contact c WHERE NOT EXISTS (SELECT FROM opportunity o WHERE o.account_id = c.account_id AND o.is_closed)$$) AS line WHERE line ~ 'Foreign Scan';
SELECT pg_temp.same($$SELECT id FROM contact c WHERE NOT EXISTS (SELECT FROM opportunity o WHERE o.account_id = c.account_id AND o.is_closed)$$);
SELECT count(*) AS scans FROM pg_temp.plan($$SELECT name FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE length(name) > 3)$$) AS line WHERE line ~ 'Foreign Scan';
SELECT count(*) AS scans FROM pg_temp.plan($$SELECT count(*) FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE is_closed)$$) AS line WHERE line ~ 'Foreign Scan';
SELECT pg_temp.same($$SELECT count(*) FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE is_closed)$$);
-- With a parameter.
PREPARE with_open (bool) AS SELECT count(*) FROM (SELECT name FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE is_closed = $1) OFFSET 0) x;
EXECUTE with_open(true) \gset first_
EXECUTE with_open(NULL);
SELECT :first_count = (SELECT count(*) FROM regress_joins_copy.account WHERE id IN (SELECT account_id FROM regress_joins_copy.opportunity WHERE is_closed)) AS same;

-- Groups.
SELECT pg_temp.plan($$SELECT owner_id, count(*) FROM opportunity GROUP BY owner_id$$);
SELECT pg_temp.same($$SELECT owner_id, count(*) FROM opportunity GROUP BY owner_id$$);
SELECT pg_temp.plan($$SELECT is_closed, fiscal_year, min(close_date), max(amount), count(amount), count(DISTINCT account_id), sum(fiscal_quarter) FROM opportunity WHERE close_date >= '2026-01-01' GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2$$);
SELECT pg_temp.same($$SELECT is_closed, fiscal_year, min(close_date), max(amount), count(amount), count(DISTINCT account_id), sum(fiscal_quarter) FROM opportunity WHERE close_date >= '2026-01-01' GROUP BY 1, 2 HAVING count(*) > 1$$);
SELECT pg_temp.same($$SELECT account_id, close_date, is_won, count(*) FROM opportunity GROUP BY 1, 2, 3$$);
SELECT pg_temp.same($$SELECT min(number_of_employees), max(number_of_employees), sum(number_of_employees), count(number_of_employees), count(*), max(created_date) FROM account$$);
SELECT pg_temp.same($$SELECT DISTINCT owner_id FROM account$$);
SELECT min(amount), sum(fiscal_year), count(*) FROM opportunity WHERE id = '';
-- Text is grouped in Salesforce's way only for those who take that.
SELECT pg_temp.plan($$SELECT stage_name, sum(amount) FROM opportunity GROUP BY stage_name$$);
ALTER FOREIGN TABLE opportunity OPTIONS (ADD remote_aggregates 'approximate');
SELECT pg_temp.plan($$SELECT stage_name, sum(amount) FROM opportunity GROUP BY stage_name$$);
SELECT count(*) > 3 AS some FROM (SELECT stage_name, sum(amount) FROM opportunity GROUP BY stage_name) x;
ALTER FOREIGN TABLE opportunity OPTIONS (SET remote_aggregates 'off');
SELECT pg_temp.plan($$SELECT owner_id, count(*) FROM opportunity GROUP BY owner_id$$);

RESET search_path;
DROP SCHEMA regress_joins_copy, regress_joins CASCADE;
DROP SERVER regress_joins CASCADE;
