-- IMPORT FOREIGN SCHEMA: which tables, with what written into them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS crm_fdw;
RESET client_min_messages;
\set url `echo "$CRM_FDW_CLOSE_URL"`
\set key `echo "$CRM_FDW_CLOSE_KEY"`
CREATE SERVER regress_crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', endpoint :'url');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_crm OPTIONS (api_key :'key');
CREATE SCHEMA regress_close;

-- What can be said wrongly.
IMPORT FOREIGN SCHEMA public FROM SERVER regress_crm INTO regress_close;
IMPORT FOREIGN SCHEMA close FROM SERVER regress_crm INTO regress_close OPTIONS (include_row 'true');
IMPORT FOREIGN SCHEMA close FROM SERVER regress_crm INTO regress_close OPTIONS (max_columns 'all');
IMPORT FOREIGN SCHEMA close LIMIT TO (leads, nonesuch) FROM SERVER regress_crm INTO regress_close;
-- Nothing is left behind by a statement that failed.
SELECT count(*) FROM pg_class WHERE relnamespace = 'regress_close'::regnamespace;

IMPORT FOREIGN SCHEMA close LIMIT TO (leads, users) FROM SERVER regress_crm INTO regress_close;
SELECT relname, obj_description(oid) AS comment FROM pg_class WHERE relnamespace = 'regress_close'::regnamespace
ORDER BY relname COLLATE "C";
SELECT relname, ftoptions FROM pg_foreign_table JOIN pg_class ON oid = ftrelid
WHERE relnamespace = 'regress_close'::regnamespace ORDER BY relname COLLATE "C";
-- Columns as they are written, with their comments.
\pset format unaligned
SELECT attname AS column, format_type(atttypid, atttypmod) || coalesce(' ' || quote_ident(collname), '') AS type,
       attnotnull AS required, attfdwoptions AS options, col_description(attrelid, attnum) AS comment
FROM pg_attribute LEFT JOIN pg_collation c ON c.oid = attcollation AND collname <> 'default'
WHERE attrelid = 'regress_close.users'::regclass AND attnum > 0 ORDER BY attnum;
SELECT attname AS column, format_type(atttypid, atttypmod) || coalesce(' ' || quote_ident(collname), '') AS type,
       attnotnull AS required, attfdwoptions AS options, col_description(attrelid, attnum) AS comment
FROM pg_attribute LEFT JOIN pg_collation c ON c.oid = attcollation AND collname <> 'default'
WHERE attrelid = 'regress_close.leads'::regclass AND attnum > 0
  AND (attname IN ('id', 'status_id', 'date_updated', 'contacts', 'employees', 'tags') OR attname !~ '^[a-z_]{1,30}$')
ORDER BY attnum;
\pset format aligned

-- A table that is there already is not touched: the statement fails as a whole.
IMPORT FOREIGN SCHEMA close LIMIT TO (users) FROM SERVER regress_crm INTO regress_close;

-- All but some.
CREATE SCHEMA regress_close_rest;
IMPORT FOREIGN SCHEMA close EXCEPT (leads, users) FROM SERVER regress_crm INTO regress_close_rest;
SELECT relname FROM pg_class WHERE relnamespace = 'regress_close_rest'::regnamespace ORDER BY relname COLLATE "C";
-- Every text id compares byte by byte; no column is varchar or depends on a user's types.
SELECT DISTINCT format_type(atttypid, atttypmod) AS type, collname AS collation
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_collation c ON c.oid = attcollation
WHERE relnamespace IN ('regress_close'::regnamespace, 'regress_close_rest'::regnamespace) AND attnum > 0
ORDER BY 1, 2;
SELECT count(*) FROM pg_attribute JOIN pg_class ON oid = attrelid
WHERE relnamespace = 'regress_close_rest'::regnamespace AND attname = 'id'
  AND attcollation <> '"C"'::regcollation;
-- Only ids are NOT NULL.
SELECT DISTINCT attname FROM pg_attribute JOIN pg_class ON oid = attrelid
WHERE relnamespace IN ('regress_close'::regnamespace, 'regress_close_rest'::regnamespace) AND attnum > 0 AND attnotnull
ORDER BY 1;

-- A CRM that fails on the way: the tables made before are gone too.
CREATE SCHEMA regress_close_half;
\! curl -sS -d '[{"match": {"path": "custom_field_schema/opportunity"}, "action": {"kind": "status", "status": 403}}]' "$CRM_FDW_CONTROL_URL/faults" > /dev/null
IMPORT FOREIGN SCHEMA close FROM SERVER regress_crm INTO regress_close_half;
\! curl -sS -X DELETE "$CRM_FDW_CONTROL_URL/faults" > /dev/null
SELECT count(*) FROM pg_class WHERE relnamespace = 'regress_close_half'::regnamespace;

-- Options of the import.
CREATE SCHEMA "regress Close ü";
IMPORT FOREIGN SCHEMA close LIMIT TO (leads) FROM SERVER regress_crm INTO "regress Close ü"
  OPTIONS (max_columns '5', include_raw 'true');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = '"regress Close ü".leads'::regclass AND attnum > 0 ORDER BY attnum;

-- No right to create, no right to use.
CREATE ROLE regress_crm_user;
SET ROLE regress_crm_user;
IMPORT FOREIGN SCHEMA close FROM SERVER regress_crm INTO regress_close;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER regress_crm TO regress_crm_user;
CREATE USER MAPPING FOR regress_crm_user SERVER regress_crm OPTIONS (api_key :'key');
SET ROLE regress_crm_user;
IMPORT FOREIGN SCHEMA close FROM SERVER regress_crm INTO regress_close;
RESET ROLE;
GRANT USAGE, CREATE ON SCHEMA regress_close TO regress_crm_user;
DROP FOREIGN TABLE regress_close.users;
SET ROLE regress_crm_user;
IMPORT FOREIGN SCHEMA close LIMIT TO (users) FROM SERVER regress_crm INTO regress_close;
SELECT relowner::regrole FROM pg_class WHERE oid = 'regress_close.users'::regclass;
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA regress_close, regress_close_rest, regress_close_half, "regress Close ü" CASCADE;
DROP SERVER regress_crm CASCADE;
DROP ROLE regress_crm_user;
