-- crm_fdw.soql.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
\set login_url `echo "$CRM_FDW_SALESFORCE_LOGIN_URL"`
\set client_id `echo "$CRM_FDW_SALESFORCE_CLIENT_ID"`
\set username `echo "$CRM_FDW_SALESFORCE_USERNAME"`
\set private_key `echo "$CRM_FDW_SALESFORCE_PRIVATE_KEY"`
CREATE SERVER regress_soql FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'salesforce', login_url :'login_url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_soql
  OPTIONS (client_id :'client_id', username :'username', private_key :'private_key');
CREATE SCHEMA regress_soql;
IMPORT FOREIGN SCHEMA salesforce LIMIT TO (account, contact) FROM SERVER regress_soql INTO regress_soql;

-- A record is a jsonb, as Salesforce sends it.
SELECT r - 'Id' #- '{attributes,url}' AS record, r #>> '{attributes,url}' LIKE '/services/data/v62.0/sobjects/Account/%' AS url
FROM crm_fdw.soql('regress_soql', 'SELECT Id, Name FROM Account WHERE Name != null ORDER BY Id LIMIT 1') AS r;
SELECT count(*) = (SELECT count(*) FROM regress_soql.account) AS all_rows, count(DISTINCT r ->> 'Id') = count(*) AS each_once
FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Account') AS r;
-- As a table, in a list of expressions, joined.
SELECT count(*) FROM (SELECT crm_fdw.soql('regress_soql', 'SELECT Id FROM Account LIMIT 7')) AS s;
SELECT count(*) FROM generate_series(1, 3) AS n, crm_fdw.soql('regress_soql', 'SELECT Id FROM Account LIMIT ' || n);
SELECT bool_and(a.name IS NOT DISTINCT FROM r ->> 'Name') AS same
FROM crm_fdw.soql('regress_soql', 'SELECT Id, Name FROM Account LIMIT 20') AS r JOIN regress_soql.account a ON a.id = r ->> 'Id';

-- Children, parents.
WITH families AS (
  SELECT r ->> 'Id' AS id, c ->> 'Id' AS contact
  FROM crm_fdw.soql('regress_soql', 'SELECT Id, (SELECT Id, LastName FROM Contacts) FROM Account') AS r,
       jsonb_array_elements(r #> '{Contacts,records}') AS c),
wanted AS (
  SELECT a.id, c.id AS contact FROM regress_soql.account a JOIN regress_soql.contact c ON c.account_id = a.id)
SELECT (SELECT count(*) > 100 FROM families) AS some,
       NOT EXISTS ((TABLE families EXCEPT TABLE wanted) UNION ALL (TABLE wanted EXCEPT TABLE families)) AS same;
SELECT count(*) > 0 AS some, bool_and(jsonb_typeof(r -> 'Account') IN ('object', 'null')) AS parents
FROM crm_fdw.soql('regress_soql', 'SELECT Id, Account.Name FROM Contact') AS r;

-- Counts and groups.
SELECT r = jsonb_build_object('count', (SELECT count(*) FROM regress_soql.account)) AS same
FROM crm_fdw.soql('regress_soql', 'SELECT COUNT() FROM Account') AS r;
SELECT r FROM crm_fdw.soql('regress_soql', 'SELECT COUNT(Id), MAX(NumberOfEmployees) most FROM Account WHERE Name = null') AS r;
SELECT count(*) = (SELECT count(DISTINCT type) + 1 FROM regress_soql.account) AS groups,
       sum((r ->> 'n')::int) = (SELECT count(*) FROM regress_soql.account) AS sum
FROM crm_fdw.soql('regress_soql', 'SELECT Type, COUNT(Id) n FROM Account GROUP BY Type') AS r;
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Account WHERE Id = null');
SELECT * FROM crm_fdw.soql('regress_soql', NULL);

-- More than fits a URL.
SELECT count(*) FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Account WHERE Name != ''' || repeat('x', 3900)
  || ''' AND Name != ''' || repeat('y', 3900) || ''' AND Name != ''' || repeat('z', 3900)
  || ''' AND Site != ''' || repeat('w', 3900) || ''' LIMIT 3') AS r;

-- What is no statement, and what Salesforce refuses.
SELECT * FROM crm_fdw.soql('regress_soql', ' ');
SELECT * FROM crm_fdw.soql('regress_soql', 'DELETE FROM Account');
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Name, COUNT(Id) FROM Account');
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Nonsense FROM Account');
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Nonsense');
\set VERBOSITY sqlstate
SELECT * FROM crm_fdw.soql('regress_soql', ' ');
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Name, COUNT(Id) FROM Account');
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Nonsense FROM Account');
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Nonsense');
\set VERBOSITY default

-- Another provider's server; no server.
CREATE SERVER regress_other FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_other OPTIONS (api_key 'none');
SELECT * FROM crm_fdw.soql('regress_other', 'SELECT Id FROM Account');
\set VERBOSITY sqlstate
SELECT * FROM crm_fdw.soql('regress_other', 'SELECT Id FROM Account');
\set VERBOSITY default
DROP SERVER regress_other CASCADE;
SELECT * FROM crm_fdw.soql('nonesuch', 'SELECT Id FROM Account');

-- It takes the right to use the server, and a user mapping.
CREATE ROLE regress_soql_user;
SET ROLE regress_soql_user;
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Account');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER regress_soql TO regress_soql_user;
SET ROLE regress_soql_user;
SELECT * FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Account');
RESET ROLE;

-- Each page is a request of the statement's budget.
SET crm_fdw.max_requests = 1;
SELECT count(*) FROM crm_fdw.soql('regress_soql', 'SELECT Id FROM Account LIMIT 5');
SELECT count(*) FROM generate_series(1, 3) AS n, crm_fdw.soql('regress_soql', 'SELECT Id FROM Account LIMIT ' || n);
RESET crm_fdw.max_requests;

SET client_min_messages = warning;
DROP SERVER regress_soql CASCADE;
DROP SCHEMA regress_soql;
DROP ROLE regress_soql_user;
