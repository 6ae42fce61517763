-- crm_fdw.test_connection and crm_fdw.request.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
\set url `echo "$CRM_FDW_CLOSE_URL"`
\set key `echo "$CRM_FDW_CLOSE_KEY"`
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint :'url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key :'key');

SELECT provider, endpoint = :'url' AS endpoint, account, "user", jsonb_typeof(detail) AS detail
FROM crm_fdw.test_connection('regress_crm');
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/me/') ->> 'id' LIKE 'user\_%' AS is_me;
SELECT jsonb_array_length(crm_fdw.request('regress_crm', 'GET', '/api/v1/lead/',
                                          query => '{"_limit": 3, "_fields": "id"}') -> 'data');
SELECT crm_fdw.request('regress_crm', 'get', '/api/v1/lead/', query => '{"_limit": 1, "_fields": "id"}') ? 'has_more';

-- The CRM's refusals are errors.
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/lead/lead_nonesuch/');

-- What is no request.
SELECT crm_fdw.request('regress_crm', NULL, '/api/v1/me/');
SELECT crm_fdw.request('regress_crm', 'GET', NULL);
SELECT crm_fdw.request('regress_crm', 'FETCH', '/api/v1/me/');
SELECT crm_fdw.request('regress_crm', 'GET', 'https://example.com/');
SELECT crm_fdw.request('regress_crm', 'GET', '//example.com/');
SELECT crm_fdw.request('regress_crm', 'GET', E'/api/v1/me/\r\nX-Other: 1');
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/me/', query => '[1]');

-- Anything but a GET takes a server that may be written to.
SELECT crm_fdw.request('regress_crm', 'POST', '/api/v1/lead/', '{"name": "regress"}');
SELECT crm_fdw.request('regress_crm', 'DELETE', '/api/v1/lead/lead_nonesuch/');
ALTER SERVER regress_crm OPTIONS (ADD updatable 'true');
SELECT jsonb_array_length(crm_fdw.request('regress_crm', 'POST', '/api/v1/data/search/',
  '{"query": {"type": "object_type", "object_type": "lead"}, "_limit": 2}') -> 'data');
ALTER SERVER regress_crm OPTIONS (DROP updatable);

-- Wrong servers.
SELECT crm_fdw.request('nonesuch', 'GET', '/api/v1/me/');
SELECT * FROM crm_fdw.test_connection(NULL);
CREATE FOREIGN DATA WRAPPER regress_other;
CREATE SERVER regress_other FOREIGN DATA WRAPPER regress_other;
SELECT * FROM crm_fdw.test_connection('regress_other');
DROP SERVER regress_other;
DROP FOREIGN DATA WRAPPER regress_other;

-- A credential goes to no host that nobody allowed.
\set VERBOSITY sqlstate
SET crm_fdw.allowed_hosts = '';
SELECT * FROM crm_fdw.test_connection('regress_crm');
SET crm_fdw.allowed_hosts = '127.0.0.1:1, localhost:1';
SELECT * FROM crm_fdw.test_connection('regress_crm');
RESET crm_fdw.allowed_hosts;
-- A wrong key; then the right one again, in the same session.
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (SET api_key 'api_wrong');
SELECT * FROM crm_fdw.test_connection('regress_crm');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (SET api_key :'key');
SELECT provider FROM crm_fdw.test_connection('regress_crm');
-- A transaction that takes the change back.
BEGIN;
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (SET api_key 'api_wrong');
SAVEPOINT s;
SELECT * FROM crm_fdw.test_connection('regress_crm');
ROLLBACK;
SELECT provider FROM crm_fdw.test_connection('regress_crm');
\set VERBOSITY default

-- The budget of requests is the statement's, whatever is inside it.
SET crm_fdw.max_requests = 2;
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/me/') ? 'id' AS one;
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/me/') ? 'id' AS one_more;
DO $$ BEGIN
  FOR i IN 1 .. 2 LOOP PERFORM crm_fdw.request('regress_crm', 'GET', '/api/v1/me/'); END LOOP;
END $$;
\set SHOW_CONTEXT never
DO $$ BEGIN
  FOR i IN 1 .. 3 LOOP PERFORM crm_fdw.request('regress_crm', 'GET', '/api/v1/me/'); END LOOP;
END $$;
\unset SHOW_CONTEXT
RESET crm_fdw.max_requests;

-- The functions use the server, so they take the right to; and each role its own mapping, or PUBLIC's.
CREATE ROLE regress_crm_user;
SET ROLE regress_crm_user;
SELECT * FROM crm_fdw.test_connection('regress_crm');
SELECT crm_fdw.request('regress_crm', 'GET', '/api/v1/me/');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER regress_crm TO regress_crm_user;
SET ROLE regress_crm_user;
SELECT * FROM crm_fdw.test_connection('regress_crm');
RESET ROLE;
CREATE USER MAPPING FOR PUBLIC SERVER regress_crm OPTIONS (api_key :'key');
SET ROLE regress_crm_user;
SELECT provider FROM crm_fdw.test_connection('regress_crm');
RESET ROLE;

SET client_min_messages = warning;
DROP SERVER regress_crm CASCADE;
DROP ROLE regress_crm_user;
