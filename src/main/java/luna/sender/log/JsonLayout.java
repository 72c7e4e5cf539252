package luna.sender.log;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;

/**
 * Formats log lines as JSON: Logback's format without the fields that are the same in every line.
 *
 * <p>Shape: one object per line. It also escapes characters that Logback does not, but that a
 * terminal or a line reader may interpret (U+2028, C1 controls).
 *
 * <p>Units: {@code timestamp} is milliseconds since 1970 UTC.
 *
 * <p>Owner: thread-safe.
 */
final class JsonLayout extends JsonEncoder {
  JsonLayout() {
    setWithSequenceNumber(false);
    setWithNanoseconds(false);
    setWithContext(false);
    setWithMarkers(false);
    setWithMDC(false);
    setWithMessage(false);
    setWithFormattedMessage(true);
    setWithArguments(false);
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    String line = new String(super.encode(event), StandardCharsets.UTF_8).stripTrailing();
    return (PrintableText.of(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
