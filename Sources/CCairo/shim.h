#include <cairo.h>
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>
// Comes with the headers of Cairo, which needs libpng.
#include <zlib.h>

// Macros and casts that Swift cannot import.

static inline void contrast_object_release(void *object) { g_object_unref(object); }

static inline int contrast_pango_scale(void) { return PANGO_SCALE; }
