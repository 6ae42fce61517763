-- Salesforce, read through SOQL.
SET client_min_messages = warning;
\set login_url `echo "$CRM_FDW_SALESFORCE_LOGIN_URL"`
\set client_id `echo "$CRM_FDW_SALESFORCE_CLIENT_ID"`
\set username `echo "$CRM_FDW_SALESFORCE_USERNAME"`
\set private_key `echo "$CRM_FDW_SALESFORCE_PRIVATE_KEY"`
CREATE EXTENSION IF NOT EXISTS crm_fdw;
CREATE SERVER regress_salesforce FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'salesforce', login_url :'login_url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_salesforce
  OPTIONS (client_id :'client_id', username :'username', private_key :'private_key');
CREATE SCHEMA regress_salesforce;
IMPORT FOREIGN SCHEMA salesforce LIMIT TO (account, contact, opportunity, everything__c)
  FROM SERVER regress_salesforce INTO regress_salesforce;
SET search_path = regress_salesforce, public;
SET TimeZone = 'UTC';
SELECT provider, account FROM crm_fdw.test_connection('regress_salesforce');
-- What became of the fields.
SELECT a.attname, format_type(a.atttypid, a.atttypmod), array_to_string(a.attfdwoptions, ' | ')
  FROM pg_attribute a WHERE a.attrelid = 'opportunity'::regclass
   AND a.attname IN ('id', 'account_id', 'name', 'description', 'amount', 'is_closed', 'close_date', 'created_date');
SELECT a.attname, format_type(a.atttypid, a.atttypmod)
  FROM pg_attribute a WHERE a.attrelid = 'everything__c'::regclass AND a.attnum > 0 ORDER BY a.attnum;
-- Every row and every value is there.
SELECT count(*) = count(DISTINCT id) AS each_once, count(*) > 0 AS some, bool_and(length(id) = 18) AS ids FROM account;
SELECT count(*) > 0 AS some FROM everything__c;
-- What is sent.
CREATE FUNCTION public.regress_soql(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '(Sort|Aggregate|Remote Query|Condition|Expected Requests)' AND line !~ '(Sort Key|Output):' THEN
      RETURN NEXT line;
    END IF;
  END LOOP;
END $$;
SELECT regress_soql($$SELECT name FROM account WHERE name = 'Acme' AND number_of_employees >= 50
                        AND annual_revenue >= 10.50$$);
SELECT regress_soql($$SELECT id FROM opportunity WHERE stage_name <> 'Won' OR close_date > DATE '2026-01-01'$$);
SELECT regress_soql($$SELECT id FROM account WHERE NOT (industry = 'Media' AND number_of_employees > 50)$$);
SELECT regress_soql($$SELECT id FROM account WHERE owner_id NOT IN ('005000000000001AAA', '005000000000002AAA')$$);
SELECT regress_soql($$SELECT id FROM contact WHERE last_name ILIKE 'Van%' AND email IS NOT NULL$$);
SELECT regress_soql($$SELECT id, amount FROM opportunity WHERE is_closed ORDER BY close_date DESC NULLS LAST, amount LIMIT 5$$);
SELECT regress_soql($$SELECT count(*) FROM opportunity WHERE NOT is_closed AND created_date >= '2026-01-01'$$);
SELECT regress_soql($$SELECT count(*) FROM opportunity WHERE name = 'x'$$);
-- The answers do not hang on it.
CREATE TABLE public.regress_copy AS SELECT * FROM opportunity;
SELECT (SELECT count(*) FROM opportunity WHERE NOT is_closed) = (SELECT count(*) FROM public.regress_copy WHERE NOT is_closed) AS same;
SELECT (SELECT array_agg(id ORDER BY close_date, id) FROM opportunity WHERE amount > 1000)
     IS NOT DISTINCT FROM (SELECT array_agg(id ORDER BY close_date, id) FROM public.regress_copy WHERE amount > 1000) AS same;
SELECT count(*) = (SELECT count(*) FROM public.regress_copy) AS same
  FROM opportunity WHERE id = ANY (ARRAY(SELECT id FROM public.regress_copy));
-- A condition in SOQL is part of the question.
ALTER FOREIGN TABLE contact ADD COLUMN query text OPTIONS (field '_query', remote_type '_query', traits 'given');
SELECT count(*) > 0 AS some, bool_and(c.query = 'Account.Name != null') AS given FROM contact c
 WHERE query = 'Account.Name != null';
SELECT id FROM contact WHERE query = 'Name = null) OR (Name != null';
SELECT id FROM contact WHERE query = 'Nonsense = 1';
-- Deleted rows on request.
ALTER FOREIGN TABLE account OPTIONS (ADD include_deleted 'true');
SELECT bool_or(is_deleted) AS some_deleted FROM account;
DROP TABLE public.regress_copy;
DROP FUNCTION public.regress_soql;
DROP SERVER regress_salesforce CASCADE;
DROP SCHEMA regress_salesforce;
