package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.match;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.TestEvents.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests filters that look invalid but are valid, and what exactly they pass; and unknown
 * parameters.
 */
final class OddFilterIT {
  private static final String IGNORED = "Luna-Ignored-Parameters";

  @RegisterExtension final Service service = Service.shared();

  /**
   * @param query as it is sent, one character per byte
   * @param misses events that must not be delivered, published before the one that must
   */
  private record Odd(String query, JsonObject hit, List<JsonObject> misses) {}

  @TestFactory
  Stream<DynamicTest> unusualFilterPassesExactlyItsValues() {
    return Stream.of(sources(), similarities(), others())
        .flatMap(table -> table)
        .map(odd -> dynamicTest(odd.query(), () -> assertPasses(odd)));
  }

  @Test
  void unknownParametersAreIgnoredAndReported() {
    assertThat(ignored("genders=1&stream_ids=2,3&gender=1")).isEqualTo("genders,stream_ids");
    assertThat(ignored("x=1&x=2&x")).isEqualTo("x");
    assertThat(ignored("GENDER=2")).isEqualTo("GENDER");
    assertThat(ignored("a%2Cb=1&c+d=1&%D0%9C=1&\u00d0\u009c2=1&=1"))
        .isEqualTo("a%2Cb,c+d,%D0%9C,%D0%9C2,");
    assertThat(ignored("x=%ff")).isEqualTo("x");
  }

  @Test
  void withoutUnknownParametersThereIsNoHeader() {
    for (String target : List.of("/2/ws", "/2/ws?", "/2/ws?&&", "/2/ws?gender=1&sources=a%2Cb")) {
      Answer answer = ask(target);
      assertThat(answer.status()).as(target).isEqualTo(101);
      assertThat(answer.headers()).as(target).doesNotContainKey(IGNORED);
    }
  }

  @Test
  void nameOfAParameterNeverBecomesAHeader() {
    for (String lineBreak : List.of("%0d%0a", "%0a", "%0d", "%00", "%C4%8D%C4%8A")) {
      Answer answer = ask("/2/ws?x" + lineBreak + "X-Evil:%201=1");
      assertThat(answer.status()).as(lineBreak).isEqualTo(101);
      assertThat(answer.headers()).as(lineBreak).doesNotContainKey("x-evil");
      assertThat(answer.header(IGNORED)).matches("x(%[0-9A-F]{2})+X-Evil%3A[+]1");
    }
  }

  /** Clients limit the headers of a response too, many to 8 KiB. */
  @Test
  void headerOfUnknownNamesIsLimited() {
    assertThat(ignored("%22".repeat(9_000) + "=1&genders=1").length()).isLessThan(3_000);
    String many = String.join("&", "unknown=1&".repeat(2_000).split("&", -1));
    assertThat(ignored(many)).isEqualTo("unknown");
    StringBuilder query = new StringBuilder("genders=1");
    for (int i = 0; i < 2_000; i++) {
      query.append("&unknown").append(i).append("=1");
    }
    assertThat(ignored(query.toString())).startsWith("genders,unknown0,").hasSizeLessThan(3_000);
    TestSocket socket = service.open(Service.account(), "x".repeat(20_000) + "=1");
    assertThat(socket.isClosed()).isFalse();
  }

  private static Stream<Odd> sources() {
    return Stream.of(
        source("a%2Cb", "a,b", "a", "b", "a%2Cb"),
        source("a%2cb,c", "c", "b", "a"),
        source("a%2cb,c", "a,b", "b", "a", "b,c"),
        source("%2C", ",", ""),
        source("a+b", "a b", "a+b"),
        source("a%2Bb", "a+b", "a b"),
        source("a%20b", "a b", "a%20b"),
        source("a%2520b", "a%20b", "a b"),
        source("+a+", " a ", "a"),
        source("true", "true"),
        source("null", "null"),
        source("1e5", "1e5", "100000"),
        source("-5", "-5", "5"),
        source("3.0", "3.0", "3"),
        source("007", "007", "7"),
        source("%22a%22", "\"a\"", "a"),
        source("a%22,b", "a\"", "b\""),
        source("a'b", "a'b"),
        source("a=b", "a=b", "a"),
        source("a;b", "a;b", "a", "b"),
        source("a%26b", "a&b", "a"),
        source("a%00b%0A", "a\u0000b\n", "ab"),
        source("a%5C%2Cb", "a\\,b", "a,b", "a\\"),
        source("%5Cu002c", "\\u002c", ","),
        source("[1]", "[1]", "1"),
        source("a|b", "a|b", "a", "b"),
        source("{a}", "{a}", "a"),
        source("a\\b^c`d", "a\\b^c`d"),
        source("a\"<b>", "a\"<b>"),
        source("%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0", "Москва", "москва"),
        source(bytes("Москва,Köln"), "Москва", "Köln,", "Koln"),
        source(bytes("Москва,Köln"), "Köln", "Köl"),
        source("%F0%9F%91%81", "👁"),
        source(bytes("👁,大阪"), "大阪", "大"),
        source("e%CC%81", "e\u0301", "\u00e9"),
        source("CAM1", "CAM1", "cam1"),
        source("a,a,a", "a", "b"));
  }

