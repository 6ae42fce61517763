-- Installing: where crm_fdw may go, and what it leaves to whom.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_crm_owner;
CREATE DATABASE regress_crm_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_crm_install TEMPLATE template0;

\c regress_crm_latin1
CREATE EXTENSION crm_fdw;

\c regress_crm_install
-- A schema that somebody filled could put functions and operators in place of ours.
CREATE SCHEMA crm_fdw;
CREATE FUNCTION crm_fdw.request(varchar, varchar, varchar) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
CREATE EXTENSION crm_fdw;
DROP FUNCTION crm_fdw.request(varchar, varchar, varchar);

-- So could one whose owner, or whose other guests, may fill it later.
ALTER SCHEMA crm_fdw OWNER TO regress_crm_owner;
CREATE EXTENSION crm_fdw;
ALTER SCHEMA crm_fdw OWNER TO CURRENT_USER;
GRANT CREATE ON SCHEMA crm_fdw TO regress_crm_owner;
CREATE EXTENSION crm_fdw;
REVOKE CREATE ON SCHEMA crm_fdw FROM regress_crm_owner;

-- An empty one of a superuser's is what a dump restores before the extension.
CREATE EXTENSION crm_fdw;
DROP EXTENSION crm_fdw;
DROP SCHEMA crm_fdw;

-- The usual way; the schema stays where it is.
CREATE EXTENSION crm_fdw;
ALTER EXTENSION crm_fdw SET SCHEMA public;
SHOW search_path;

-- Each object says what it is for, and no function may run in a parallel worker.
SELECT pg_describe_object(classid, objid, objsubid) AS object, obj_description(objid, classid::regclass::name) AS comment
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crm_fdw')
ORDER BY pg_describe_object(classid, objid, objsubid) COLLATE "C";
SELECT count(*) FROM pg_proc WHERE pronamespace = 'crm_fdw'::regnamespace AND proparallel <> 'u';

-- Wrappers are a superuser's to make; the functions are for all.
SET ROLE regress_crm_owner;
CREATE FOREIGN DATA WRAPPER regress_other HANDLER crm_fdw.crm_fdw_handler;
SELECT count(*) > 20 AS has_options FROM crm_fdw.options();
RESET ROLE;

\c contrib_regression
DROP DATABASE regress_crm_latin1;
DROP DATABASE regress_crm_install;
DROP ROLE regress_crm_owner;
