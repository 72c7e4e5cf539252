package luna.sender.cli.doctor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the end of a log file.
 *
 * <p>Units: at most {@value #LINES} lines of the last {@value #BYTES} bytes.
 */
final class LogFile {
  static final int LINES = 500;
  private static final int BYTES = 1 << 20;

  private LogFile() {}

  static String lastLines(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long start = Math.max(0, in.length() - BYTES);
      in.seek(start);
      byte[] end = new byte[(int) (in.length() - start)];
      in.readFully(end);
      List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
      // The first line may be cut in its middle.
      int first = Math.max(start > 0 ? 1 : 0, lines.size() - LINES);
      return String.join("\n", lines.subList(Math.min(first, lines.size()), lines.size()));
    }
  }
}
