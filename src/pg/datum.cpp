// Cells to Datums and back. Values cross in PostgreSQL's own units, so there is no arithmetic here, and no
// text whose meaning a setting decides.
extern "C" {
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

#include <cmath>

#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/datum.h"

// ---- cells to Datums -----------------------------------------------------------------------------------

void crmPrepareReader(CrmReader *reader, Form_pg_attribute attribute) {
  Oid function;
  Oid input_type;

  reader->type = attribute->atttypid;
  reader->typmod = attribute->atttypmod;
  reader->wanted = crmWantedType(reader->type);
  switch (reader->wanted) {
    case CrmType::kText:
      reader->has_input = reader->typmod >= 0 || (reader->type != TEXTOID && reader->type != VARCHAROID);
      break;
    case CrmType::kDecimal:
    case CrmType::kJson:
      reader->has_input = true;
      break;
    case CrmType::kTextArray:
      reader->has_input = reader->typmod >= 0;
      break;
    default:
      reader->has_input = false;
  }
  if (!reader->has_input) return;
  input_type = reader->wanted == CrmType::kTextArray ? get_element_type(reader->type) : reader->type;
  getTypeInputInfo(input_type, &function, &reader->input_param);
  fmgr_info(function, &reader->input);
}

static bool OutOfRange(const CrmReader *reader, char **why) {
  *why = psprintf("value is out of range for type %s", format_type_be(reader->type));
  return false;
}

static bool ReadInt(const CrmReader *reader, int64 value, Datum *result, char **why) {
  if (reader->type == INT2OID) {
    if (value < PG_INT16_MIN || value > PG_INT16_MAX) return OutOfRange(reader, why);
    *result = Int16GetDatum((int16)value);
  } else if (reader->type == INT4OID) {
    if (value < PG_INT32_MIN || value > PG_INT32_MAX) return OutOfRange(reader, why);
    *result = Int32GetDatum((int32)value);
  } else {
    *result = Int64GetDatum(value);
  }
  return true;
}

static bool ReadDouble(const CrmReader *reader, double value, Datum *result, char **why) {
  if (reader->type == FLOAT8OID) {
    *result = Float8GetDatum(value);
    return true;
  }
  float4 narrow = (float4)value;
  if ((std::isinf(narrow) && !std::isinf(value)) || (narrow == 0 && value != 0))
    return OutOfRange(reader, why);
  *result = Float4GetDatum(narrow);
  return true;
}

static bool ReadTime(const CrmReader *reader, int64 value, Datum *result, char **why) {
  if (reader->type == DATEOID) {
    bool infinite = value == DATEVAL_NOBEGIN || value == DATEVAL_NOEND;
    if (!infinite && !IS_VALID_DATE(value)) return OutOfRange(reader, why);
    *result = DateADTGetDatum((DateADT)value);
    return true;
  }
  if (!TIMESTAMP_NOT_FINITE(value) && !IS_VALID_TIMESTAMP(value)) return OutOfRange(reader, why);
  *result = TimestampTzGetDatum(value);
  if (reader->typmod >= 0)
    *result = DirectFunctionCall2(reader->type == TIMESTAMPOID ? timestamp_scale : timestamptz_scale, *result,
                                  Int32GetDatum(reader->typmod));
  return true;
}

static bool ReadText(CrmReader *reader, CrmText text, Datum *result, char **why) {
  if (!reader->has_input) {
    *result = PointerGetDatum(cstring_to_text_with_len(text.data, text.size));
    return true;
  }
  return crmCallInput(&reader->input, pnstrdup(text.data, text.size), reader->input_param, reader->typmod,
                      result, why);
}

static bool ReadArray(CrmReader *reader, const CrmText *items, int count, Datum *result, char **why) {
  Datum *values = (Datum *)palloc(count * sizeof(Datum) + 1);
  bool *nulls = (bool *)palloc(count * sizeof(bool) + 1);
  int lower_bound = 1;

  for (int i = 0; i < count; i++) {
    nulls[i] = items[i].data == NULL;
    if (!nulls[i] && !ReadText(reader, items[i], &values[i], why)) return false;
  }
  // Text and varchar have the same representation.
  Oid element = get_element_type(reader->type);
  ArrayType *array = count == 0 ? construct_empty_array(element)
                                : construct_md_array(values, nulls, 1, &count, &lower_bound, element, -1,
                                                     false, TYPALIGN_INT);
  *result = PointerGetDatum(array);
  return true;
}

bool crmReadCell(CrmReader *reader, const CrmValue *cell, Datum *result, char **why) {
  if (cell->type != reader->wanted)
    elog(ERROR, "cell of type %d where %d was asked for", (int)cell->type, (int)reader->wanted);
  switch (cell->type) {
    case CrmType::kBool:
      *result = BoolGetDatum(cell->boolean);
      return true;
    case CrmType::kInt:
      return ReadInt(reader, cell->integer, result, why);
    case CrmType::kDouble:
      return ReadDouble(reader, cell->real, result, why);
    case CrmType::kDate:
    case CrmType::kTimestamp:
      return ReadTime(reader, cell->integer, result, why);
    case CrmType::kTextArray:
      return ReadArray(reader, cell->array.items, cell->array.count, result, why);
    default:
      return ReadText(reader, cell->text, result, why);
  }
}

void crmPrintCell(const CrmValue *cell, char *buffer, int size) {
  buffer[0] = '\0';
  switch (cell->type) {
    case CrmType::kBool:
      snprintf(buffer, size, "%s", cell->boolean ? "true" : "false");
      break;
    case CrmType::kInt:
      snprintf(buffer, size, INT64_FORMAT, (int64)cell->integer);
      break;
    case CrmType::kDouble:
      snprintf(buffer, size, "%.17g", cell->real);
      break;
    case CrmType::kDecimal:
    case CrmType::kText:
    case CrmType::kJson: {
      int length = pg_mbcliplen(cell->text.data, cell->text.size, size - 1);
      memcpy(buffer, cell->text.data, length);
      buffer[length] = '\0';
      break;
    }
    default:
      break;
  }
}

// ---- Datums to values ----------------------------------------------------------------------------------

static CrmText TextOf(Datum datum) {
  struct varlena *text = PG_DETOAST_DATUM_PACKED(datum);

  return {VARDATA_ANY(text), (int32)VARSIZE_ANY_EXHDR(text)};
}

static CrmText ItemOf(Datum datum, Oid element) {
  char *digits;

  switch (element) {
    case INT2OID:
      digits = psprintf("%d", DatumGetInt16(datum));
      break;
    case INT4OID:
      digits = psprintf("%d", DatumGetInt32(datum));
      break;
    case INT8OID:
      digits = psprintf(INT64_FORMAT, DatumGetInt64(datum));
      break;
    default:
      return TextOf(datum);
  }
  return {digits, (int32)strlen(digits)};
}

// A NULL element is an item without data.
static void SetArray(CrmValue *value, Datum datum) {
  ArrayType *array = DatumGetArrayTypeP(datum);
  Oid element = ARR_ELEMTYPE(array);
  int16 length;
  bool by_value;
  char alignment;
  Datum *items;
  bool *nulls;
  int count;

  get_typlenbyvalalign(element, &length, &by_value, &alignment);
  deconstruct_array(array, element, length, by_value, alignment, &items, &nulls, &count);
  CrmText *texts = (CrmText *)palloc0(count * sizeof(CrmText) + 1);
  for (int i = 0; i < count; i++)
    if (!nulls[i]) texts[i] = ItemOf(items[i], element);
  value->array.items = texts;
  value->array.count = count;
}

// Days and moments that a timestamptz cannot hold become infinite, as core's comparisons treat them.
static int64 MomentOf(Datum datum, Oid type) {
  int overflow = 0;

  switch (type) {
    case DATEOID:
      return date2timestamptz_opt_overflow(DatumGetDateADT(datum), &overflow);
    case TIMESTAMPOID:
      return timestamp2timestamptz_opt_overflow(DatumGetTimestamp(datum), &overflow);
    default:
      return DatumGetTimestampTz(datum);
  }
}

static int64 IntOf(Datum datum, Oid type) {
  switch (type) {
    case INT2OID:
      return DatumGetInt16(datum);
    case INT4OID:
      return DatumGetInt32(datum);
    default:
      return DatumGetInt64(datum);
  }
}

CrmValue crmValueOf(Datum datum, bool isnull, Oid type, CrmType wanted) {
  CrmValue value;

  memset(&value, 0, sizeof(value));
  if (isnull) return value;
  value.type = wanted;
  switch (wanted) {
    case CrmType::kBool:
      value.boolean = DatumGetBool(datum);
      break;
    case CrmType::kInt:
      value.integer = IntOf(datum, type);
      break;
    case CrmType::kDecimal:
      value.text.data = DatumGetCString(DirectFunctionCall1(numeric_out, datum));
      value.text.size = (int32)strlen(value.text.data);
      break;
    case CrmType::kText:
      value.text = TextOf(datum);
      break;
    case CrmType::kDate:
      value.integer = DatumGetDateADT(datum);
      break;
    case CrmType::kTimestamp:
      value.integer = MomentOf(datum, type);
      break;
    case CrmType::kTextArray:
      SetArray(&value, datum);
      break;
    default:
      elog(ERROR, "no value of type %d from type %u", (int)wanted, type);
  }
  return value;
}
