#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <archive.h>
#include <archive_entry.h>
#include <jpeglib.h>
#include <png.h>

// libjpeg reports errors by longjmp, which Swift cannot take part in: this decodes one JPEG to RGB rows
// behind a setjmp of its own. Pixels are malloc'ed, width * height * 3 bytes; returns 1, or 0 with a message.
// `shrink_to` lets the decoder skip detail (DCT scaling by 1/2, 1/4 or 1/8) while both sides stay at least that long.
struct contrast_jpeg_error { struct jpeg_error_mgr base; jmp_buf escape; char message[JMSG_LENGTH_MAX]; };

static void contrast_jpeg_fail(j_common_ptr info) {
  struct contrast_jpeg_error *error = (struct contrast_jpeg_error *)info->err;
  (*info->err->format_message)(info, error->message);
  longjmp(error->escape, 1);
}

static void contrast_jpeg_quiet(j_common_ptr info, int level) { (void)info; (void)level; }

static inline int contrast_decode_jpeg(
  const unsigned char *bytes, unsigned long count, int shrink_to, unsigned long most_pixels,
  unsigned char **pixels, int *width, int *height, char *message, int message_size) {
  struct jpeg_decompress_struct info;
  struct contrast_jpeg_error error;
  unsigned char *volatile out = NULL;
  info.err = jpeg_std_error(&error.base);
  error.base.error_exit = contrast_jpeg_fail;
  error.base.emit_message = contrast_jpeg_quiet;
  if (setjmp(error.escape)) {
    jpeg_destroy_decompress(&info);
    free((void *)out);
    snprintf(message, message_size, "%s", error.message);
    return 0;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  int least = info.image_width < info.image_height ? info.image_width : info.image_height;
  info.scale_num = 1;
  info.scale_denom = 1;
  while (shrink_to > 0 && info.scale_denom < 8 && least / (2 * (int)info.scale_denom) >= shrink_to) info.scale_denom *= 2;
  jpeg_calc_output_dimensions(&info);
  if ((unsigned long)info.output_width * info.output_height > most_pixels) {
    jpeg_destroy_decompress(&info);
    snprintf(message, message_size, "%u x %u pixels are more than is read", info.output_width, info.output_height);
    return 0;
  }
  jpeg_start_decompress(&info);
  out = malloc((size_t)info.output_width * info.output_height * 3);
  if (!out) { jpeg_destroy_decompress(&info); snprintf(message, message_size, "out of memory"); return 0; }
  while (info.output_scanline < info.output_height) {
    unsigned char *row = out + (size_t)info.output_scanline * info.output_width * 3;
    jpeg_read_scanlines(&info, &row, 1);
  }
  *width = info.output_width;
  *height = info.output_height;
  *pixels = out;
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return 1;
}
