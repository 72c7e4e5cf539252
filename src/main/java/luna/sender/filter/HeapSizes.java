package luna.sender.filter;

import org.roaringbitmap.RoaringBitmap;

/**
 * Calculates the heap memory of the objects in an index.
 *
 * <p>Units: bytes on 64-bit HotSpot. An object has a header of 12 bytes, an array one of 16; both
 * are padded to a multiple of 8. A reference takes 4 bytes if the heap is smaller than 32 GiB, else
 * 8.
 */
final class HeapSizes {
  private static final long COMPRESSED_BELOW = 32L << 30;
  static final int REFERENCE =
      Runtime.getRuntime().maxMemory() < COMPRESSED_BELOW ? Integer.BYTES : Long.BYTES;

  /** Memory of a bitmap with one container: five objects and their spare capacity. */
  private static final int BITMAP = 136;

  private HeapSizes() {}

  static long object(long fields) {
    return aligned(12 + fields);
  }

  static long array(long elements) {
    return aligned(16 + elements);
  }

  static long references(long count) {
    return array(count * REFERENCE);
  }

  static long text(String text) {
    boolean wide = false;
    for (int i = 0; i < text.length() && !wide; i++) {
      wide = text.charAt(i) > 0xFF;
    }
    return object(REFERENCE + 8) + array(wide ? 2L * text.length() : text.length());
  }

  static long bitmap(RoaringBitmap bitmap) {
    return BITMAP + bitmap.getLongSizeInBytes();
  }

  private static long aligned(long bytes) {
    return (bytes + 7) & ~7L;
  }
}
