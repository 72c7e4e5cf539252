package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what a handshake reports about a query that is valid but probably a mistake. */
final class FilterWarningsIT {
  private static final String WARNINGS = "Luna-Filter-Warnings";

  @RegisterExtension final Service service = Service.shared();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "age__gte=50&age__lt=20 | age__lt: 20 (expected: more than age__gte=50)",
        "age__lt=7&age__gte=7 | age__lt: 7 (expected: more than age__gte=7)",
        "object_similarity__lt=0 | object_similarity__lt: 0 (expected: more than 0)",
        "source=a | source: unknown (did you mean sources?)",
        "cities=Moscow+ | cities: 'Moscow ' (expected: no blank at its start or end)",
        "cities=%0D%0AX-Evil:+1 | cities: '%0D%0AX-Evil: 1' (expected: no blank at its start or end)",
        "tags=a%2Cb:+c+ | tags: 'a%2Cb: c ' (expected: no blank at its start or end)",
        "areas=%20М | areas: ' %D0%9C' (expected: no blank at its start or end)",
        "strct=1&age__lt=0&age__gte=0 | strct: unknown (did you mean strict?), age__lt: 0 (expected: more than age__gte=0)",
      })
  void oddQueryIsAcceptedWithAWarningAndRejectedIfStrict(String query, String warnings) {
    String sent = query.replace("М", "%D0%9C");
    Answer accepted = ask("/2/ws?" + sent);
    assertThat(accepted.status()).isEqualTo(101);
    assertThat(accepted.header(WARNINGS)).isEqualTo(warnings);
    assertThat(accepted.headers()).doesNotContainKey("x-evil");
    try (ContractCheck contract = new ContractCheck()) {
      assertThat(contract.check("ws", accepted)).isEqualTo("ws 101");
    }
    Answer rejected = ask("/2/ws?strict=1&" + sent);
    assertThat(rejected.status()).isEqualTo(400);
    assertThat(rejected.headers()).doesNotContainKey("luna-filter-warnings");
    JsonObject error = new JsonObject(rejected.text());
    assertThat(error.getInteger("error_code")).isEqualTo(12012);
    assertThat(error.getString("detail"))
        .startsWith(
            "Bad query parameters: "
                + query.replaceFirst("[&=].*", "").replace("age__gte", "age__lt"));
  }

  @Test
  void strictHandshakeWithAnUnknownNameIsRejected() {
    Answer rejected = ask("/2/ws?gender=1&strict=1&colour=red");
    assertThat(rejected.status()).isEqualTo(400);
    assertThat(new JsonObject(rejected.text()).getString("detail"))
        .isEqualTo("Bad query parameters: colour: unknown (expected: a parameter in /docs/spec)");
    Answer accepted = ask("/2/ws?gender=1&strict=0&colour=red");
    assertThat(accepted.status()).isEqualTo(101);
    assertThat(accepted.headers()).doesNotContainKey("luna-filter-warnings");
    assertThat(accepted.header("Luna-Ignored-Parameters")).isEqualTo("colour");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "?strict=1",
        "?strict=1&gender=1&age__gte=18&age__lt=19&cities=New+York,Moscow&tags=a,a&gaps=1&stats=0",
        "?strict=1&account_id={account}&slow=close&object_similarity__gte=1",
      })
  void goodQueryHasNoWarningAndMayBeStrict(String query) {
    String account = Service.account();
    Answer answer =
        RawHttp.exchange(
            service.port(), get("/2/ws" + query.replace("{account}", account), handshake(account)));
    assertThat(answer.status()).as(answer.text()).isEqualTo(101);
    assertThat(answer.headers()).doesNotContainKey("luna-filter-warnings");
  }

  /** Clients limit the headers of a response, many to 8 KiB. */
  @Test
  void headerOfWarningsIsLimited() {
    StringBuilder query = new StringBuilder("x=1");
    for (int i = 0; i < 2_000; i++) {
      query.append("&source").append(i).append("=1");
    }
    for (String name : "sources cities areas districts streets house_numbers".split(" ", -1)) {
      query.append('&').append(name).append("=+").append("%C4%8D".repeat(100));
    }
    Answer answer = ask("/2/ws?" + query);
    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.header(WARNINGS))
        .startsWith("source0: unknown (did you mean sources?), source1: ")
        .hasSizeBetween(1_000, 2_048);
  }

  private Answer ask(String target) {
    return RawHttp.exchange(service.port(), get(target, handshake(Service.account())));
  }
}
