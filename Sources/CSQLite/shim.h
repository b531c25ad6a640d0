#include <sqlite3.h>

// A macro that Swift does not see: SQLite copies the text that is bound.
static inline int contrast_sqlite_bind_text(sqlite3_stmt *statement, int place, const char *text, int bytes) {
  return sqlite3_bind_text(statement, place, text, bytes, SQLITE_TRANSIENT);
}
