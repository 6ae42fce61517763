-- Prints what is no longer true in the pages whose tables are generated; sql/options.sql does for docs/options.md.
\! PGDATABASE=contrib_regression tools/gen-pushdown-doc docs/providers/close.md | diff docs/providers/close.md -
\! PGDATABASE=contrib_regression tools/gen-pushdown-doc docs/providers/salesforce.md | diff docs/providers/salesforce.md -
