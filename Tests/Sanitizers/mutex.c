// Tells ThreadSanitizer of Swift's `Mutex` where threads wait for each other.
//
// Taking a mutex that is free is compiled into the caller, and seen. Where another thread holds it, the work is done in
// libswiftSynchronization, which is not instrumented: without these three functions in front of it (LD_PRELOAD), everything that a
// mutex guards would be reported as a race as soon as two threads want it at once.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define swift __attribute__((swiftcall))
#define context __attribute__((swift_context))

__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

swift void lock_slow(uint32_t thread, context void *mutex) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
swift bool try_lock_slow(context void *mutex) __asm__("$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");
swift void unlock_slow(context void *mutex) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

static void *behind(const char *name) { return dlsym(RTLD_NEXT, name); }

swift void lock_slow(uint32_t thread, context void *mutex) {
  static swift void (*next)(uint32_t, context void *);
  if (!next) next = behind("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
  next(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

swift bool try_lock_slow(context void *mutex) {
  static swift bool (*next)(context void *);
  if (!next) next = behind("$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");
  bool is_taken = next(mutex);
  if (is_taken && __tsan_acquire) __tsan_acquire(mutex);
  return is_taken;
}

swift void unlock_slow(context void *mutex) {
  static swift void (*next)(context void *);
  if (!next) next = behind("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
  if (__tsan_release) __tsan_release(mutex);
  next(mutex);
}
