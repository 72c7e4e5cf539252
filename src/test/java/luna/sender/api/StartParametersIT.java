package luna.sender.api;

import static luna.sender.testing.RawHttp.get;
import static luna.sender.testing.RawHttp.handshake;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An invalid start gets a 400 before the upgrade, which names it. */
final class StartParametersIT {
  @RegisterExtension final Service plain = Service.shared();

  @RegisterExtension
  final Service service =
      Service.shared("LUNA_SENDER_HISTORY__MODE=redis", "LUNA_SENDER_HISTORY__RECORD=0");

  private static Answer answer(Service of, String query) {
    return RawHttp.exchange(of.port(), get("/2/ws?" + query, handshake(Service.account())));
  }

  private static String detail(Service of, String query) {
    Answer answer = answer(of, query);
    assertThat(answer.status()).as(query).isEqualTo(400);
    return new JsonObject(Buffer.buffer(answer.body())).getString("detail");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "after=|after: nothing (expected: 1 to 128 characters)",
        "after=x|after: x (expected: a position, or an event_id)",
        "after=a-1-2|after: a-1-2 (expected: a position, or an event_id)",
        "last=0|last: 0 (expected: an integer from 1 to 1000)",
        "last=1001|last: 1001 (expected: an integer from 1 to 1000)",
        "last=x|last: x (expected: an integer from 1 to 1000)",
        "last=1&last=2|last: given 2 times (expected: once)",
        "positions=2|positions: 2 (expected: one of 0, 1)",
        "after=a-1-2-3&last=1|last: with after (expected: one of after, last and since)",
        "last=1&since=2026-08-11T09:11:41Z|since: with last (expected: one of after, last and since)",
      })
  void invalidStartIsRejectedByName(String query, String expected) {
    assertThat(detail(service, query)).isEqualTo("Bad query parameters: " + expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yesterday",
        "2026-08-11",
        "2026-08-11T09:11Z",
        "2026-08-11T09:11:41",
        "2026-08-11T09:11:41+03:00",
        "2026-13-11T09:11:41Z",
        "2026-08-11T25:11:41Z",
      })
  void timeThatIsNotOfTheRfcIsRejected(String time) {
    assertThat(detail(service, "since=" + time))
        .startsWith(
            "Bad query parameters: since: " + time.replace('+', ' ') + " (expected: a time");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "since=2026-08-11T09:11:41Z",
        "since=2026-08-11t09:11:41.123456789z",
        "since=2026-08-11T09:11:41%2B03:00",
        "since=0001-01-01T00:00:00Z",
        "since=9999-01-01T00:00:00Z",
        "last=1",
        "last=1000&strict=1",
        "after=8950722f-3fd4-4223-b48f-03f95f0e8dfb&positions=1",
        "after=a-1-2-3",
        "after=a-9223372036854775807-9223372036854775807-9223372036854775807-2147483647",
        "positions=0",
      })
  void validStartIsAccepted(String query) {
    assertThat(answer(service, query).status()).isEqualTo(101);
  }

  @ParameterizedTest
  @CsvSource({"after, a-1-2-3", "last, 5", "since, 2026-08-11T09:11:41Z", "positions, 1"})
  void startIsRejectedWithoutHistory(String name, String value) {
    assertThat(detail(plain, name + "=" + value))
        .isEqualTo(
            "Bad query parameters: "
                + name
                + ": "
                + value
                + " (expected: none, because LUNA_SENDER_HISTORY.MODE is off)");
  }
}
