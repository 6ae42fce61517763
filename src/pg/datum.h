// Between the engine's values and PostgreSQL's. Include postgres.h first.
#pragma once
extern "C" {
#include "access/tupdesc.h"
#include "fmgr.h"
}

#include "engine/engine.h"

// How the cells of one column become its values.
struct CrmReader {
  Oid type;
  int32 typmod;
  CrmType wanted;
  bool has_input;  // the type's own input function reads the text
  FmgrInfo input;  // of the type, or of the elements of an array that have a type modifier
  Oid input_param;
};

// `reader` keeps what it needs in the current context.
void crmPrepareReader(CrmReader *reader, Form_pg_attribute attribute);

// `cell` is not null. *result is in the current context. False: the value does not fit the column; *why then
// says so in PostgreSQL's words, with the value in them.
bool crmReadCell(CrmReader *reader, const CrmValue *cell, Datum *result, char **why);

// A cell as a person would write it, cut to `size` bytes with the terminator, for error details.
void crmPrintCell(const CrmValue *cell, char *buffer, int size);

// A constant or a parameter for the engine; texts point into `datum` or the current context. `type` is its
// SQL type, which need not be the one `wanted` comes from: a date wanted as kTimestamp is midnight in the
// session's time zone.
CrmValue crmValueOf(Datum datum, bool isnull, Oid type, CrmType wanted);
