package luna.sender.filter;

import org.roaringbitmap.RoaringBitmap;

/**
 * How much memory the JVM takes for what an index is made of.
 *
 * <p>Units: bytes, of HotSpot on 64 bits: an object has a head of 12, an array one of 16, and both
 * end at a multiple of 8. References take 4 below a heap of 32 GiB.
 */
final class HeapSizes {
  private static final long COMPRESSED_BELOW = 32L << 30;
  static final int REFERENCE =
      Runtime.getRuntime().maxMemory() < COMPRESSED_BELOW ? Integer.BYTES : Long.BYTES;

  /** Of a bitmap with one container: five objects, and what they have in reserve. */
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
