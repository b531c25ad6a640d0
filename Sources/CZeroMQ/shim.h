#include <malloc.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <zmq.h>

// Glibc declares these only with _GNU_SOURCE, which Swift's import of it leaves out.
int pthread_setname_np(pthread_t thread, const char *name);
int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
