package luna.sender.api;

import static luna.sender.testing.RawHttp.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import luna.sender.testing.RawHttp;
import luna.sender.testing.RawHttp.Answer;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Publishes test events over HTTP. */
final class PublishIT {
  @RegisterExtension
  final Service service = Service.shared("LUNA_SENDER_HTTP_SETTINGS__CONSOLE_PUBLISH=1");

  @RegisterExtension final Service off = Service.shared();

  private final String account = Service.account();

  @Test
  void clientsReceiveTheEventsByteForByteAndInOrder() {
    String first = "{\"event_id\":\"one\",  \"source\":\"Мост \\u0041\", \"x\": 1.50}";
    try (TestSocket client = service.open(account, "")) {
      Answer answer = publish(service, "{\"events\":[" + first + ",{\"event_id\":\"two\"}]}");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(new JsonObject(answer.text()))
          .isEqualTo(
              new JsonObject()
                  .put("channel", "luna-sender:" + account)
                  .put("events", 2)
                  .put("subscribers", 1));
      assertThat(client.nextText()).startsWith("{\"event\":" + first);
      assertThat(client.nextEventId()).isEqualTo("two");
      publish(service, "{\"events\":[{\"event_id\":\"three\"}]}");
      assertThat(client.nextEventId()).isEqualTo("three");
    }
  }

  @Test
  void withoutClientsNobodyReceivesIt() {
    Answer answer = publish(service, "{\"events\":[{}]}");
    assertThat(new JsonObject(answer.text()).getInteger("subscribers")).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | body: not an object (expected: a JSON object)",
        "{ | body: not JSON at byte",
        "7 | body: not an object (expected: a JSON object)",
        "null | body: not an object (expected: a JSON object)",
        "{} | body:",
        "{\"events\": []} | events:",
        "{\"events\": [7]} | events/0:",
        "{\"events\": [{\"event_id\": 7}]} | events/0/event_id:",
        "{\"events\": [{}, {\"tags\": [1]}]} | events/1/tags/0:",
        "{\"events\": [{}], \"handler_id\": []} | handler_id:",
      })
  void aWrongPayloadIsRejectedWithItsPlaceAndNothingIsPublished(String body, String place) {
    try (TestSocket client = service.open(account, "")) {
      Answer answer = publish(service, body);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(new JsonObject(answer.text()).getString("detail"))
          .startsWith("Failed to validate input json: " + place);
      publish(service, "{\"events\":[{\"event_id\":\"next\"}]}");
      assertThat(client.nextEventId()).isEqualTo("next");
    }
  }

  @Test
  void aPageOfAnotherSiteCannotPublish() {
    Answer answer = publish(service, "{\"events\":[{}]}", "Origin: https://elsewhere.example");
    assertThat(answer.status()).isEqualTo(403);
  }

  @Test
  void thePathDoesNotExistUnlessItIsEnabled() {
    assertThat(publish(off, "{\"events\":[{}]}").status()).isEqualTo(404);
    assertThat(RawHttp.exchange(off.port(), RawHttp.request("OPTIONS", "/2/publish")).status())
        .isEqualTo(404);
  }

  private Answer publish(Service service, String body, String... more) {
    List<String> lines = new ArrayList<>(List.of("Luna-Account-Id: " + account));
    lines.addAll(List.of(more));
    return RawHttp.exchange(service.port(), post("/2/publish", body, lines.toArray(String[]::new)));
  }
}
