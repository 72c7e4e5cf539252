package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import luna.sender.event.MalformedPayloadException.Reason;
import luna.sender.testing.TestContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which payloads are rejected, with which reason, and which are not. */
final class MalformedPayloadExceptionTest {
  private static final int LIMIT_BYTES = 4096;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"events\"",
        "{\"events\":",
        "{\"events\":[",
        "{\"events\":[{}",
        "{\"events\":[{},",
        "{\"events\":[{}]",
        "{\"events\":[{\"a\":{\"b\":[1,2",
        "{\"events\":[{\"source\":\"came",
        "{\"events\":[{\"source\":\"\\u00",
        "{\"events\":[{\"a\":1.",
        "{\"events\":[{\"a\":tru",
        "{\"events\":[{\"location\":{\"city\":",
        "{\"events\":[{\"matches\":[{\"candidates\":[{\"similarity\":0.5}",
        "{\"events\":[{}],\"handler_id\":\"557d54ec",
      })
  void truncatedPayloadIsNotJson(String payload) {
    refuses(Reason.NOT_JSON, payload);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'events':[{}]}",
        "{events:[{}]}",
        "{\"events\":[{},]}",
        "{\"events\":[,{}]}",
        "{\"events\":[{}{}]}",
        "{\"events\":[{}],}",
        "{\"events\":[{}]]",
        "{\"events\":[{\"a\":1,}]}",
        "{\"events\":[{\"a\":[1}}]}",
        "{\"events\":[{\"a\":{\"b\":1]]}",
        "{\"events\":[{\"a\":[{]}]}",
        "{\"events\":[{\"a\":[1,]}]}",
        "{\"events\":[{\"a\":[,1]}]}",
        "{\"events\":[{\"a\":[1:2]}]}",
        "{\"events\":[{\"a\":[\"b\":2]}]}",
        "{\"events\":[{\"a\":{1}}]}",
        "{\"events\":[{\"a\":{\"b\":1,}}]}",
        "{\"events\":[{\"a\":[[1]2]}]}",
        "{\"events\":[{\"a\"}]}",
        "{\"events\":[{\"a\":01}]}",
        "{\"events\":[{\"a\":+1}]}",
        "{\"events\":[{\"a\":.5}]}",
        "{\"events\":[{\"a\":1.}]}",
        "{\"events\":[{\"a\":1e}]}",
        "{\"events\":[{\"a\":-}]}",
        "{\"events\":[{\"a\":0x1}]}",
        "{\"events\":[{\"a\":1a}]}",
        "{\"events\":[{\"a\":NaN}]}",
        "{\"events\":[{\"a\":-Infinity}]}",
        "{\"events\":[{\"a\":True}]}",
        "{\"events\":[{\"a\":nullx}]}",
        "{\"events\":[{\"a\":undefined}]}",
        "{\"events\":[{\"a\":\"\\x41\"}]}",
        "{\"events\":[{\"a\":\"\\u12g4\"}]}",
        "{\"events\":[{\"a\":\"\t\"}]}",
        "{\"events\":[{\"a\":\"\0\"}]}",
        "{\"events\":[{\"a\":\"line\nbreak\"}]}",
        "{\"events\":[{\"a\nb\":1}]}",
        "{\"events\":[{/* comment */}]}",
        "{\"events\":[{}]} // comment",
        "{\"events\":[{}]\u00a0}",
        "{\"events\":[{}]\u2028}",
        "{\"events\":[{}]}\0",
        "{\"events\":[{}]}\ufeff",
        "{\ufeff\"events\":[{}]}",
        " \ufeff{\"events\":[{}]}",
        "\ufeff\ufeff{\"events\":[{}]}",
        "\ufeff",
        "None",
        "events",
      })
  void almostJsonIsNotJson(String payload) {
    refuses(Reason.NOT_JSON, payload);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "{}", "{\"events\":[{}]}", ",", "}", "]", "1", "null", "\""})
  void bytesAfterThePayloadAreNotJson(String more) {
    refuses(Reason.NOT_JSON, "{\"events\":[{}]}" + more);
    refuses(Reason.NOT_JSON, "{\"events\":[{}]}\n" + more);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[{\"events\":[{}]}]", "\"{}\"", "1", "-1.5", "true", "null"})
  void payloadMustBeAnObject(String payload) {
    refuses(Reason.NOT_OBJECT, payload);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"events\":[]}", "{\"Events\":[{}]}", "{\"e\":{\"events\":[{}]}}"})
  void payloadWithoutAnEventIsRejected(String payload) {
    refuses(Reason.NO_EVENTS, payload);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{}", "{\"a\":[{}]}", "\"[{}]\"", "1", "true"})
  void eventsMustBeAnArray(String events) {
    refuses(Reason.EVENTS_NOT_ARRAY, "{\"events\":" + events + "}");
    refuses(Reason.EVENTS_NOT_ARRAY, "{\"events\":[{}],\"events\":" + events + "}");
    refuses(Reason.NO_EVENTS, "{\"events\":[{}],\"events\":" + events + ",\"events\":[]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"handler_id", "Luna-Request-Id", "event_create_time", "event_end_time"})
  void valueBesideTheEventsIsTextOrANumberOrNull(String name) {
    for (String value : new String[] {"{}", "[]", "{\"id\":\"x\"}", "[\"x\"]", "true", "false"}) {
      String bad = "\"" + name + "\":" + value;
      refuses(Reason.BAD_FIELD, "{" + bad + ",\"events\":[{}]}");
      refuses(Reason.BAD_FIELD, "{\"events\":[{}]," + bad + "}");
      refuses(Reason.BAD_FIELD, "{\"" + name + "\":\"x\",\"events\":[{}]," + bad + "}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"handler_id", "Luna-Request-Id", "event_create_time", "event_end_time"})
  void invalidValueReplacedByALaterKeyIsIgnored(String name) throws MalformedPayloadException {
    for (String value : new String[] {"{}", "[[{}]]", "true", "7"}) {
      String twice = "{\"" + name + "\":" + value + ",\"" + name + "\":\"x\",\"events\":[{}]}";
      assertThat(parse(utf8(twice)).events()).as(twice).hasSize(1);
    }
    for (String value : new String[] {"5", "null", "{}", "[]", "[7]", "\"x\""}) {
      String twice = "{\"events\":" + value + ",\"" + name + "\":1,\"events\":[{}]}";
      assertThat(parse(utf8(twice)).events()).as(twice).hasSize(1);
      assertThat(parse(utf8(twice)).malformedEvents()).as(twice).isZero();
    }
  }

  /**
   * RFC 8259, section 8.1: a parser may skip it. The parsers of {@code explain} and publish do,
   * too.
   */
  @Test
  void byteOrderMarkBeforeThePayloadIsSkipped() throws MalformedPayloadException {
    assertThat(parse(utf8("\ufeff{\"events\":[{},{}]}")).events()).hasSize(2);
    assertThat(parse(utf8("\ufeff \n{\"events\":[{\"a\":\"\ufeff\"}]}")).events()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void otherUnicodeEncodingWithoutAMarkIsNotJson(String charset) {
    refuses(Reason.NOT_JSON, "{\"events\":[{}]}".getBytes(Charset.forName(charset)));
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-16 with a mark, FEFF007B007D",
    "Latin-1, E9",
    "continuation alone, 80",
    "start alone, C3",
    "start before ASCII, C341",
    "three bytes cut, E282",
    "four bytes cut, F09F98",
    "overlong slash in two, C0AF",
    "overlong in two, C1BF",
    "overlong in three, E09FBF",
    "overlong in four, F08FBFBF",
    "first surrogate, EDA080",
    "last surrogate, EDBFBF",
    "pair of surrogates, EDA0BDEDB880",
    "beyond Unicode, F4908080",
    "start of five, F888808080",
    "FE, FE",
    "FF, FF",
  })
  void invalidUtf8IsRejectedAnywhere(String what, String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    for (String around :
        new String[] {
          "{\"events\":[{\"a\":\"|\"}]}", "{\"events\":[{\"|\":1}]}", "{\"events\":[{}],\"|\":1}",
          "{\"handler_id\":\"|\",\"events\":[{}]}", "|", "{\"events\":[{}]}|"
        }) {
      refuses(Reason.NOT_UTF8, put(bad, around));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7F",
        "C280",
        "DFBF",
        "E0A080",
        "ED9FBF",
        "EE8080",
        "EFBFBF",
        "F0908080",
        "F48FBFBF"
      })
  void charactersAtTheEdgesOfUtf8AreAccepted(String hex) throws MalformedPayloadException {
    byte[] payload = put(HexFormat.of().parseHex(hex), "{\"events\":[{\"a\":\"|\"}]}");
    assertThat(parse(payload).events()).hasSize(1);
  }

  @Test
  void nestingIsAcceptedUpToItsLimit() throws MalformedPayloadException {
    int inner = JsonScanner.MAX_DEPTH - 3;
    for (String known : new String[] {"a", "location", "matches", "tags"}) {
      assertThat(parse(utf8(nested(known, inner, "[", "]"))).events()).hasSize(1);
      refuses(Reason.TOO_DEEP, nested(known, inner + 1, "[", "]"));
      refuses(Reason.TOO_DEEP, nested(known, inner + 1, "{\"city\":", "}"));
    }
    refuses(Reason.TOO_DEEP, "{\"x\":" + "[".repeat(2000));
    // As deep as a payload can be, with each kind of opening.
    for (String opening : new String[] {"[", "{\"a\":", "{\"events\":["}) {
      String deep = opening.repeat((LIMIT_BYTES - 10) / opening.length());
      refuses(Reason.TOO_DEEP, "{\"x\":" + deep);
    }
  }

  @Test
  void payloadIsAcceptedUpToItsLimit() throws MalformedPayloadException {
    String start = "{\"events\":[{\"a\":\"é";
    String end = "\"}]}";
    int room = LIMIT_BYTES - utf8(start + end).length;
    assertThat(parse(utf8(start + "x".repeat(room) + end)).events()).hasSize(1);
    refuses(Reason.TOO_LARGE, start + "x".repeat(room + 1) + end);
    refuses(Reason.TOO_LARGE, "x".repeat(LIMIT_BYTES + 1));
  }

  @Test
  void failureDoesNotContainTheContent() {
    MalformedPayloadException failure =
        catchThrowableOfType(
            MalformedPayloadException.class, () -> parse(utf8("{\"events\":\"secret\"}")));
    assertThat(failure).hasMessage("events_not_array").hasNoCause();
    assertThat(failure.getStackTrace()).isEmpty();
  }

  private static void refuses(Reason reason, String payload) {
    refuses(reason, utf8(payload));
  }

  private static void refuses(Reason reason, byte[] payload) {
    MalformedPayloadException failure =
        catchThrowableOfType(MalformedPayloadException.class, () -> parse(payload));
    assertThat(failure).as(new String(payload, StandardCharsets.UTF_8)).isNotNull();
    assertThat(failure.reason()).isEqualTo(reason);
  }

  private static PayloadParser.Parsed parse(byte[] payload) throws MalformedPayloadException {
    return new PayloadParser(LIMIT_BYTES, TestContract.EVENTS, false).parse("account", payload, 0);
  }

  private static String nested(String name, int depth, String open, String close) {
    String inner = open.repeat(depth) + (open.equals("[") ? "" : "1") + close.repeat(depth);
    return "{\"events\":[{\"" + name + "\":" + inner + "}]}";
  }

  private static byte[] put(byte[] bytes, String around) {
    String latin = new String(bytes, StandardCharsets.ISO_8859_1);
    return around.replace("|", latin).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
