import CImageFiles
import Glibc
import Testing

/// Writes a tar file, or one file by itself, compressed by gzip if asked.
func writeArchive(
  _ files: [(name: String, bytes: [UInt8])], to path: String, gzip: Bool = true, raw: Bool = false
)
  throws
{
  let handle = try #require(archive_write_new())
  defer { archive_write_free(handle) }
  if gzip { archive_write_add_filter_gzip(handle) }
  if raw { archive_write_set_format_raw(handle) } else { archive_write_set_format_ustar(handle) }
  #expect(archive_write_open_filename(handle, path) == ARCHIVE_OK)
  for (name, bytes) in files {
    let entry = archive_entry_new()
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, name)
    archive_entry_set_size(entry, Int64(bytes.count))
    archive_entry_set_filetype(entry, 0o100000)
    archive_entry_set_perm(entry, 0o644)
    #expect(archive_write_header(handle, entry) == ARCHIVE_OK)
    #expect(archive_write_data(handle, bytes, bytes.count) == bytes.count)
  }
  #expect(archive_write_close(handle) == ARCHIVE_OK)
}
