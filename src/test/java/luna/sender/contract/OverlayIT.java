package luna.sender.contract;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import luna.sender.testing.FreePorts;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.RawHttp;
import luna.sender.testing.Service;
import luna.sender.testing.TestRedis;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that one edit of YAML adds a filter to the packaged jar, in all of its parts. */
final class OverlayIT {
  private static final String STREAMS =
      """
      overlay: 1.0.0
      info: {title: Streams, version: 1.0.0}
      actions:
        - target: $.paths['/{api}/ws'].get.parameters
          update:
            name: lanes
            in: query
            x-event-field: event.extra.lanes[].name
            description: Passes events in one of these lanes.
            explode: false
            schema:
              {type: array, minItems: 1, maxItems: 9, items: {type: string, minLength: 1}}
      """;

  @TempDir private Path directory;

  @Test
  void filterOfAnOverlayWorksInAllParts() throws Exception {
    assertThat(STREAMS.lines()).hasSizeLessThanOrEqualTo(15);
    String file = write("lanes.yaml", STREAMS);
    int port = FreePorts.next();
    try (TestRedis redis = new TestRedis();
        PackagedCommand service =
            PackagedCommand.start(environment(redis, port), "run", "--overlay", file)) {
      service.awaitPrinted("subscriber-0").awaitPrinted("Listening");
      String account = Service.account();
      TestSocket socket = TestSocket.open(port, account, "lanes=left,middle&gender=1");
      TestSocket every = TestSocket.open(port, account, "");
      redis.publish(account, payload(inLanes("other lane", "right")));
      redis.publish(account, payload(inLanes("woman", "left").put("face_attributes", gender(0))));
      redis.publish(account, payload(event("no lane").put("face_attributes", gender(1))));
      redis.publish(account, payload(inLanes("passes", "right", "middle")));
      assertThat(socket.nextEventId()).isEqualTo("passes");
      for (String id : new String[] {"other lane", "woman", "no lane", "passes"}) {
        assertThat(every.nextEventId()).isEqualTo(id);
      }

      UpgradeRejectedException refusal =
          TestSocket.refused(port, "/2/ws?lanes=a,,b", Map.of("Luna-Account-Id", account));
      assertThat(refusal.getStatus()).isEqualTo(400);
      assertThat(refusal.getBody().toString()).contains("lanes: nothing (expected: text)");

      JsonObject body =
          new JsonObject().put("filter", "lanes=left").put("event", inLanes("id", "right"));
      JsonObject explained =
          new JsonObject(
              RawHttp.exchange(
                      port,
                      RawHttp.post("/2/explain", body.encode(), "Luna-Account-Id: " + account))
                  .text());
      assertThat(explained.getBoolean("passes")).isFalse();
      JsonObject clause = explained.getJsonArray("clauses").getJsonObject(0);
      assertThat(clause.getString("filter")).isEqualTo("lanes");
      assertThat(clause.getValue("value")).isEqualTo(new JsonArray().add("right"));

      assertThat(
              RawHttp.exchange(port, RawHttp.get("/docs/spec", "Accept: application/x-yaml"))
                  .text())
          .contains("name: \"lanes\"", "event.extra.lanes[].name");
      assertThat(RawHttp.exchange(port, RawHttp.get("/console/contract.json")).text())
          .contains("event.extra.lanes[].name");

      tail(port, account, redis);
    }
  }

  private static void tail(int port, String account, TestRedis redis) throws Exception {
    try (PackagedCommand tail =
        PackagedCommand.start(
            Map.of(),
            "tail",
            "-u",
            "http://127.0.0.1:" + port,
            "--account",
            account,
            "-n",
            "1",
            "--json",
            "lanes=left")) {
      tail.awaitPrinted("onnected");
      redis.publish(account, payload(inLanes("other lane", "right")));
      redis.publish(account, payload(inLanes("tailed", "left")));
      assertThat(tail.exitCode()).isZero();
      assertThat(tail.output()).contains("tailed").doesNotContain("other lane");
    }
  }

  @Test
  void checkConfigPrintsTheFilters() throws Exception {
    String file = write("lanes.yaml", STREAMS);
    try (PackagedCommand run = PackagedCommand.start(Map.of(), "check-config", "--overlay", file)) {
      assertThat(run.exitCode()).as(run::printed).isZero();
      JsonObject printed = new JsonObject(run.output());
      assertThat(printed.getJsonObject("FILTERS").getJsonObject("lanes"))
          .isEqualTo(
              new JsonObject()
                  .put("field", "event.extra.lanes[].name")
                  .put("match", "any of a list"));
      assertThat(printed.getJsonObject("FILTERS").getJsonObject("gender").getJsonObject("values"))
          .isEqualTo(new JsonObject().put("0", "female").put("1", "male"));
      assertThat(
              printed.getJsonObject("LUNA_SENDER_HTTP_SETTINGS").getJsonArray("CONTRACT_OVERLAYS"))
          .containsExactly(file);
    }
  }

  @Test
  void emptyNameOfAnOverlayIsRejected() throws Exception {
    try (PackagedCommand run = PackagedCommand.start(Map.of(), "run", "--overlay", "")) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.errors()).contains("--overlay: '' (expected: a file");
    }
  }

  @Test
  void invalidOverlayStopsTheStartWithThePlace() throws Exception {
    String file = write("bad.yaml", STREAMS.replace("lanes[].name", "lanes[.name"));
    for (String command : new String[] {"run", "check-config"}) {
      try (PackagedCommand run = PackagedCommand.start(Map.of(), command, "--overlay", file)) {
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors().strip())
            .isEqualTo(
                "luna-sender: "
                    + file
                    + ": parameter lanes: x-event-field: event.extra.lanes[.name (expected: keys"
                    + " that are joined by dots, each followed by [] if it has an array)");
      }
    }
  }

  private String write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, text);
    return file.toString();
  }

  private static Map<String, String> environment(TestRedis redis, int port) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LUNA_SENDER_HTTP_SETTINGS__HOST", "127.0.0.1");
    environment.put("LUNA_SENDER_HTTP_SETTINGS__PORT", Integer.toString(port));
    environment.put("REDIS_DB_ADDRESS__HOST", "127.0.0.1");
    environment.put("REDIS_DB_ADDRESS__PORT", Integer.toString(redis.port()));
    return environment;
  }

  /** Returns an event of a man. */
  private static JsonObject inLanes(String id, String... lanes) {
    JsonArray list = new JsonArray();
    for (String lane : lanes) {
      list.add(new JsonObject().put("name", lane));
    }
    return event(id)
        .put("face_attributes", gender(1))
        .put("extra", new JsonObject().put("lanes", list));
  }

  private static JsonObject gender(int gender) {
    return new JsonObject().put("basic_attributes", new JsonObject().put("gender", gender));
  }
}
