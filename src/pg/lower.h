// From PostgreSQL's conditions to the engine's. Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

#include "engine/engine.h"
#include "pg/catalog.h"

// A foreign table that a scan reads of.
struct CrmSource {
  RelOptInfo *rel;
  const CrmTable *table;
  // How it is reached, of all but the first: its column `own` equals column `reference` of the source `from`.
  CrmRelationKind kind;
  bool required;  // a parent: rows without one are not wanted
  int from;
  AttrNumber reference, own;
  RestrictInfo *link;  // the clause that says so
};

// What a scan is to read and which of its conditions can be expressed. palloc'd.
struct CrmLowered {
  CrmReadRequest request;  // all but order, rows_wanted and groups
  CrmField *fields;        // request.fields: all columns, the fetched ones first
  List *cells;             // see kScanCells; of several sources, places in the list `outputs`
  List *outputs;           // of several sources: a Var per cell
  int key_cell;            // -1: the table has no key
  List *params;            // expressions, for fdw_exprs
  List *param_types;       // CrmType of each
  int *conjunct_of;        // per clause: index into request.conjuncts, -1: stays here
  const char **why;        // per clause that stays here
  Bitmapset *given;        // column numbers: given columns that a clause gives a value
};

// `clauses`: RestrictInfos, all of which the scan has to fulfil. The same input gives the same output,
// parameters' numbers included, also after PostgreSQL has put children's columns for their parents'.
// `root` NULL: outside of planning; constants only, and all selectivities are 1. ERRORs if a clause asks of a
// given column anything but `column = value`.
CrmLowered *crmLower(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, List *clauses);

// The same of several sources, of which `targets` are put out; the columns of those that are selected are
// not. `clauses`: also those of the sources alone, and the links that are conditions.
CrmLowered *crmLowerJoin(PlannerInfo *root, const CrmSource *sources, int count, List *targets,
                         List *clauses);

// Index of the column's field.
int crmFieldOf(const CrmLowered *lowered, const CrmTable *table, AttrNumber attnum);

// Whether the clause looks records up: a column with trait "key", "lookup" or "given" equal to something.
bool crmIsLookup(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, RestrictInfo *clause);

// The column of this relation that the expression is, seen through casts between text and varchar and between
// their arrays; 0: none.
AttrNumber crmColumnOf(RelOptInfo *rel, Expr *expr);
