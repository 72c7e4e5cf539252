package luna.sender.api;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import luna.sender.testing.OperatorTokensFile;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.Service;
import luna.sender.testing.TestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the operators' API with {@code cluster=1}: this node, and one in a process of its own. */
final class OperatorClusterIT {
  private final Path file = OperatorTokensFile.create();

  @RegisterExtension final Service service = new Service("LUNA_SENDER_ADMIN__TOKENS_FILE=" + file);

  private final String account = Service.account();
  private PackagedSender other;
  private TestSocket here;
  private TestSocket there;

  @BeforeEach
  void start() throws Exception {
    other =
        PackagedSender.start(
            service.redis(),
            Map.of("LUNA_SENDER_ADMIN__TOKENS_FILE", file.toString()),
            PackagedCommand.FAST_START);
    here = service.open(account, "gender=1");
    there = TestSocket.open(other.port(), account, "gender=0");
    until("both clients are listed", () -> clients("").size() == 2);
  }

  @AfterEach
  void close() throws Exception {
    other.signal("CONT");
    here.close();
    there.close();
    other.close();
  }

  @Test
  void clientsOfAllNodesAreListedTheOldestFirst() {
    JsonObject page = get("/connections?cluster=1");
    assertThat(objects(page, "nodes")).hasSize(2).allMatch(node -> node.getBoolean("answered"));
    assertThat(objects(page, "nodes").get(0).getString("node")).isEqualTo(page.getString("node"));
    assertThat(objects(page, "nodes"))
        .allMatch(node -> !node.getString("host").isEmpty())
        .extracting(node -> node.getString("node"))
        .doesNotHaveDuplicates();
    assertThat(objects(page, "connections"))
        .extracting(client -> client.getString("filter"))
        .containsExactly("gender=1", "gender=0");
    assertThat(objects(page, "connections"))
        .extracting(client -> Instant.parse(client.getString("since")))
        .isSorted();
    assertThat(page.getBoolean("more")).isFalse();
    JsonObject first = get("/connections?cluster=1&limit=1");
    assertThat(objects(first, "connections")).hasSize(1);
    assertThat(first.getBoolean("more")).isTrue();
    assertThat(clients("&account_id=" + Service.account())).isEmpty();
    assertThat(objects(get("/connections"), "connections")).hasSize(1);
    assertThat(get("/connections").containsKey("nodes")).isFalse();
  }

  @Test
  void countsOfAnAccountAreAdded() {
    service.redis().publish(account, payload(event("one")));
    until(
        "both nodes have counted it",
        () -> objects(get("/accounts?cluster=1"), "accounts").get(0).getLong("events", 0L) == 2);
    List<JsonObject> accounts = objects(get("/accounts?cluster=1"), "accounts");
    assertThat(accounts).hasSize(1);
    assertThat(accounts.get(0).getString("account_id")).isEqualTo(account);
    assertThat(accounts.get(0).getInteger("connections")).isEqualTo(2);
    assertThat(accounts.get(0).getLong("matched")).isZero();
    assertThat(accounts.get(0).getLong("gaps")).isZero();
    double rate = accounts.get(0).getDouble("events_per_second");
    assertThat(rate).isPositive().isLessThanOrEqualTo(2).isEqualTo(Math.round(rate * 10) / 10.0);
  }

