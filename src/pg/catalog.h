// A foreign table as its catalog entries describe it: columns, their options, what they want to get.
// Include postgres.h first.
#pragma once
extern "C" {
#include "access/attnum.h"
}

#include "engine/engine.h"

struct CrmColumn {
  const char *name;  // NULL: dropped
  Oid type;
  int32 typmod;
  CrmField field;      // path, remote_type, traits, wanted type; fetch is not set
  const char *unsent;  // NULL: conditions may be sent; else why not
};

struct CrmTable {
  Oid relid, serverid;
  CrmText provider, object;
  double estimated_rows;  // option, -1: not given
  int column_count;
  CrmColumn *columns;  // [attnum - 1]
  AttrNumber key;      // the column with trait "key", 0: none
};

// palloc'd. Reads the catalogs only; the caller holds a lock on the table.
CrmTable *crmLoadTable(Oid relid);

// What a column of this type asks the engine for. Types not named there come as text, for their input
// function.
CrmType crmWantedType(Oid type);

// `traits` is blank-separated.
bool crmHasTrait(CrmText traits, const char *trait);
