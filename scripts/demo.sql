-- The tour of scripts/demo. Variables: url and key of Close's sandbox; login_url, client_id, username and private_key
-- of Salesforce's.
\pset footer off
\pset linestyle ascii
\pset columns 120

\echo
\echo '== A CRM account becomes a schema'
\set ECHO queries
CREATE EXTENSION crm_fdw;
CREATE SERVER close FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint :'url');
CREATE USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (api_key :'key');
CREATE SCHEMA close;
IMPORT FOREIGN SCHEMA close FROM SERVER close INTO close;

\echo
\echo '== Who are we there?'
SELECT provider, account, "user" FROM crm_fdw.test_connection('close');

\echo
\echo '== What is there?'
SELECT c.relname AS "table", count(*) AS columns, obj_description(c.oid) AS comment
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
 WHERE c.relnamespace = 'close'::regnamespace AND c.relkind = 'f'
 GROUP BY c.oid, c.relname ORDER BY c.relname;

\echo
\echo '== A query'
SELECT lead_name, status_label, value, confidence, date_created
  FROM close.opportunities
 WHERE status_type = 'active' AND date_created >= '2026-01-01' AND value > 1000
 ORDER BY date_created DESC LIMIT 5;

\echo
\echo '== What it sends to the CRM, and what is left to do here'
\pset tuples_only on
\pset format unaligned
EXPLAIN (VERBOSE, COSTS OFF)
SELECT lead_name, status_label, value, confidence, date_created
  FROM close.opportunities
 WHERE status_type = 'active' AND date_created >= '2026-01-01' AND value > 1000
 ORDER BY date_created DESC LIMIT 5;
\pset format aligned
\pset tuples_only off

\echo
\echo '== Into the warehouse'
CREATE SCHEMA warehouse;
CREATE TABLE warehouse.leads (LIKE close.leads);
INSERT INTO warehouse.leads SELECT * FROM close.leads;
SELECT status_label, count(*) FROM warehouse.leads GROUP BY status_label ORDER BY count(*) DESC, status_label;

\echo
\echo '== The CRM and the warehouse in one query'
SELECT l.display_name AS lead, o.status_label, o.value, o.value_currency, o.date_created::date AS since
  FROM close.opportunities o
  JOIN warehouse.leads l ON l.id = o.lead_id
 WHERE o.status_type = 'active' AND l.status_label = 'Customer'
 ORDER BY o.value DESC NULLS LAST, o.id LIMIT 5;

\echo
\echo '== Another CRM is another schema; this one logs in with a signed assertion'
CREATE SERVER salesforce FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'salesforce', login_url :'login_url');
\set ECHO none
\echo CREATE USER MAPPING FOR CURRENT_USER SERVER salesforce
\echo '  OPTIONS (client_id \'3MVG…\', username \'api@sandbox.test\', private_key \'-----BEGIN PRIVATE KEY-----…\');'
CREATE USER MAPPING FOR CURRENT_USER SERVER salesforce
  OPTIONS (client_id :'client_id', username :'username', private_key :'private_key');
\set ECHO queries
CREATE SCHEMA salesforce;
IMPORT FOREIGN SCHEMA salesforce LIMIT TO (account, opportunity) FROM SERVER salesforce INTO salesforce;
SELECT name, stage_name, amount, close_date
  FROM salesforce.opportunity
 WHERE NOT is_closed AND amount > 50000 AND close_date >= '2026-01-01'
 ORDER BY close_date LIMIT 5;

\echo
\echo '== One SOQL query'
\pset tuples_only on
\pset format unaligned
EXPLAIN (VERBOSE, COSTS OFF)
SELECT name, stage_name, amount, close_date
  FROM salesforce.opportunity
 WHERE NOT is_closed AND amount > 50000 AND close_date >= '2026-01-01'
 ORDER BY close_date LIMIT 5;
\pset format aligned
\pset tuples_only off

\echo
\echo '== Groups and joins are one request, too'
SELECT owner_id, count(*) FROM salesforce.opportunity GROUP BY owner_id ORDER BY count(*) DESC LIMIT 3;
\pset tuples_only on
\pset format unaligned
EXPLAIN (VERBOSE, COSTS OFF) SELECT owner_id, count(*) FROM salesforce.opportunity GROUP BY owner_id;
EXPLAIN (VERBOSE, COSTS OFF)
SELECT name FROM salesforce.account WHERE id IN (SELECT account_id FROM salesforce.opportunity WHERE NOT is_closed);
ALTER SERVER salesforce OPTIONS (ADD remote_joins 'true');   -- this user sees all records
EXPLAIN (VERBOSE, COSTS OFF)
SELECT o.name, a.name FROM salesforce.opportunity o JOIN salesforce.account a ON a.id = o.account_id
 WHERE a.industry = 'Technology';
\pset format aligned
\pset tuples_only off

\echo
\echo '== Any other SOQL'
SELECT r ->> 'Name' AS account, jsonb_array_length(r #> '{Opportunities,records}') AS opportunities
  FROM crm_fdw.soql('salesforce', 'SELECT Name, (SELECT Id FROM Opportunities) FROM Account ORDER BY Id LIMIT 3') AS r;

\echo
\echo '== Two CRMs in one query'
SELECT crm, count(*) AS open_deals, round(sum(amount)) AS amount
  FROM (SELECT 'Close' AS crm, value AS amount FROM close.opportunities WHERE status_type = 'active'
        UNION ALL
        SELECT 'Salesforce', amount FROM salesforce.opportunity WHERE NOT is_closed) AS deals
 GROUP BY crm ORDER BY crm;
