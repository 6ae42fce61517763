// The only place where a backend waits for a CRM.
extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
}

#include "pg/compat.h"
#include "pg/raise.h"
#include "pg/wait.h"

// The engine's descriptors live longer than an operation (its pool keeps connections), so they are counted
// per process: PostgreSQL then closes files of its own instead of running out.
static void AccountDescriptors(void) {
  static int reserved = 0;
  int held = crm_open_channels();

  for (; reserved < held; reserved++) ReserveExternalFD();
  for (; reserved > held; reserved--) ReleaseExternalFD();
}

CrmStep crmStepWait(CrmOp *op, const CrmValue **cells, CrmFailure *why) {
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    CrmStep step = crm_step(op, cells, why);
    crmDrainLog();
    if (step != CrmStep::kWait) return step;

    AccountDescriptors();
    int events =
        WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_SOCKET_READABLE | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                          crm_wait_fd(op), 1000, crmWaitEvent());
    if (events & WL_LATCH_SET) ResetLatch(MyLatch);
  }
}
