\echo Use "CREATE EXTENSION crm_fdw" to load this file. \quit

-- Names in this script are qualified, and the check runs with a search path of its own: a schema of the same
-- name that somebody else filled beforehand could otherwise put its functions and operators in place of ours.
-- An empty schema that a superuser made is welcome, because that is what pg_dump restores first.
DO $$
DECLARE
  search_path_before text := pg_catalog.current_setting('search_path');
  namespace record;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  IF getdatabaseencoding() <> 'UTF8' THEN
    RAISE feature_not_supported
      USING MESSAGE = 'crm_fdw needs a database with encoding UTF8',
            DETAIL = format('This database has encoding %s.', getdatabaseencoding());
  END IF;

  SELECT n.oid, r.rolname AS owner, r.rolsuper,
         EXISTS (SELECT FROM pg_depend d
                 WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
                   AND d.classid <> 'pg_extension'::regclass) AS occupied,
         EXISTS (SELECT FROM aclexplode(n.nspacl) a
                 WHERE a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner) AS open_to_others
    INTO STRICT namespace
    FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
   WHERE n.nspname = 'crm_fdw';
  IF namespace.occupied OR namespace.open_to_others OR NOT namespace.rolsuper THEN
    RAISE duplicate_schema
      USING MESSAGE = 'schema "crm_fdw" exists already and is not the extension''s own',
            DETAIL = CASE
              WHEN namespace.occupied THEN 'It holds objects.'
              WHEN namespace.open_to_others THEN 'Roles other than its owner may create objects in it.'
              ELSE format('Its owner, role "%s", is not a superuser.', namespace.owner) END,
            HINT = 'Rename it first: ALTER SCHEMA crm_fdw RENAME TO crm_fdw_old;';
  END IF;

  PERFORM set_config('search_path', search_path_before, true);
END
$$;

GRANT USAGE ON SCHEMA crm_fdw TO PUBLIC;
COMMENT ON SCHEMA crm_fdw IS 'support functions of the extension crm_fdw';

CREATE FUNCTION crm_fdw.crm_fdw_handler() RETURNS pg_catalog.fdw_handler
  LANGUAGE c STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'crm_fdw_handler';
COMMENT ON FUNCTION crm_fdw.crm_fdw_handler() IS 'handler of the foreign-data wrapper crm_fdw';

CREATE FUNCTION crm_fdw.crm_fdw_validator(pg_catalog.text[], pg_catalog.oid) RETURNS pg_catalog.void
  LANGUAGE c STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'crm_fdw_validator';
COMMENT ON FUNCTION crm_fdw.crm_fdw_validator(pg_catalog.text[], pg_catalog.oid) IS
  'option check of the foreign-data wrapper crm_fdw';

CREATE FOREIGN DATA WRAPPER crm_fdw
  HANDLER crm_fdw.crm_fdw_handler VALIDATOR crm_fdw.crm_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER crm_fdw IS 'CRM accounts as schemas of foreign tables';

CREATE FUNCTION crm_fdw.options(
    OUT name pg_catalog.text, OUT level pg_catalog.text, OUT provider pg_catalog.text,
    OUT type pg_catalog.text, OUT default_value pg_catalog.text, OUT choices pg_catalog.text,
    OUT privilege pg_catalog.text, OUT secret pg_catalog.bool, OUT description pg_catalog.text)
  RETURNS SETOF pg_catalog.record
  LANGUAGE c STRICT STABLE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'crm_fdw_options';
COMMENT ON FUNCTION crm_fdw.options() IS
  'every option and setting that crm_fdw knows; provider is NULL for those that all CRMs have in common';

CREATE FUNCTION crm_fdw.test_connection(
    server pg_catalog.name,
    OUT provider pg_catalog.text, OUT endpoint pg_catalog.text, OUT account pg_catalog.text,
    OUT "user" pg_catalog.text, OUT detail pg_catalog.jsonb)
  RETURNS SETOF pg_catalog.record
  LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE ROWS 1 AS 'MODULE_PATHNAME', 'crm_fdw_test_connection';
COMMENT ON FUNCTION crm_fdw.test_connection(pg_catalog.name) IS
  'asks the CRM whose account and user the current role''s user mapping leads to';

CREATE FUNCTION crm_fdw.request(
    server pg_catalog.name, method pg_catalog.text, path pg_catalog.text,
    body pg_catalog.jsonb DEFAULT NULL, query pg_catalog.jsonb DEFAULT NULL)
  RETURNS pg_catalog.jsonb
  LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'crm_fdw_request';
COMMENT ON FUNCTION
  crm_fdw.request(pg_catalog.name, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb, pg_catalog.jsonb) IS
  'sends one request to the CRM with the current role''s user mapping and gives the body of the answer';

CREATE FUNCTION crm_fdw.soql(server pg_catalog.name, query pg_catalog.text)
  RETURNS SETOF pg_catalog.jsonb
  LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'crm_fdw_query';
COMMENT ON FUNCTION crm_fdw.soql(pg_catalog.name, pg_catalog.text) IS
  'records of a SOQL statement as Salesforce sends them, asked with the current role''s user mapping';

CREATE FUNCTION crm_fdw.pushdown_matrix("table" pg_catalog.regclass)
  RETURNS TABLE (column_name pg_catalog.name, condition pg_catalog.text, verdict pg_catalog.text,
                 source pg_catalog.text, reason pg_catalog.text)
  LANGUAGE c STRICT STABLE PARALLEL UNSAFE ROWS 500 AS 'MODULE_PATHNAME', 'crm_fdw_pushdown_matrix';
COMMENT ON FUNCTION crm_fdw.pushdown_matrix(pg_catalog.regclass) IS
  'which conditions on which columns of a foreign table the CRM takes: the best that a way to read makes of each alone';
