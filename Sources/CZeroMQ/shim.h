#include <malloc.h>
#include <sys/eventfd.h>
#include <zmq.h>

// Glibc declares this only with _GNU_SOURCE, which Swift's import of it leaves out.
int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
