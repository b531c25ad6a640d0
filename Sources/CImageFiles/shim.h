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
// They are C because libjpeg reports errors by longjmp, which Swift cannot take part in, and libpng's constants are
// macros that Swift does not see. Pictures of more than `most_pixels` are refused before memory is taken for them.

struct contrast_picture { unsigned char *pixels; int width; int height; char message[JMSG_LENGTH_MAX + 1]; };

struct contrast_jpeg_error { struct jpeg_error_mgr base; jmp_buf escape; char *message; };

static void contrast_jpeg_fail(j_common_ptr info) {
  struct contrast_jpeg_error *error = (struct contrast_jpeg_error *)info->err;
  (*info->err->format_message)(info, error->message);
  longjmp(error->escape, 1);
}

// Warnings are silent, but a file that ends early is an error: the decoder would fill the rest with grey.
static void contrast_jpeg_warn(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) contrast_jpeg_fail(info);
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
  struct contrast_picture *picture) {
  struct jpeg_decompress_struct info;
  struct contrast_jpeg_error error;
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

// Any PNG: palettes, grey, 16 bits, interlaced; what is transparent shows white.
static inline int contrast_decode_png(
  const unsigned char *bytes, unsigned long count, unsigned long most_pixels, struct contrast_picture *picture) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  picture->pixels = NULL;
  picture->message[0] = 0;
  if (!png_image_begin_read_from_memory(&image, bytes, count)) {
    snprintf(picture->message, sizeof picture->message, "%s", image.message);
    return 0;
  }
  if ((unsigned long)image.width * image.height > most_pixels) {
    snprintf(picture->message, sizeof picture->message, "%u x %u pixels are more than is read",
      image.width, image.height);
    png_image_free(&image);
    return 0;
  }
  image.format = PNG_FORMAT_RGB;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  unsigned char *out = malloc((size_t)image.width * image.height * 3);
  if (!out) {
    snprintf(picture->message, sizeof picture->message, "no memory for %u x %u pixels", image.width, image.height);
    png_image_free(&image);
    return 0;
  }
  png_color white = {255, 255, 255};
  if (!png_image_finish_read(&image, &white, out, 0, NULL)) {
    snprintf(picture->message, sizeof picture->message, "%s", image.message);
    free(out);
    return 0;
  }
  picture->pixels = out;
  picture->width = (int)image.width;
  picture->height = (int)image.height;
  return 1;
}

// Swift sees a C array as a tuple; this is the message as text.
static inline const char *contrast_message(const struct contrast_picture *picture) { return picture->message; }
