package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An invalid filter gets a 400 before the upgrade, which names it, quotes it, and says what was
 * expected.
 */
final class BadFilterIT {
  private static final String UUID = "8950722f-3fd4-4223-b48f-03f95f0e8dfb";
  private static final String NOT_UTF8 = "percent-encoded UTF-8";
  private static final List<String> TEXTS =
      List.of(
          "sources",
          "matching_candidates_labels",
          "cities",
          "areas",
          "districts",
          "streets",
          "house_numbers");

  @RegisterExtension final Service service = Service.shared();

  /**
   * @param query as it is sent
   * @param shown the value as the response quotes it
   */
  private record Bad(String query, String shown, String expected) {
    /** A list where one value is expected, which the response says. */
    static Bad list(String query, String shown, String expected) {
      return new Bad(query, shown, "one value, not a list: " + expected);
    }

    String name() {
      return query.replaceFirst("=.*", "");
    }
  }

  @TestFactory
  Stream<DynamicTest> invalidValueIsRejectedByName() {
    return Stream.of(numbers(), codes(), lists(), encodings())
        .flatMap(table -> table)
        .map(bad -> DynamicTest.dynamicTest(bad.query(), () -> assertRefused(bad)));
  }

  @Test
  void repeatedParameterIsRejectedByName() {
    for (String query :
        List.of(
            "gender=1&gender=1",
            "gender=1&sources=a&sources=b&gender=1",
            "gender=1&%67ender=0",
            "age__gte=&age__gte=",
            "object_similarity__lt=0.5&object_similarity__lt=0.6",
            "slow=close&slow=latest",
            "gaps=1&gaps=1",
            "stats=0&stats=1",
            "strict=1&strict=1",
            "account_id=" + UUID + "&account_id=" + UUID)) {
      String name = query.replaceFirst("=.*", "");
      assertThat(detail(query))
          .isEqualTo("Bad query parameters: " + name + ": given 2 times (expected: once)");
    }
    assertThat(detail("age__lt=1&age__lt=2&age__lt=3"))
        .isEqualTo("Bad query parameters: age__lt: given 3 times (expected: once)");
  }

  @Test
  void limitsOfAListApplyToAllItsRepetitions() {
    String half = "s,".repeat(499) + "s";
    assertThat(detail("sources=" + half + "&sources=" + half + "&sources=s"))
        .isEqualTo(
            "Bad query parameters: sources: " + "s,".repeat(32) + "… (expected: 1 to 1000 values)");
    for (String query : List.of("tags=a&tags=", "tags=&tags=a", "tags=a&tags", "tags=&tags=")) {
      assertThat(detail(query))
          .as(query)
          .isEqualTo("Bad query parameters: tags: nothing (expected: 1 to 36 characters)");
    }
    assertThat(detail("masks=1&gender=1&masks=2,9"))
        .isEqualTo("Bad query parameters: masks: 9 (expected: one of 1, 2, 3)");
    assertThat(detail("cities=a&cities=%zz"))
        .isEqualTo("Bad query parameters: cities: %zz (expected: percent-encoded UTF-8)");
  }

  @Test
  void longInvalidValueIsTruncatedInTheError() {
    assertThat(detail("gender=" + "9".repeat(20_000)))
        .isEqualTo("Bad query parameters: gender: " + "9".repeat(64) + "… (expected: one of 0, 1)");
  }

  private static Stream<Bad> numbers() {
    String age = "an integer of 0 or more";
    String similarity = "a number from 0 to 1";
    return Stream.of(
            Stream.of("18.5", "-1", "1e2", "abc", "0x12", "NaN", "null", "true", "9".repeat(19))
                .flatMap(v -> both("age", v, v, age)),
            both("age", "", "nothing", age),
            both("age", "+1", " 1", age),
            both("age", "%D9%A1%D9%A8", "١٨", age),
            Stream.of(
                    "1.5",
                    "-0.1",
                    "1.0000001",
                    "NaN",
                    "Infinity",
                    "-Infinity",
                    "abc",
                    "1e999",
                    "0x1",
                    ".",
                    "-",
                    "e1",
                    "0.5f",
                    "1e",
                    "--1",
                    "true",
                    "null",
                    "\"0.5\"".replace("\"", "'"),
                    "0." + "5".repeat(60))
                .flatMap(
                    v ->
                        both(
                            "object_similarity",
                            v,
                            v.substring(0, Math.min(64, v.length())),
                            similarity)),
            both("object_similarity", "", "nothing", similarity),
            both("object_similarity", "%220.5%22", "\"0.5\"", similarity),
            both("object_similarity", "+.5", " .5", similarity))
        .flatMap(rows -> rows);
  }

