// Tells the thread sanitizer what Swift's Mutex does when two threads meet at it.
//
// Mutex is a futex. Its short path is compiled into our code, where the sanitizer sees the atomic operation; its
// long path lies in libswiftSynchronization.so, which was compiled without the sanitizer, and hands the lock over
// within the kernel. So a lock that somebody had to wait for looks like no lock at all, and every value that it
// guards like a race. Suppressing those reports would hide real ones: there is no frame of Mutex in them to name.
//
// Linked into the programs that .ci/sanitize builds, these two functions take the place of the library's, call them,
// and add what the sanitizer has missed. The address of the lock's word is that of the Mutex, as in the short path.
// Should a later Swift call them otherwise, the false reports come back, and tell so.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// What the name means further down the list of libraries.
static void *next(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (function == NULL) abort();
  return function;
}

// Synchronization._MutexHandle._lockSlow(UInt32)
SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF) {
  ((SWIFT void (*)(uint32_t, SELF))next(LOCK_SLOW))(thread, self);
  __tsan_acquire(self);
}

// Synchronization._MutexHandle._unlockSlow()
SWIFT void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF) {
  __tsan_release(self);
  ((SWIFT void (*)(SELF))next(UNLOCK_SLOW))(self);
}
