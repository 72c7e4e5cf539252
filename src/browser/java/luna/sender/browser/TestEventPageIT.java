package luna.sender.browser;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.imageio.ImageIO;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Publishes test events in the console, and shows the pictures of events. */
final class TestEventPageIT {
  private static final String FACE = "557d54ec-29ad-4f3c-93b4-c9092ef12515";

  /** Where the platform keeps samples. */
  private static final HttpServer SAMPLES = samples();

  /** The paths that were requested. */
  private static final Queue<String> REQUESTED = new ConcurrentLinkedQueue<>();

  @RegisterExtension
  final Service service =
      Service.shared(
          "LUNA_SENDER_HTTP_SETTINGS__CONSOLE_PUBLISH=1",
          "LUNA_SENDER_HTTP_SETTINGS__SAMPLE_URL=http://127.0.0.1:"
              + SAMPLES.getAddress().getPort()
              + "/6/samples/faces/{sample_id}");

  @RegisterExtension final Service plain = Service.shared();

  private final String account = Service.account();
  private final Page page = new Page();

  private static HttpServer samples() {
    try {
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.write(new BufferedImage(40, 50, BufferedImage.TYPE_INT_RGB), "png", png);
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
      server.createContext(
          "/",
          exchange -> {
            String path = exchange.getRequestURI().getPath();
            REQUESTED.add(path);
            boolean known = path.endsWith(FACE);
            exchange.getResponseHeaders().set("Content-Type", "image/png");
            exchange.sendResponseHeaders(known ? 200 : 404, known ? png.size() : -1);
            if (known) {
              exchange.getResponseBody().write(png.toByteArray());
            }
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @AfterEach
  void close() {
    try {
      page.assertQuiet();
    } finally {
      page.close();
    }
  }

  private void open(Service at, String more) {
    page.open(at.port(), "account_id=" + account + more).awaitLive();
  }

  @Test
  void testEventIsPublishedFollowedAndExplained() {
    try (TestSocket other = service.open(account, "")) {
      open(service, "&gender=1");
      page.click(page.part("publish-open"));
      page.part("publish-sources").sendKeys("my camera");
      page.select("publish-gender", "1");
      page.part("publish-age").sendKeys("42");
      page.assertAccessible("publish");
      page.shoot("test-event");
      page.click(page.part("publish-now"));
      until("it arrives", () -> page.part("arrival").getText().startsWith("Arrived here after"));
      assertThat(page.part("published").getText())
          .startsWith("Published to luna-sender:" + account + ": 1 event, 1 subscriber");
      until("it is explained", () -> page.texts("[data-test=verdict]").size() == 1);
      assertThat(page.part("verdict").getText()).isEqualTo("Passes all 1 clauses");
      JsonObject received = other.next().getJsonObject("event");
      assertThat(received.getString("source")).isEqualTo("my camera");
      assertThat(received.getJsonObject("face_attributes").getJsonObject("basic_attributes"))
          .isEqualTo(new JsonObject().put("gender", 1).put("age", 42));

      // The filter rejects the next one, so it does not arrive here, but others receive it.
      page.select("publish-gender", "0");
      page.click(page.part("publish-now"));
      until(
          "it is explained",
          () -> page.texts("[data-test=verdict]").contains("Rejected by 1 of 1 clauses"));
      JsonObject rejected = other.next().getJsonObject("event");
      assertThat(rejected.getString("event_id")).isNotEqualTo(received.getString("event_id"));
      until(
          "it does not arrive",
          () -> page.part("arrival").getText().equals("It has not arrived here within 5 s."));
    }
  }

  @Test
  void invalidPayloadIsRejectedWithItsPlace() {
    open(service, "");
    page.click(page.part("publish-open"));
    page.run("document.querySelector('[data-test=publish-text]').value = '{'");
    page.click(page.part("publish-now"));
    until("it is rejected", () -> page.part("publish-fault").getText().contains("not JSON"));
    page.run("document.querySelector('[data-test=publish-text]').value = '{\"tags\": 7}'");
    page.click(page.part("publish-now"));
    until("it is rejected", () -> page.part("publish-fault").getText().contains("events/0/tags"));
    page.assertAccessible("rejected");
  }

  @Test
  void pictureOfTheFaceIsShownAndADeletedOneIsNot() {
    open(service, "");
    publish(service, detected("gone", "24d405ce-bc56-4bf7-98e1-bdc962b4cf34"));
    publish(service, detected("known", FACE));
    publish(service, event("none"));
    page.point(10, 10);
    until(
        "one picture is shown",
        () ->
            page.<Long>run(
                    "return [...document.querySelectorAll('[data-test=card] img')]"
                        + ".filter(i => i.naturalWidth === 40).length")
                == 1);
    until("the other is gone", () -> page.all("[data-test=card] img").size() == 1);
    page.click(page.find("[data-event-id=known] [data-action=why]"));
    until("it is large", () -> page.all("#inspector-picture img").size() == 1);
    page.assertAccessible("pictures");
    page.shoot("pictures");
    assertThat(REQUESTED).contains("/6/samples/faces/" + FACE);
  }

  @Test
  void nothingIsFetchedAndNothingCanBePublishedUnlessItIsConfigured() {
    open(plain, "");
    publish(plain, detected("plain", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"));
    page.point(10, 10);
    until("it is shown", () -> page.shown().contains("plain"));
    assertThat(page.all("[data-test=card] img")).isEmpty();
    assertThat(page.part("publish-open").isDisplayed()).isFalse();
    assertThat(REQUESTED).noneMatch(path -> path.endsWith("8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"));
  }

  private void publish(Service at, JsonObject event) {
    at.redis().publish(account, payload(event));
  }

  private static JsonObject detected(String id, String sample) {
    JsonObject face = new JsonObject().put("face", new JsonObject().put("sample_id", sample));
    return event(id)
        .put("detections", new JsonArray().add(new JsonObject().put("samples", face)));
  }
}
