package luna.sender.cli.publish;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A stream that keeps what was read of it, so that what a parser has found in it can be cut out
 * byte for byte.
 *
 * <p>Units: positions count from the beginning of the stream.
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

  /** The bytes between two positions; those before the end are kept no longer. */
  byte[] take(long from, long to) {
    byte[] taken = Arrays.copyOfRange(kept, (int) (from - first), (int) (to - first));
    int gone = (int) (to - first);
    System.arraycopy(kept, gone, kept, 0, length - gone);
    length -= gone;
    first = to;
    return taken;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
