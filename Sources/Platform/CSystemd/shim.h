#pragma once
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-login.h>

/// prctl(2) is variadic, which Swift cannot call: PR_SET_DUMPABLE with 0, PR_GET_DUMPABLE.
static inline int belfry_prctl_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

static inline int belfry_prctl_may_be_dumped(void) { return prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L); }
