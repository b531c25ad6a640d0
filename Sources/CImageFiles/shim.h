#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <archive.h>
#include <archive_entry.h>
#include <jpeglib.h>
#include <jerror.h>
#include <png.h>

// Decoders of one picture each: RGB bytes, malloc'ed, width * height * 3; they return 1, or 0 with a message.
// They are C because libjpeg and libpng report errors by longjmp, which Swift cannot take part in. Pictures of more than
// `most_pixels` are refused before memory is taken for them. `stop` is asked between rows and scans; once it answers 1, the
// decoder gives up.

struct contrast_stop { int (*asked)(const void *context); const void *context; };

struct contrast_picture { unsigned char *pixels; int width; int height; char message[JMSG_LENGTH_MAX + 1]; };

struct contrast_jpeg_error { struct jpeg_error_mgr base; jmp_buf escape; char *message; };

// Pictures are stored in some ten scans where they are progressive; more than this only cost time (2,000 scans of 259 KB took 98 s).
enum { contrast_most_scans = 100 };

struct contrast_jpeg_progress { struct jpeg_progress_mgr base; const struct contrast_stop *stop; char *message; };

static void contrast_jpeg_fail(j_common_ptr info) {
  struct contrast_jpeg_error *error = (struct contrast_jpeg_error *)info->err;
  (*info->err->format_message)(info, error->message);
  longjmp(error->escape, 1);
}

// Warnings are silent, but a file that ends early is an error: the decoder would fill the rest with grey.
static void contrast_jpeg_warn(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) contrast_jpeg_fail(info);
}

static void contrast_jpeg_watch(j_common_ptr info) {
  struct contrast_jpeg_progress *progress = (struct contrast_jpeg_progress *)info->progress;
  struct contrast_jpeg_error *error = (struct contrast_jpeg_error *)info->err;
  if (((j_decompress_ptr)info)->input_scan_number > contrast_most_scans) {
    snprintf(progress->message, JMSG_LENGTH_MAX, "more than %d scans", contrast_most_scans);
    longjmp(error->escape, 1);
  }
  if (progress->stop && progress->stop->asked(progress->stop->context)) {
    snprintf(progress->message, JMSG_LENGTH_MAX, "stopped");
    longjmp(error->escape, 1);
  }
}

// Inks to light. Adobe's programs store inks inverted, and so says their marker.
static void contrast_cmyk_to_rgb(const unsigned char *inks, unsigned char *rgb, int count, int inverted) {
  for (int i = 0; i < count; i++) {
    for (int c = 0; c < 3; c++) {
      int ink = inverted ? inks[4 * i + c] : 255 - inks[4 * i + c];
      int black = inverted ? inks[4 * i + 3] : 255 - inks[4 * i + 3];
      rgb[3 * i + c] = (unsigned char)((ink * black + 127) / 255);
    }
  }
}

