// Drives calls: import, test, request, query.
extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
}

#include "pg/account.h"
#include "pg/call.h"
#include "pg/raise.h"
#include "pg/settings.h"
#include "pg/wait.h"

struct CrmCall {
  MemoryContextCallback on_reset;
  CrmOp *op;
};

static void ReleaseCall(void *arg) {
  CrmCall *call = (CrmCall *)arg;

  crm_close(call->op);
  call->op = NULL;
}

CrmCall *crmOpenCall(Oid serverid, const char *name, const char *json_arguments) {
  CrmCall *call = (CrmCall *)palloc0(sizeof(CrmCall));
  CrmAccount account;
  CrmSettings settings;
  CrmFailure why;

  // Armed before there is anything to release.
  call->on_reset.func = ReleaseCall;
  call->on_reset.arg = call;
  MemoryContextRegisterResetCallback(CurrentMemoryContext, &call->on_reset);

  crmResolveAccount(serverid, GetUserId(), &account);
  crmFillSettings(&settings);
  if (!crm_open_call(&call->op, &account, &settings, crmTextOf(name), crmTextOf(json_arguments), &why) ||
      !crm_bind(call->op, NULL, 0, &why))
    crmRaise(&why);
  return call;
}

const CrmValue *crmNextRow(CrmCall *call) {
  const CrmValue *cells;
  CrmFailure why;

  switch (crmStepWait(call->op, &cells, &why)) {
    case CrmStep::kRow:
      return cells;
    case CrmStep::kDone:
      return NULL;
    default:
      crmRaise(&why);
  }
}

CrmText crmCallEndpoint(const CrmCall *call) { return crm_endpoint(call->op); }

void crmCloseCall(CrmCall *call) {
  ReleaseCall(call);
  crmDrainLog();
}

char *crmCellText(const CrmValue *cell) {
  return cell->type == CrmType::kNull ? NULL : crmTextDup(cell->text);
}