  private static Stream<Bad> codes() {
    return Stream.of(
            each("gender", "one of 0, 1", "2", "-1", "male", "1.0", "1e0", "true"),
            each("liveness", "one of 0, 1, 2", "3", "-1", "real", "1.0"),
            each("masks", "one of 1, 2, 3", "0", "4", "missing"),
            each("emotions", "one of 1, 2, 3, 4, 5, 6, 7", "0", "8", "anger"),
            each("ethnic_groups", "one of 1, 2, 3, 4", "0", "5", "asian"),
            Stream.of(
                new Bad("gender=", "nothing", "one of 0, 1"),
                Bad.list("gender=0,1", "0,1", "one of 0, 1"),
                Bad.list("age__gte=1,2", "1,2", "an integer of 0 or more"),
                Bad.list("object_similarity__lt=0,5", "0,5", "a number from 0 to 1"),
                new Bad("gender", "nothing", "one of 0, 1"),
                new Bad("masks=1,2,4,3", "4", "one of 1, 2, 3"),
                new Bad("masks=1%2C2", "1,2", "one of 1, 2, 3"),
                new Bad("masks=", "nothing", "one of 1, 2, 3"),
                new Bad("masks=1,,2", "nothing", "one of 1, 2, 3"),
                new Bad("emotions=,1", "nothing", "one of 1, 2, 3, 4, 5, 6, 7"),
                new Bad("liveness=0,", "nothing", "one of 0, 1, 2"),
                new Bad("ethnic_groups=1,+2", " 2", "one of 1, 2, 3, 4")))
        .flatMap(rows -> rows);
  }

  private static Stream<Bad> lists() {
    Stream<Bad> empty =
        TEXTS.stream()
            .flatMap(
                name ->
                    Stream.of("=", "", "=,", "=a,,b", "=,a", "=a,")
                        .map(value -> new Bad(name + value, "nothing", "text")));
    return Stream.concat(
        empty,
        Stream.of(
            new Bad("tags=" + "t".repeat(37), "t".repeat(37), "1 to 36 characters"),
            new Bad("tags=a," + "%D0%9C".repeat(37), "М".repeat(37), "1 to 36 characters"),
            new Bad("tags=a,,b", "nothing", "1 to 36 characters"),
            new Bad("tags=", "nothing", "1 to 36 characters"),
            new Bad("handler_ids=42", "42", "a UUID"),
            new Bad("handler_ids=", "nothing", "a UUID"),
            new Bad("handler_ids=" + UUID + ",", "nothing", "a UUID"),
            new Bad("handler_ids=" + UUID + ",x", "x", "a UUID"),
            new Bad("handler_ids=+" + UUID, " " + UUID, "a UUID"),
            new Bad("handler_ids=" + UUID + "%0A", UUID + "\n", "a UUID"),
            new Bad("handler_ids=" + UUID.replace("-", ""), UUID.replace("-", ""), "a UUID")));
  }

  private static Stream<Bad> encodings() {
    return Stream.of(
            "%",
            "%zz",
            "%2",
            "100%",
            "%ff",
            "%c3%28",
            "%c0%af",
            "%ed%a0%80",
            "%f5%80%80%80",
            "%u0041",
            "a%")
        .flatMap(
            value ->
                Stream.of(
                        "sources",
                        "tags",
                        "gender",
                        "age__gte",
                        "object_similarity__lt",
                        "handler_ids",
                        "masks")
                    .map(name -> new Bad(name + "=" + value, value, NOT_UTF8)));
  }

  private static Stream<Bad> both(String name, String value, String shown, String expected) {
    return Stream.of("__gte", "__lt")
        .map(bound -> new Bad(name + bound + "=" + value, shown, expected));
  }

  private static Stream<Bad> each(String name, String expected, String... values) {
    return Stream.of(values).map(value -> new Bad(name + "=" + value, value, expected));
  }

  private void assertRefused(Bad bad) {
    assertThat(detail(bad.query()))
        .matches(
            detail ->
                detail.startsWith("Bad query parameters: " + bad.name() + ": " + bad.shown())
                    && detail.endsWith(" (expected: " + bad.expected() + ")"),
            "names " + bad);
  }

  /** Returns the detail of the error. */
  private String detail(String query) {
    Answer answer =
        RawHttp.exchange(service.port(), get("/2/ws?" + query, handshake(Service.account())));
    assertThat(answer.status()).as(query).isEqualTo(400);
    JsonObject error = new JsonObject(answer.text());
    assertThat(error.getInteger("error_code")).as(answer.text()).isEqualTo(12012);
    return error.getString("detail");
  }
}
