package luna.sender.cli.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts a stream into JSON objects: one after the other, whatever is between lines, or in an array.
 *
 * <p>Shape: UTF-8. An object is handed on as soon as it has ended, not when the stream goes on.
 *
 * <p>Errors: {@link InvalidInputException} with the line and the column.
 *
 * <p>Owner: one thread.
 */
final class ItemReader {
  /** As deep as the service reads, and else as long as a payload may be. */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(1 << 29)
                  .maxNumberLength(1 << 29)
                  .maxNameLength(1 << 29)
                  .maxNestingDepth(128)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  /**
   * One object.
   *
   * @param line where it begins, from 1
   */
  record Item(byte[] json, int line) {}

  /** Takes one after the other. */
  interface Sink {
    void take(Item item) throws InvalidInputException, IOException, InterruptedException;
  }

  private ItemReader() {}

  /**
   * @param source how messages name the stream
   */
  static void read(String source, InputStream stream, Sink sink)
      throws InvalidInputException, IOException, InterruptedException {
    RecordingInputStream bytes = new RecordingInputStream(stream);
    try (JsonParser parser = JSON.createParser(bytes)) {
      boolean inArray = false;
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        if (token == JsonToken.START_OBJECT) {
          sink.take(item(source, parser, bytes));
        } else if (token == JsonToken.START_ARRAY && !inArray) {
          inArray = true;
        } else if (token == JsonToken.END_ARRAY) {
          inArray = false;
        } else {
          int line = parser.currentTokenLocation().getLineNr();
          throw new InvalidInputException(
              source, line, "no object (expected: payloads, events or frames)");
        }
      }
    } catch (JsonProcessingException failure) {
      throw failure.getLocation() == null
          ? new InvalidInputException(source, failure.getOriginalMessage())
          : new InvalidInputException(source, failure.getLocation().getLineNr(), text(failure));
    }
  }

  private static Item item(String source, JsonParser parser, RecordingInputStream bytes)
      throws InvalidInputException, IOException {
    int line = parser.currentTokenLocation().getLineNr();
    long start = parser.currentTokenLocation().getByteOffset();
    if (start < 0) {
      throw new InvalidInputException(source, "another encoding (expected: UTF-8)");
    }
    parser.skipChildren();
    return new Item(bytes.take(start, parser.currentLocation().getByteOffset()), line);
  }

  private static String text(JsonProcessingException failure) {
    // Doubled keys are JSON, and the service takes the last; here they are somebody's mistake.
    boolean doubled = failure.getOriginalMessage().startsWith("Duplicate field");
    return (doubled ? "column " : "not JSON at column ")
        + failure.getLocation().getColumnNr()
        + ": "
        + failure.getOriginalMessage();
  }
}
