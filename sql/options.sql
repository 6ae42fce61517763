-- What may be written into OPTIONS and settings, by whom, and what the server log keeps of it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
CREATE ROLE regress_crm_user;

-- The table that everything here is checked against.
SELECT level, name, provider, type, default_value, choices, privilege, secret FROM crm_fdw.options();
SELECT count(*) FROM crm_fdw.options() WHERE description IS NULL OR description !~ '\.$';
-- Prints what is no longer true in the page that is made from it.
\! PGDATABASE=contrib_regression tools/gen-options-doc | diff docs/options.md -

-- Names, at each level.
ALTER FOREIGN DATA WRAPPER crm_fdw OPTIONS (ADD provider 'close');
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw;
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'clos');
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpont 'https://api.close.com');
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', api_key 'x');
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_kye 'x');
CREATE FOREIGN TABLE regress_leads (id text) SERVER regress_crm OPTIONS (objct 'lead');
CREATE FOREIGN TABLE regress_leads (id text OPTIONS (feild 'id')) SERVER regress_crm OPTIONS (object 'lead');

-- Values.
ALTER SERVER regress_crm OPTIONS (ADD page_size 'many');
ALTER SERVER regress_crm OPTIONS (ADD page_size '0');
ALTER SERVER regress_crm OPTIONS (ADD updatable 'perhaps');
ALTER SERVER regress_crm OPTIONS (ADD request_timeout '2 weeks');
ALTER SERVER regress_crm OPTIONS (ADD rate_limit 'fast');
ALTER SERVER regress_crm OPTIONS (ADD endpoint 'api.close.com');
ALTER SERVER regress_crm OPTIONS (ADD endpoint 'http://api.close.com');
ALTER SERVER regress_crm OPTIONS (ADD endpoint 'https://api.close.com/path');
ALTER SERVER regress_crm OPTIONS (DROP provider);
ALTER SERVER regress_crm OPTIONS (ADD page_size '50', ADD request_timeout '30s', ADD rate_limit '20/1s');

-- A statement with a mistake in it is not repeated in the server log, not even by the language that ran it.
\set log `echo "$CRM_FDW_SERVER_LOG"`
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (apikey 'hidden_secret_1');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key 'hidden_secret_2', api_key_file 'relative');
\set SHOW_CONTEXT never
DO $$ BEGIN EXECUTE 'CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (token ''hidden_secret_3'')'; END $$;
\unset SHOW_CONTEXT
CREATE SERVER regress_crm2 FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', api_key 'hidden_secret_4');
SELECT count(*) FILTER (WHERE line LIKE '%invalid option%') > 0 AS errors_are_logged,
       count(*) FILTER (WHERE line LIKE '%hidden' || '_secret%') AS secrets
FROM string_to_table(pg_read_file(:'log'), E'\n') line;

-- Files of the server are read with the server's rights: naming one takes the role for it.
GRANT USAGE ON FOREIGN SERVER regress_crm TO regress_crm_user;
SET ROLE regress_crm_user;
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key_file '/etc/passwd');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key 'x');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (DROP api_key, ADD api_key_file '/etc/passwd');
RESET ROLE;
GRANT pg_read_server_files TO regress_crm_user;
SET ROLE regress_crm_user;
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (DROP api_key, ADD api_key_file '/etc/passwd');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (ADD api_key 'x');
-- Others cannot see the options of a mapping.
RESET ROLE;
CREATE ROLE regress_crm_other;
SET ROLE regress_crm_other;
SELECT usename, umoptions FROM pg_user_mappings WHERE srvname = 'regress_crm';
RESET ROLE;
DROP ROLE regress_crm_other;
DROP USER MAPPING FOR regress_crm_user SERVER regress_crm;

-- Without a mapping, the hint is the line to type.
CREATE FOREIGN TABLE regress_leads (id text OPTIONS (field 'id')) SERVER regress_crm OPTIONS (object 'lead');
GRANT SELECT ON regress_leads TO regress_crm_user;
SET ROLE regress_crm_user;
SELECT id FROM regress_leads;
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/me/');
RESET ROLE;

-- Settings.
SELECT name, vartype, context, boot_val FROM pg_settings WHERE name LIKE 'crm\_fdw.%' ORDER BY name COLLATE "C";
SET crm_fdw.pushdwn = off;
SET crm_fdw.pushdown = perhaps;
SET crm_fdw.max_requests = -1;
SET crm_fdw.ca_file = 'relative.pem';
SET crm_fdw.allowed_hosts = 'https://api.example.com';
SET crm_fdw.allowed_hosts = 'api.example.com:0';
SET crm_fdw.allowed_hosts = 'one two';
SET crm_fdw.allowed_hosts = 'api.example.com, *.example.org:8443,[::1]:8080';
SET crm_fdw.allowed_hosts = 'api.example.com', '*.example.org';
SHOW crm_fdw.allowed_hosts;
RESET crm_fdw.allowed_hosts;
SET ROLE regress_crm_user;
SET crm_fdw.allowed_hosts = '*.example.com';
SET crm_fdw.ca_file = '/tmp/ca.pem';
SET crm_fdw.max_requests = 7;
RESET crm_fdw.max_requests;
RESET ROLE;

-- A cached plan is made anew when pushing down is switched.
ALTER FOREIGN TABLE regress_leads ALTER COLUMN id OPTIONS (ADD remote_type 'id', ADD traits 'key lookup filterable');
SET plan_cache_mode = force_generic_plan;
PREPARE one_lead(text) AS SELECT id FROM regress_leads WHERE id = $1;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE one_lead('lead_1');
SET crm_fdw.pushdown = off;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE one_lead('lead_1');
RESET crm_fdw.pushdown;
RESET plan_cache_mode;
DEALLOCATE one_lead;

DROP FOREIGN TABLE regress_leads;
DROP SERVER regress_crm;
DROP ROLE regress_crm_user;