  private static Stream<Odd> similarities() {
    return Stream.concat(
        Stream.of(".5", "0.5", "0.50000", "5e-1", "5E-1", "00.5", "%2E5", "0.5e0", "50e-2")
            .map(
                v ->
                    new Odd(
                        "object_similarity__gte=" + v,
                        alike(0.5),
                        List.of(alike(0.4999999), event()))),
        Stream.of(
            new Odd("object_similarity__gte=1", alike(1), List.of(alike(0.9999999))),
            new Odd("object_similarity__gte=1.", alike(1), List.of(alike(0.9999999))),
            new Odd("object_similarity__gte=0", alike(0), List.of(event())),
            new Odd("object_similarity__gte=-0", alike(0), List.of(event())),
            new Odd("object_similarity__gte=1e-999", alike(0), List.of(event())),
            new Odd("object_similarity__lt=1", alike(0.9999999), List.of(alike(1), event())),
            new Odd(
                "object_similarity__gte=0.3&object_similarity__lt=.4",
                alike(0.3),
                List.of(alike(0.4), alike(0.29)))));
  }

  private static Stream<Odd> others() {
    String handler = "557D54EC-29AD-4f3c-93b4-c9092ef12515";
    return Stream.of(
        new Odd("age__gte=0", aged(0), List.of(event())),
        new Odd("age__gte=018", aged(18), List.of(aged(17))),
        new Odd("age__lt=" + "9".repeat(18), aged(200), List.of(event())),
        new Odd("gender=%31", gender(1), List.of(gender(0), event())),
        new Odd("%67ender=0", gender(0), List.of(gender(1), event())),
        new Odd("&&gender=0&", gender(0), List.of(gender(1))),
        new Odd("handler_ids=" + handler, event("handled"), List.of()),
        new Odd(
            "tags=" + "%D0%9C".repeat(36), tagged("М".repeat(36)), List.of(tagged("М".repeat(35)))),
        new Odd(
            "tags=" + "%F0%9F%91%81".repeat(36), tagged("👁".repeat(36)), List.of(tagged("👁"))),
        new Odd(
            "tags=a%2Cb,c", tagged("c", "x", "a,b"), List.of(tagged("a", "b", "c"), tagged("a,b"))),
        new Odd(
            "tags=a&gender=1&t%61gs=b,c",
            with(tagged("c", "b", "a"), "face_attributes.basic_attributes.gender", 1),
            List.of(
                with(tagged("a"), "face_attributes.basic_attributes.gender", 1),
                with(tagged("b", "c"), "face_attributes.basic_attributes.gender", 1))),
        new Odd(
            "house_numbers=1,1/2str3",
            with(event("1/2"), "location.house_number", "1/2str3"),
            List.of(with(event(), "location.house_number", "1/2"))),
        new Odd(
            "masks=3,1,3",
            with(
                event("3"),
                "aggregate_estimations.face.attributes.mask.predominant_mask",
                "occluded"),
            List.of(
                with(
                    event(),
                    "aggregate_estimations.face.attributes.mask.predominant_mask",
                    "medical_mask"))));
  }

  private void assertPasses(Odd odd) {
    String account = Service.account();
    try (RawHttp client = RawHttp.connect(service.port())) {
      Answer answer = client.send(get("/2/ws?" + odd.query(), handshake(account))).answer();
      assertThat(answer.status()).as(answer.text()).isEqualTo(101);
      assertThat(answer.headers()).doesNotContainKey(IGNORED);
      JsonObject[] events =
          Stream.concat(odd.misses().stream(), Stream.of(odd.hit())).toArray(JsonObject[]::new);
      service.redis().publish(account, payload(events));
      assertThat(new JsonObject(client.textFrame()).getJsonObject("event")).isEqualTo(odd.hit());
    }
  }

  private String ignored(String query) {
    Answer answer = ask("/2/ws?" + query);
    assertThat(answer.status()).as(answer.text()).isEqualTo(101);
    return answer.header(IGNORED);
  }

  private Answer ask(String target) {
    return RawHttp.exchange(service.port(), get(target, handshake(Service.account())));
  }

  private static Odd source(String values, String hit, String... misses) {
    return new Odd(
        "sources=" + values,
        with(event("hit"), "source", hit),
        Stream.of(misses).map(miss -> with(event(), "source", miss)).toList());
  }

  private static JsonObject alike(double similarity) {
    return event("alike").put("matches", new JsonArray().add(match("label", similarity)));
  }

  private static JsonObject aged(int age) {
    return with(event("aged"), "face_attributes.basic_attributes.age", age);
  }

  private static JsonObject gender(int gender) {
    return with(event("gender"), "face_attributes.basic_attributes.gender", gender);
  }

  private static JsonObject tagged(String... tags) {
    return event("tagged").put("tags", new JsonArray(List.of((Object[]) tags)));
  }

  /** Returns one character per byte, as a client sends it that encodes nothing. */
  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
