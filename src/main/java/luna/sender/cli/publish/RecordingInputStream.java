package luna.sender.cli.publish;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * An input stream that buffers what was read, so that the bytes of a parsed value can be extracted.
 *
 * <p>Units: positions are offsets from the beginning of the stream.
 *
 * <p>Owner: one thread.
 */
final class RecordingInputStream extends InputStream {
  private final InputStream in;
  private byte[] kept = new byte[1 << 14];
  private long first;
  private int length;

  RecordingInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int count) throws IOException {
    int read = in.read(bytes, offset, count);
    if (read > 0) {
      if (length + read > kept.length) {
        kept = Arrays.copyOf(kept, Math.max(length + read, 2 * kept.length));
      }
      System.arraycopy(bytes, offset, kept, length, read);
      length += read;
    }
    return read;
  }

  /** Returns the bytes between two positions, and discards everything before the second one. */
  byte[] take(long from, long to) {
    byte[] taken = Arrays.copyOfRange(kept, (int) (from - first), (int) (to - first));
    int discarded = (int) (to - first);
    System.arraycopy(kept, discarded, kept, 0, length - discarded);
    length -= discarded;
    first = to;
    return taken;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