// `shrink_to` lets the decoder skip detail (scaling by 1/2, 1/4 or 1/8) while both sides stay at least that long.
static inline int contrast_decode_jpeg(
  const unsigned char *bytes, unsigned long count, int shrink_to, unsigned long most_pixels,
  const struct contrast_stop *stop, struct contrast_picture *picture) {
  struct jpeg_decompress_struct info;
  struct contrast_jpeg_error error;
  struct contrast_jpeg_progress progress;
  unsigned char *volatile out = NULL;
  unsigned char *volatile inks = NULL;
  picture->pixels = NULL;
  picture->message[0] = 0;
  error.message = picture->message;
  info.err = jpeg_std_error(&error.base);
  error.base.error_exit = contrast_jpeg_fail;
  error.base.emit_message = contrast_jpeg_warn;
  if (setjmp(error.escape)) {
    jpeg_destroy_decompress(&info);
    free((void *)out);
    free((void *)inks);
    return 0;
  }
  jpeg_create_decompress(&info);
  progress.base.progress_monitor = contrast_jpeg_watch;
  progress.stop = stop;
  progress.message = picture->message;
  info.progress = &progress.base;
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  int is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  int least = info.image_width < info.image_height ? info.image_width : info.image_height;
  info.scale_num = 1;
  info.scale_denom = 1;
  while (shrink_to > 0 && info.scale_denom < 8 && least / (2 * (int)info.scale_denom) >= shrink_to)
    info.scale_denom *= 2;
  jpeg_calc_output_dimensions(&info);
  // A progressive file is kept as coefficients of its full size, so that size counts.
  if ((unsigned long)info.image_width * info.image_height > most_pixels) {
    snprintf(picture->message, sizeof picture->message, "%u x %u pixels are more than is read",
      info.image_width, info.image_height);
    longjmp(error.escape, 1);
  }
  jpeg_start_decompress(&info);
  size_t width = info.output_width, height = info.output_height;
  out = malloc(width * height * 3);
  if (is_cmyk) inks = malloc(width * 4);
  if (!out || (is_cmyk && !inks)) {
    snprintf(picture->message, sizeof picture->message, "no memory for %zu x %zu pixels", width, height);
    longjmp(error.escape, 1);
  }
  while (info.output_scanline < info.output_height) {
    unsigned char *row = out + (size_t)info.output_scanline * width * 3;
    unsigned char *line = is_cmyk ? (unsigned char *)inks : row;
    jpeg_read_scanlines(&info, &line, 1);
    if (is_cmyk) contrast_cmyk_to_rgb(line, row, (int)width, info.saw_Adobe_marker);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  free((void *)inks);
  picture->pixels = out;
  picture->width = (int)width;
  picture->height = (int)height;
  return 1;
}

struct contrast_png_source { const unsigned char *bytes; size_t count; size_t at; };

static void contrast_png_read(png_structp png, png_bytep out, size_t count) {
  struct contrast_png_source *source = (struct contrast_png_source *)png_get_io_ptr(png);
  if (count > source->count - source->at) png_error(png, "the file ends early");
  memcpy(out, source->bytes + source->at, count);
  source->at += count;
}

static void contrast_png_fail(png_structp png, png_const_charp message) {
  snprintf((char *)png_get_error_ptr(png), JMSG_LENGTH_MAX, "%s", message);
  longjmp(png_jmpbuf(png), 1);
}

static void contrast_png_warn(png_structp png, png_const_charp message) { (void)png; (void)message; }

// Any PNG: palettes, grey, 16 bits, interlaced. As Pillow's convert("RGB") has it, what is transparent shows the colours that are
// stored below, and a gamma or a colour profile changes nothing.
static inline int contrast_decode_png(
  const unsigned char *bytes, unsigned long count, unsigned long most_pixels, const struct contrast_stop *stop,
  struct contrast_picture *picture) {
  unsigned char *volatile out = NULL;
  struct contrast_png_source source = {bytes, count, 0};
  picture->pixels = NULL;
  picture->message[0] = 0;
  png_infop info = NULL;
  png_structp png =
    png_create_read_struct(PNG_LIBPNG_VER_STRING, picture->message, contrast_png_fail, contrast_png_warn);
  if (png) info = png_create_info_struct(png);
  if (!info) {
    snprintf(picture->message, sizeof picture->message, "no memory to decode it");
    png_destroy_read_struct(&png, NULL, NULL);
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    free((void *)out);
    return 0;
  }
  png_set_read_fn(png, &source, contrast_png_read);
  png_read_info(png, info);
  size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  if (width * height > most_pixels) {
    snprintf(picture->message, sizeof picture->message, "%zu x %zu pixels are more than is read", width, height);
    longjmp(png_jmpbuf(png), 1);
  }
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != width * 3) png_error(png, "its rows cannot be made RGB");
  out = malloc(width * height * 3);
  if (!out) {
    snprintf(picture->message, sizeof picture->message, "no memory for %zu x %zu pixels", width, height);
    longjmp(png_jmpbuf(png), 1);
  }
  for (int pass = 0; pass < passes; pass++)
    for (size_t y = 0; y < height; y++) {
      if (stop && stop->asked(stop->context)) png_error(png, "stopped");
      png_read_row(png, (unsigned char *)out + y * width * 3, NULL);
    }
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  picture->pixels = out;
  picture->width = (int)width;
  picture->height = (int)height;
  return 1;
}

// Swift sees a C array as a tuple; this is the message as text.
static inline const char *contrast_message(const struct contrast_picture *picture) { return picture->message; }
