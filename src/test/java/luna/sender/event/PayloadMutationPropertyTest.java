package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import luna.sender.event.MalformedPayloadException.Reason;
import luna.sender.testing.TestContract;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

/** Arbitrary payloads are rejected with a reason, or become frames that a client can read. */
final class PayloadMutationPropertyTest {
  private static final byte[] PAYLOAD =
      """
      {"handler_id": "557d54ec-29ad-4f3c-93b4-c9092ef12515", "Luna-Request-Id": "R\\u00e9\\n",
       "events": [
        {"source": "улица 😀", "tags": ["a", "b"], "n": [1.10, -2e-3, 0, 1E400, null, true],
         "location": {"city": "Moscow", "house_number": "1\\/2\\"str"},
         "matches": [{"label": "x", "candidates": [{"similarity": 0.5, "face": {"a": [[]]}}]}],
         "face_attributes": {"basic_attributes": {"age": 50, "gender": 0,
           "ethnicities": {"predominant_ethnicity": "asian"}}},
         "aggregate_estimations": {"face": {"attributes": {"liveness": {"prediction": 1}}}}},
        {}, 7, {"source": "\\ud83d\\ude00"}],
       "event_create_time": "2019-08-24T14:15:22Z", "event_end_time": null}"""
          .getBytes(StandardCharsets.UTF_8);

  private static final byte[] ODD =
      "{}[]:,\"\\/0123456789-+.eEtrufalsn \t\r\n\0\u001f\u007f"
          .getBytes(StandardCharsets.ISO_8859_1);

  private final PayloadParser parser =
      new PayloadParser(PAYLOAD.length + 1000, TestContract.EVENTS, false);

  @Property(tries = 30_000, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void mutatedPayloadIsRejectedByReasonOrItsFramesAreJson(
      @ForAll @IntRange(min = 1, max = 3) int mutations, @ForAll Random random) {
    byte[] payload = PAYLOAD;
    for (int i = 0; i < mutations; i++) {
      payload = mutate(payload, random);
    }
    Statistics.label("outcome")
        .collect(outcome(payload))
        .coverage(
            coverage -> {
              for (String outcome : new String[] {"parsed", "not_json", "not_utf8"}) {
                coverage.check(outcome).percentage(percent -> percent > 4);
              }
            });
  }

  @Property(tries = 5_000, edgeCases = EdgeCasesMode.NONE)
  void arbitraryBytesAreRejectedByReasonOrParsed(@ForAll @Size(max = 40) byte[] payload) {
    assertThat(outcome(payload)).isNotEqualTo("parsed");
  }

  /** Compares the check of UTF-8 with the JDK's decoder. */
  @Property(tries = 20_000, edgeCases = EdgeCasesMode.NONE)
  @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
  void textIsRejectedIfAndOnlyIfItIsNotUtf8(@ForAll Random random) {
    byte[] start = "{\"events\":[{\"a\":\"".getBytes(StandardCharsets.UTF_8);
    byte[] end = "\"}]}".getBytes(StandardCharsets.UTF_8);
    byte[] text = sequence(random);
    byte[] payload = Arrays.copyOf(start, start.length + text.length + end.length);
    System.arraycopy(text, 0, payload, start.length, text.length);
    System.arraycopy(end, 0, payload, start.length + text.length, end.length);
    boolean utf8 = isUtf8(payload);
    assertThat(outcome(payload)).isEqualTo(utf8 ? "parsed" : Reason.NOT_UTF8.label());
    Statistics.label("utf8")
        .collect(utf8)
        .coverage(
            coverage -> {
              coverage.check(true).percentage(percent -> percent > 10);
              coverage.check(false).percentage(percent -> percent > 10);
            });
  }

  private String outcome(byte[] payload) {
    try {
      PayloadParser.Parsed parsed = parser.parse("account", payload, 0);
      assertThat(parsed.events().size() + parsed.malformedEvents()).isPositive();
      for (Event event : parsed.events()) {
        byte[] frame = ParsedEvents.text(event);
        assertThat(StrictJson.isObject(frame))
            .as(() -> new String(frame, StandardCharsets.UTF_8))
            .isTrue();
      }
      return "parsed";
    } catch (MalformedPayloadException malformed) {
      return malformed.reason().name().toLowerCase(Locale.ROOT);
    }
  }

  private static byte[] mutate(byte[] payload, Random random) {
    if (payload.length == 0) {
      return payload;
    }
    int at = random.nextInt(payload.length);
    int length = random.nextInt(1, 8);
    return switch (random.nextInt(7)) {
      case 0 -> replace(payload, at, 1, (byte) (payload[at] ^ 1 << random.nextInt(8)));
      case 1 -> replace(payload, at, 1, ODD[random.nextInt(ODD.length)]);
      case 2 -> replace(payload, at, 0, ODD[random.nextInt(ODD.length)]);
      case 3 -> replace(payload, at, 0, (byte) random.nextInt());
      case 4 -> replace(payload, at, length);
      case 5 -> {
        int from = random.nextInt(payload.length);
        yield replace(
            payload,
            at,
            0,
            Arrays.copyOfRange(payload, from, Math.min(payload.length, from + length)));
      }
      default -> random.nextInt(4) == 0 ? Arrays.copyOf(payload, at) : replace(payload, at, 1);
    };
  }

  private static byte[] replace(byte[] payload, int at, int length, byte... by) {
    int rest = Math.min(payload.length, at + length);
    byte[] mutated = new byte[at + by.length + payload.length - rest];
    System.arraycopy(payload, 0, mutated, 0, at);
    System.arraycopy(by, 0, mutated, at, by.length);
    System.arraycopy(payload, rest, mutated, at + by.length, payload.length - rest);
    return mutated;
  }

  /** Bytes that begin like a UTF-8 character, and often are one. */
  private static byte[] sequence(Random random) {
    int[] starts = {0x41, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5};
    int[] edges = {0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0};
    int start = starts[random.nextInt(starts.length)];
    int length = start < 0x80 ? 1 : start < 0xE0 ? 2 : start < 0xF0 ? 3 : 4;
    byte[] sequence = new byte[random.nextInt(8) == 0 ? random.nextInt(1, 6) : length];
    for (int i = 0; i < sequence.length; i++) {
      sequence[i] = (byte) (i == 0 ? start : edges[random.nextInt(edges.length)]);
    }
    return sequence;
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }
}