  @Test
  void frozenNodeIsNamedWithinTheWait() throws Exception {
    other.signal("STOP");
    long start = System.nanoTime();
    JsonObject page = get("/connections?cluster=1&wait=0.5");
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(seconds).isBetween(0.5, 3.0);
    assertThat(objects(page, "nodes"))
        .extracting(node -> node.getBoolean("answered"))
        .containsExactly(true, false);
    assertThat(objects(page, "connections"))
        .extracting(client -> client.getString("filter"))
        .containsExactly("gender=1");
    HttpResponse<String> unknown = delete("/connections/00000000-1?cluster=1&wait=0.1");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body())
        .contains("no answer of " + objects(page, "nodes").get(1).getString("node"));
    other.signal("CONT");
    until("it answers again", () -> clients("").size() == 2);
  }

  @Test
  void clientOfAnotherNodeIsClosed() {
    String id =
        clients("").stream()
            .filter(client -> client.getString("filter").equals("gender=0"))
            .findFirst()
            .orElseThrow()
            .getString("id");
    assertThat(delete("/connections/" + id).statusCode()).isEqualTo(404);
    JsonObject closed = new JsonObject(delete("/connections/" + id + "?cluster=1").body());
    assertThat(closed.getInteger("closed")).isEqualTo(1);
    assertThat(there.closeCode()).isEqualTo(4403);
    assertThat(here.isClosed()).isFalse();
    other.awaitLine("An operator closes connections", "operator=", "connection=");
  }

  @Test
  void clientsOfAnAccountAreClosedOnAllNodes() {
    JsonObject closed =
        new JsonObject(delete("/accounts/" + account + "/connections?cluster=1").body());
    assertThat(closed.getInteger("closed")).isEqualTo(2);
    assertThat(objects(closed, "nodes")).hasSize(2);
    assertThat(here.closeCode()).isEqualTo(4403);
    assertThat(there.closeCode()).isEqualTo(4403);
  }

  @Test
  void nodeThatStopsIsNotAskedAnyMore() throws Exception {
    other.process().destroy();
    other.process().waitFor();
    until("it has left", () -> objects(get("/connections?cluster=1"), "nodes").size() == 1);
  }

  @Test
  void pageOfAllNodesHasNoNextPage() {
    HttpResponse<String> refusal = send("GET", "/connections?cluster=1&after=00000000-1");
    assertThat(refusal.statusCode()).isEqualTo(400);
    assertThat(refusal.body()).contains("after: ");
  }

  @Test
  void otherTextsOnTheChannelsAreIgnored() {
    service.expectWarning("Invalid message on the channel of the nodes");
    for (String text :
        List.of(
            "",
            "text",
            "[]",
            "{}",
            "{\"kind\":\"alive\",\"node\":\"a\"}",
            "{\"kind\":7,\"node\":\"a\"}",
            "{\"kind\":\"answer\",\"node\":\"a\",\"id\":1}",
            "{\"kind\":\"question\",\"node\":\"a\",\"id\":1,\"question\":{\"operation\":\"x\"}}",
            "{\"kind\":\"question\",\"node\":\"a\",\"id\":1}",
            "{\"kind\":\"question\",\"node\":\"a\",\"id\":1,\"question\":{}}",
            "{\"kind\":\"question\",\"node\":\"a\",\"id\":1,\"question\":"
                + "{\"operation\":\"closeConnection\",\"id\":\"x\"}}",
            "{\"kind\":\"question\",\"node\":\"a\",\"id\":1,\"question\":"
                + "{\"operation\":\"connections\",\"limit\":1,\"slow\":\"x\"}}",
            "{\"kind\":\"later\",\"node\":\"a\"}")) {
      service.redis().command("PUBLISH", "luna-sender.nodes", text);
    }
    assertThat(clients("")).hasSize(2);
    assertThat(objects(get("/connections?cluster=1"), "nodes")).hasSize(2);
  }

  private List<JsonObject> clients(String more) {
    return objects(get("/connections?cluster=1" + more), "connections");
  }

  private static List<JsonObject> objects(JsonObject page, String name) {
    JsonArray elements = page.getJsonArray(name);
    return elements.stream().map(JsonObject.class::cast).toList();
  }

  private JsonObject get(String path) {
    return new JsonObject(send("GET", path).body());
  }

  private HttpResponse<String> delete(String path) {
    return send("DELETE", path);
  }

  private HttpResponse<String> send(String method, String path) {
    return service.send(method, path, "Authorization", "Bearer " + OperatorTokensFile.CLOSE_TOKEN);
  }
}
