package luna.sender.log;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;

/**
 * The JSON form of a log line: Logback's own, without what says the same in each line.
 *
 * <p>Shape: one object per line; characters that Logback leaves and a terminal or a reader of lines
 * may act upon (U+2028, C1 controls) are escaped as well.
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
