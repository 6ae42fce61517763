// What PostgreSQL sees when it loads the library.
extern "C" {
#include "postgres.h"

#include "fmgr.h"
}

#include "pg/account.h"
#include "pg/settings.h"

extern "C" {
#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "crm_fdw", .version = "1.0");
#else
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT void _PG_init(void);

// Nothing that a forked child could not share: no socket, thread or library is set up here, because the
// postmaster runs this too when the library is preloaded.
void _PG_init(void) {
  crmDefineSettings();
  crmWatchAccounts();
}
}
