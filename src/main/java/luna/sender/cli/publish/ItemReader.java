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
 * Splits a stream into JSON objects. They follow one another, with any whitespace between them, or
 * are elements of an array.
 *
 * <p>Shape: UTF-8. Passes on each object as soon as its last byte is read, without waiting for more
 * of the stream.
 *
 * <p>Errors: {@link InvalidInputException} with the line and the column.
 *
 * <p>Owner: one thread.
 */
final class ItemReader {
  /** The same nesting depth as the service, and no other limits than the size of a payload. */
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
   * @param line the line where it begins, from 1
   */
  record Item(byte[] json, int line) {}

  /** Receives the objects one by one. */
  interface Sink {
    void accept(Item item) throws InvalidInputException, IOException, InterruptedException;
  }

  private ItemReader() {}

  /**
   * @param source name of the stream in error messages
   */
  static void read(String source, InputStream stream, Sink sink)
      throws InvalidInputException, IOException, InterruptedException {
    RecordingInputStream bytes = new RecordingInputStream(stream);
    try (JsonParser parser = JSON.createParser(bytes)) {
      boolean inArray = false;
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        if (token == JsonToken.START_OBJECT) {
          sink.accept(item(source, parser, bytes));
        } else if (token == JsonToken.START_ARRAY && !inArray) {
          inArray = true;
        } else if (token == JsonToken.END_ARRAY) {
          inArray = false;
        } else {
          int line = parser.currentTokenLocation().getLineNr();
          throw new InvalidInputException(
              source, line, "not an object (expected: payloads, events or frames)");
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
      throw new InvalidInputException(source, "unsupported encoding (expected: UTF-8)");
    }
    parser.skipChildren();
    return new Item(bytes.take(start, parser.currentLocation().getByteOffset()), line);
  }

  private static String text(JsonProcessingException failure) {
    // Duplicate keys are valid JSON, and the service uses the last one. Here they are most likely
    // a mistake.
    boolean duplicate = failure.getOriginalMessage().startsWith("Duplicate field");
    return (duplicate ? "column " : "not JSON at column ")
        + failure.getLocation().getColumnNr()
        + ": "
        + failure.getOriginalMessage();
  }
}
