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
  Oid collation;
  CrmField field;      // path, remote_type, traits, wanted type; fetch is not set
  CrmText references;  // option: the objects that it may name a record of, divided by commas
  const char *unsent;  // NULL: conditions may be sent; else why not
  bool given;          // see pg/given.h
};

// Option remote_aggregates.
enum class CrmRemoteAggregates : uint8 { kExact, kApproximate, kOff };

struct CrmTable {
  Oid relid, serverid;
  CrmText provider, object;
  CrmText read_path, index_lag;  // options, empty: not given
  bool own_read_path;            // it is the table\'s option, not the server\'s
  bool include_deleted;          // option
  CrmRemoteAggregates remote_aggregates;
  bool remote_joins;      // server option
  double estimated_rows;  // option, -1: not given
  int column_count;
  CrmColumn *columns;  // [attnum - 1]
  AttrNumber key;      // the column with trait "key", 0: none
  bool has_given;
};

// Taken for a table that was never analyzed and has no option estimated_rows.
inline constexpr double kCrmUnknownRows = 1000;

// palloc'd. Reads the catalogs only; the caller holds a lock on the table.
CrmTable *crmLoadTable(Oid relid);

// Everything about a read request that depends on the table alone; fields and conditions are for the caller.
void crmFillRequest(const CrmTable *table, CrmReadRequest *request);

// What a column of this type asks the engine for. Types not named there come as text, for their input
// function.
CrmType crmWantedType(Oid type);

// `traits` is blank-separated.
bool crmHasTrait(CrmText traits, const char *trait);
// Whether a field with these traits is worth a request for each value that a join gives it.
bool crmIsLookupField(CrmText traits);
