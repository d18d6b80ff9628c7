// The C library's allocation functions, with a count on the way.
#define _GNU_SOURCE
#include "allocation_counter.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stddef.h>
#include <string.h>
#include <malloc.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static _Thread_local int is_counting;
static _Thread_local long own_count;
static _Thread_local long bullet_count;
static _Thread_local long balance;

// The innermost caller that is no helper decides whose an allocation is.
static void *counted(void *memory) {
  if (!is_counting || !memory) return memory;
  balance += (long)malloc_usable_size(memory);
  is_counting = 0;
  void *frames[24];
  const int depth = backtrace(frames, 24);
  int is_bullet = 0;
  for (int i = 2; i < depth; ++i) {
    Dl_info info;
    if (!dladdr(frames[i], &info) || !info.dli_fname) break;
    const char *slash = strrchr(info.dli_fname, '/');
    const char *name = slash ? slash + 1 : info.dli_fname;
    if (!strncmp(name, "libLinearMath", 13) || !strncmp(name, "libc.", 5) ||
        !strncmp(name, "libstdc++", 9)) {
      continue;
    }
    is_bullet = !strncmp(name, "libBullet", 9);
    break;
  }
  ++*(is_bullet ? &bullet_count : &own_count);
  is_counting = 1;
  return memory;
}

void allocation_counter_start(void) {
  // The first call of backtrace allocates.
  void *frame[1];
  backtrace(frame, 1);
  own_count = bullet_count = balance = 0;
  is_counting = 1;
}

void allocation_counter_stop(long *own, long *bullet, long *bytes) {
  is_counting = 0;
  *own = own_count;
  *bullet = bullet_count;
  *bytes = balance;
}

static void forget(void *memory) {
  if (is_counting && memory) balance -= (long)malloc_usable_size(memory);
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }

void *realloc(void *memory, size_t size) {
  forget(memory);
  return counted(__libc_realloc(memory, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  return counted(__libc_memalign(alignment, size));
}

void *memalign(size_t alignment, size_t size) {
  return counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = counted(__libc_memalign(alignment, size));
  return *memory ? 0 : ENOMEM;
}

void free(void *memory) {
  forget(memory);
  __libc_free(memory);
}
