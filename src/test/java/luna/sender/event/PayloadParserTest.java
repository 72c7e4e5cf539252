package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import luna.sender.testing.ContractAttributes;
import luna.sender.testing.TestContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the frames of a payload, byte for byte. */
final class PayloadParserTest {
  private static final String ID = "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String REQUEST = "\"Luna-Request-Id\":\"" + ID + "\"";

  @Test
  void payloadBecomesOneFramePerEventInOrder() {
    List<Event> events =
        ParsedEvents.of(
            """
            {"handler_id": "H", "Luna-Request-Id": "R", "events": [{"n":1}, {"n":2} ,{}],
             "event_create_time": "C", "event_end_time": "E"}""");
    String rest =
        ",\"handler_id\":\"H\",\"event-create-time\":\"C\",\"event-end-time\":\"E\",\"Luna-Request-id\":\"R\"}";
    assertThat(events)
        .extracting(PayloadParserTest::text)
        .containsExactly(
            "{\"event\":{\"n\":1}" + rest, "{\"event\":{\"n\":2}" + rest, "{\"event\":{}" + rest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ }",
        "{\n\t\"a\" :\r\n[ 1 , 2 ] }",
        "{\"a\":123456789012345678901234567890}",
        "{\"a\":-0,\"b\":1.10,\"c\":1E400,\"d\":0.1000000000000000055511151231257827}",
        "{\"a\":1e+2,\"b\":1E-02}",
        "{\"a\":\"\\u00e9\\/\\b\\f\\n\\r\\t\\\\\\\"\"}",
        "{\"a\":\"\u2028\u2029\u00a0\ufeff\u007f\"}",
        "{\"a\":\"😀\\ud83d\\uDE00\\ud800\"}",
        "{\"\\u0061\":null,\"\":[],\"b\":{},\"c\":[null,[{}]]}",
        "{\"a\":1,\"a\":2}",
        "{\"source\":\"}],\\\"\",\"tags\":[\"]\",\"{\"]}",
        "{\"source\":null,\"tags\":null,\"location\":null,\"matches\":null,"
            + "\"face_attributes\":null,\"aggregate_estimations\":null}",
        "{\"location\":{ \"city\" : \"Москва\" , \"x\":[ ] } ,\"matches\":[ { } , 1 ]}",
        "{\"события\":\"данные\"}",
      })
  void eventIsPassedThroughByteForByte(String event) {
    for (String space : new String[] {"", " ", "\r\n\t "}) {
      String payload =
          "{%s%s,\"events\"%s:%s[%s%s%s,{}%s]%s}"
              .formatted(space, REQUEST, space, space, space, event, space, space, space);
      assertThat(text(ParsedEvents.of(payload).get(0)))
          .startsWith("{\"event\":" + event + ",\"handler_id\":null,");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "\"\"",
        "\"2019-08-24T14:15:22Z\"",
        "\"\\u00e9\\/ é 😀 \u2028\"",
      })
  void textsBesideTheEventsArePassedThroughByteForByte(String value) {
    String payload =
        "{\"event_end_time\": %s ,\"handler_id\":%s,\"event_create_time\"\t:%s,%s,\"events\":[{}]}"
            .formatted(value, value, value, REQUEST);
    assertThat(text(ParsedEvents.of(payload).get(0)))
        .isEqualTo(
            "{\"event\":{},\"handler_id\":%s,\"event-create-time\":%s,\"event-end-time\":%s,\"Luna-Request-id\":\"%s\"}"
                .formatted(value, value, value, ID));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1.50E+3", "1566656122.0000001", "123456789012345678901234567890"})
  void numberBesideTheEventsBecomesATextOfTheSameDigits(String number) {
    String payload =
        "{\"event_end_time\": %s ,\"handler_id\":%s,\"event_create_time\"\t:%s,\"Luna-Request-Id\":%s,\"events\":[{}]}"
            .formatted(number, number, number, number);
    Event event = ParsedEvents.of(payload).get(0);
    assertThat(text(event))
        .isEqualTo(
            "{\"event\":{},\"handler_id\":\"%s\",\"event-create-time\":\"%s\",\"event-end-time\":\"%s\",\"Luna-Request-id\":\"%s\"}"
                .formatted(number, number, number, number));
    assertThat(ContractAttributes.of(event.attributes()).handlerId())
        .isEqualTo(number.toLowerCase(Locale.ROOT));
  }

  @Test
  void keysOfThePayloadCanBeInAnyOrder() {
    String[] keys = {
      "\"handler_id\":\"H\"",
      REQUEST,
      "\"events\":[{\"n\":1}]",
      "\"event_create_time\":\"C\"",
      "\"event_end_time\":\"E\"",
      "\"more\":{\"events\":[{\"n\":2}],\"handler_id\":[]}"
    };
    String expected = text(ParsedEvents.of("{" + String.join(",", keys) + "}").get(0));
    for (int turn = 0; turn < keys.length; turn++) {
      String first = keys[0];
      System.arraycopy(keys, 1, keys, 0, keys.length - 1);
      keys[keys.length - 1] = first;
      List<Event> events = ParsedEvents.of("{" + String.join(",", keys) + "}");
      assertThat(events).hasSize(1);
      assertThat(text(events.get(0))).isEqualTo(expected);
      assertThat(ContractAttributes.of(events.get(0).attributes()).handlerId()).isEqualTo("h");
    }
  }

  @Test
  void missingValueIsNullInTheFrameExceptTheRequestId() {
    for (String payload :
        new String[] {"{\"events\":[{}]}", "{\"events\":[{}],\"Luna-Request-Id\":null}"}) {
      assertThat(text(ParsedEvents.of(payload).get(0)))
          .matches(
              "\\{\"event\":\\{\\},\"handler_id\":null,\"event-create-time\":null,"
                  + "\"event-end-time\":null,\"Luna-Request-id\":\"[0-9]{10},[0-9a-f-]{36}\"\\}");
    }
  }

  @Test
  void eventsOfOnePayloadShareTheGeneratedRequestId() {
    List<Event> events = ParsedEvents.of("{\"events\":[{},{}]}");
    assertThat(text(events.get(1))).isEqualTo(text(events.get(0)));
  }

  @Test
  void keyWithEscapesIsRecognized() {
    assertThat(ParsedEvents.of("{\"\\u0065vents\":[{\"so\\u0075rce\":\"a\"}]}"))
        .extracting(event -> ContractAttributes.of(event.attributes()).source())
        .containsExactly("a");
  }

  @Test
  void lastValueOfADuplicateKeyCounts() {
    List<Event> events =
        ParsedEvents.of(
            "{\"events\":[{\"n\":1},1],\"handler_id\":\"A\",\"events\":[{\"n\":2},{\"n\":3}],"
                + "\"handler_id\":7,\"event_end_time\":\"x\",\"event_end_time\":null,"
                + REQUEST
                + "}");
    assertThat(events).extracting(PayloadParserTest::text).hasSize(2);
    assertThat(text(events.get(0)))
        .startsWith("{\"event\":{\"n\":2},\"handler_id\":\"7\",")
        .contains("\"event-end-time\":null");
    assertThat(ContractAttributes.of(events.get(0).attributes()).handlerId()).isEqualTo("7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1,{\"n\":1},null,[{}],{\"n\":2},\"x\",true,-1.5] | 2 | 6",
        "[null] | 0 | 1",
        "[[[{\"events\":[{}]}]]] | 0 | 1",
        "[{},{}] | 2 | 0",
      })
  void elementThatIsNotAnObjectIsDroppedAndCounted(String elements, int events, int malformed)
      throws MalformedPayloadException {
    byte[] payload = ("{\"events\":" + elements + "}").getBytes(StandardCharsets.UTF_8);
    PayloadParser.Parsed parsed =
        new PayloadParser(1000, TestContract.EVENTS, false).parse("account", payload, 0);
    assertThat(parsed.events()).hasSize(events);
    assertThat(parsed.malformedEvents()).isEqualTo(malformed);
    assertThat(String.join("", parsed.events().stream().map(PayloadParserTest::text).toList()))
        .doesNotContain("null}", "[");
  }

  @Test
  void eventHasItsAccountAndReceiveTimeAndHidesItsContent() throws MalformedPayloadException {
    byte[] payload = "{\"events\":[{\"source\":\"secret\"}]}".getBytes(StandardCharsets.UTF_8);
    Event event =
        new PayloadParser(1000, TestContract.EVENTS, false)
            .parse("account", payload, 42)
            .events()
            .get(0);
    assertThat(event.account()).isEqualTo("account");
    assertThat(event.receivedNanos()).isEqualTo(42);
    assertThat(event.textBytes()).isEqualTo(ParsedEvents.text(event).length);
    assertThat(event.toString()).contains("account").doesNotContain("secret");
  }

  private static String text(Event event) {
    return new String(ParsedEvents.text(event), StandardCharsets.UTF_8);
  }
}
