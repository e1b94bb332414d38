/*
 * LD_PRELOAD: file calls that fail. NORTHWARD_FAULT_FOLDER names whose files, NORTHWARD_FAULT_FILE a file that says which
 * calls: "sync", "write", "read", several with blanks between, and with what, for example "write sync ENOSPC" (default EIO).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Calls of the kernel, so that this library does not go through itself. */
static int told(const char *call) {
  char text[128] = "";
  const char *name = getenv("NORTHWARD_FAULT_FILE");
  long file = name == NULL ? -1 : syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  long length = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (length <= 0 || strstr(text, call) == NULL) return 0;
  return strstr(text, "ENOSPC") != NULL ? ENOSPC : EIO;
}

static int within(int file) {
  char link[64], path[4096];
  const char *folder = getenv("NORTHWARD_FAULT_FOLDER");
  if (folder == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  return length > 0 && strncmp(path, folder, strlen(folder)) == 0;
}

static int fails(int file, const char *call) {
  int code = within(file) ? told(call) : 0;
  if (code != 0) errno = code;
  return code != 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(type, name, call, parameters, arguments) \
  type name parameters { return fails(file, call) ? (type)-1 : REAL(name) arguments; }

WRAP(int, fdatasync, "sync", (int file), (file))
WRAP(int, fsync, "sync", (int file), (file))
WRAP(ssize_t, write, "write", (int file, const void *from, size_t size), (file, from, size))
WRAP(ssize_t, writev, "write", (int file, const struct iovec *parts, int count), (file, parts, count))
WRAP(ssize_t, pwrite, "write", (int file, const void *from, size_t size, off_t at), (file, from, size, at))
WRAP(ssize_t, pwrite64, "write", (int file, const void *from, size_t size, off64_t at), (file, from, size, at))
WRAP(ssize_t, pwritev, "write", (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at))
WRAP(ssize_t, pwritev64, "write", (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at))
WRAP(ssize_t, read, "read", (int file, void *into, size_t size), (file, into, size))
WRAP(ssize_t, readv, "read", (int file, const struct iovec *parts, int count), (file, parts, count))
WRAP(ssize_t, pread, "read", (int file, void *into, size_t size, off_t at), (file, into, size, at))
WRAP(ssize_t, pread64, "read", (int file, void *into, size_t size, off64_t at), (file, into, size, at))
WRAP(ssize_t, preadv, "read", (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at))
WRAP(ssize_t, preadv64, "read", (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at))
