/* LD_PRELOAD: a disk whose syncs take NORTHWARD_SYNC_MS, as a slow flash. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void take_time(void) {
  const char *ms = getenv("NORTHWARD_SYNC_MS");
  if (ms != NULL) usleep((useconds_t)atoi(ms) * 1000);
}

#define WRAP(name) \
  int name(int file) { \
    take_time(); \
    return ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(file); \
  }

WRAP(fdatasync)
WRAP(fsync)
