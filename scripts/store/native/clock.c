// A clock that can be set: LD_PRELOAD. The file that NORTHWARD_CLOCK names holds one 64-bit number, nanoseconds that the time of day
// is off; whoever writes it makes the clock jump. As on a machine whose clock is set, what waits until a time of day waits until
// that clock shows it: a jump back makes such a wait longer. The monotonic clock does not jump.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
// How soon a wait notices that the clock was set.
#define SLICE (20 * 1000000LL)

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_pthread_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static int (*real_cnd_wait)(cnd_t *, mtx_t *, const struct timespec *);
static const volatile int64_t *offset;
static const int64_t none = 0;

__attribute__((constructor)) static void begin(void) {
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  real_pthread_wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!real_pthread_wait) real_pthread_wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  real_cnd_wait = dlsym(RTLD_NEXT, "cnd_timedwait");
  offset = &none;
  const char *path = getenv("NORTHWARD_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) offset = mapped;
}

static int64_t right_now(void) {
  struct timespec at;
  if (!real_clock_gettime) begin();
  real_clock_gettime(CLOCK_REALTIME, &at);
  return at.tv_sec * SECOND + at.tv_nsec;
}

static int64_t now(void) {
  int64_t right = right_now();
  return right + *offset;
}

static struct timespec split(int64_t nanoseconds) {
  return (struct timespec){.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND};
}

int clock_gettime(clockid_t id, struct timespec *at) {
  if (!real_clock_gettime) begin();
  if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE) return real_clock_gettime(id, at);
  *at = split(now());
  return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec exact = split(now());
  at->tv_sec = exact.tv_sec;
  at->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

int timespec_get(struct timespec *at, int base) {
  if (base != TIME_UTC) return 0;
  *at = split(now());
  return base;
}

time_t time(time_t *at) {
  time_t seconds = now() / SECOND;
  if (at) *at = seconds;
  return seconds;
}

// Until when the real wait goes before the clock is looked at again; 0: the time has come.
static struct timespec slice(const struct timespec *until, int *is_over) {
  int64_t left = until->tv_sec * SECOND + until->tv_nsec - now();
  *is_over = left <= 0;
  return split(right_now() + (left < SLICE ? left : SLICE));
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until) {
  for (;;) {
    int is_over;
    struct timespec next = slice(until, &is_over);
    int result = real_cnd_wait(condition, mutex, &next);
    if (result != thrd_timedout || is_over) return result;
  }
}

// Of a condition on the monotonic clock the time is another one, far from the time of day.
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
  int64_t apart = until->tv_sec - now() / SECOND;
  if (apart < -100000000 || apart > 100000000) return real_pthread_wait(condition, mutex, until);
  for (;;) {
    int is_over;
    struct timespec next = slice(until, &is_over);
    int result = real_pthread_wait(condition, mutex, &next);
    if (result != ETIMEDOUT || is_over) return result;
  }
}
