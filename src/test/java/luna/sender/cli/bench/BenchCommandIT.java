package luna.sender.cli.bench;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import luna.sender.testing.Service;
import luna.sender.testing.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the load generator with our own service, with and without faults. */
final class BenchCommandIT {
  @RegisterExtension final Service service = Service.shared();

  @Test
  void withoutFiltersEachClientGetsEachEventOfItsAccount() {
    BenchOutput run = bench("-c", "9", "-a", "3", "-R", "300", "-W", "500ms", "-d", "1s", "--json");
    assertThat(run.code()).isZero();
    assertThat(run.json().getJsonObject("published").getInteger("events")).isEqualTo(450);
    JsonObject deliveries = run.json().getJsonObject("deliveries");
    assertThat(deliveries.getInteger("expected")).isEqualTo(450 * 3);
    assertThat(deliveries.getInteger("count")).isEqualTo(450 * 3);
    assertThat(deliveries.getInteger("measured")).isEqualTo(300 * 3);
    assertThat(service.metric("luna_sender_events_delivered")).isEqualTo(450 * 3);
  }

  @Test
  void withFiltersTheExpectedEventsAreThoseThatTheServiceMatches() {
    List<String> filters =
        List.of(
            "",
            "gender=1",
            "age__gte=18&age__lt=30",
            "object_similarity__gte=0.7",
            "matching_candidates_labels=vip,banned",
            "tags=entrance,queue",
            "emotions=4,5&masks=1",
            "liveness=1&ethnic_groups=3,4",
            "sources=cam1,3rd%20Avenue&cities=Moscow,New-York",
            "streets=Weinstra%C3%9Fe&house_numbers=8",
            "areas=CAO&districts=mitino,central+park",
            "handler_ids=8950722F-3fd4-4223-b48f-03f95f0e8dfb");
    List<String> arguments =
        new ArrayList<>(
            List.of("-c", "24", "-R", "600", "-m", "2", "-W", "0s", "-d", "1s", "--json"));
    for (String filter : filters) {
      arguments.addAll(List.of("-f", filter));
    }
    BenchOutput run = bench(arguments.toArray(String[]::new));
    assertThat(run.code()).as(run.out()).isZero();
    JsonObject deliveries = run.json().getJsonObject("deliveries");
    assertThat(deliveries.getDouble("expected"))
        .isEqualTo(service.metric("luna_sender_events_matched"))
        .isGreaterThan(600 * 2)
        .isLessThan(600 * 12);
    assertThat(deliveries.getLong("count")).isEqualTo(deliveries.getLong("expected"));
  }

  @Test
  void jsonReportHasItsFields() {
    BenchOutput run = bench("-c", "4", "-R", "200", "-W", "0s", "-d", "500ms", "--json", "--quiet");
    JsonObject json = run.json();
    assertThat(json.fieldNames())
        .containsExactlyInAnyOrder(
            "plan",
            "handshakes",
            "published",
            "deliveries",
            "latency_ms",
            "faults",
            "closed",
            "stalls",
            "measured_seconds",
            "client_cpu_seconds",
            "deliveries_per_client_cpu_second",
            "halted");
    assertThat(json.getJsonObject("handshakes").getInteger("count")).isEqualTo(4);
    JsonObject latency = json.getJsonObject("latency_ms");
    assertThat(latency.fieldNames()).containsExactly("p50", "p90", "p99", "p99_9", "max");
    assertThat(latency.getDouble("p50")).isPositive().isLessThanOrEqualTo(latency.getDouble("max"));
    assertThat(json.getJsonObject("deliveries").getDouble("per_second")).isBetween(1.0, 1000.0);
    assertThat(json.getJsonObject("faults").encode())
        .isEqualTo("{\"lost\":0,\"duplicated\":0,\"out_of_order\":0,\"wrong\":0}");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void rampBoundsTheHandshakesPerSecond() {
    BenchOutput run =
        bench("-c", "11", "--ramp", "20/s", "-R", "50", "-W", "0s", "-d", "200ms", "--json");
    JsonObject handshakes = run.json("handshakes");
    assertThat(handshakes.fieldNames())
        .containsExactlyInAnyOrder("count", "per_second", "failed", "refusal", "latency_ms");
    assertThat(handshakes.getInteger("count")).isEqualTo(11);
    // The last one begins after half a second.
    assertThat(handshakes.getDouble("per_second")).isBetween(0.5, 22.0);
    assertThat(handshakes.getJsonObject("latency_ms").getDouble("p99")).isPositive();
  }

  @Test
  void saturatedRunIsFasterThanAScheduleAndLosesNothing() {
    BenchOutput run =
        bench("-c", "10", "-a", "2", "-s", "-w", "8", "-W", "0s", "-d", "1s", "-f", "gender=0");
    assertThat(run.code()).as(run.out()).isZero();
    assertThat(run.out())
        .contains("saturated, 8 events of an account in flight")
        .contains("lost 0, duplicated 0, out of order 0, wrong 0")
        .doesNotContain("stalls", "closed", "unsubscribed");
    assertThat(service.metric("luna_sender_events_received")).isGreaterThan(200);
    assertThat(run.err()).contains(" open ", " published ");
  }

  @Test
  void clientsOfServerSentEventsAreVerifiedToo() {
    String url = "http://127.0.0.1:" + service.port() + "/2/events";
    BenchOutput run =
        bench(
            "-u",
            url,
            "-c",
            "12",
            "-a",
            "2",
            "-s",
            "-w",
            "8",
            "-W",
            "0s",
            "-d",
            "1s",
            "-f",
            "",
            "-f",
            "gender=0",
            "--json");
    assertThat(run.code()).as(run.out()).isZero();
    JsonObject deliveries = run.json().getJsonObject("deliveries");
    assertThat(deliveries.getDouble("count"))
        .isEqualTo(service.metric("luna_sender_events_delivered"))
        .isGreaterThan(1000);
    BenchOutput refused = bench("-u", url + "/none", "-c", "2", "-d", "1s");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("HTTP 404, 2 times").contains("12013");
  }

  @Test
  void eventThatIsPublishedTwiceIsADuplicate() throws Exception {
    BenchOutput run = benchWith((channel, payload) -> republish(channel, payload), "-c", "3");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.fault("duplicated")).isEqualTo(3);
    assertThat(run.fault("lost") + run.fault("wrong") + run.fault("out_of_order")).isZero();
  }

  @Test
  void eventOfAnotherAccountIsWrong() throws Exception {
    BenchOutput run =
        benchWith(
            (channel, payload) ->
                otherChannels(channel).forEach(other -> republish(other, payload)),
            "-c",
            "4",
            "-a",
            "2");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.fault("wrong")).isEqualTo(2);
    assertThat(run.fault("lost") + run.fault("duplicated") + run.fault("out_of_order")).isZero();
  }

  @Test
  void eventOfAnotherPublisherIsWrong() throws Exception {
    BenchOutput run =
        benchWith((channel, payload) -> republish(channel, payload(event())), "-c", "3");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.fault("wrong")).isEqualTo(3);
  }

  @Test
  void eventsPublishedWhileTheServerHasNoRedisAreLost() throws Exception {
    service.expectWarning("Redis connection lost");
    service.expectWarning("Redis");
    service.expectWarning("Gap closed");
    BenchOutput run =
        benchWith(
            (channel, payload) ->
                service.redis().command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"),
            "-c",
            "5");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.fault("lost")).isPositive();
    JsonObject deliveries = run.json().getJsonObject("deliveries");
    assertThat(deliveries.getLong("expected") - deliveries.getLong("count"))
        .isEqualTo(run.fault("lost"));
    assertThat(run.json().getJsonObject("published").getLong("to_nobody")).isPositive();
  }

  @Test
  void unavailableServerFailsWithoutAReport() {
    BenchOutput run = bench("-u", "ws://127.0.0.1:1/2/ws", "-c", "2");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("luna-sender: --url: ws://127.0.0.1:1/2/ws (expected: ", "refused", "2 times");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void unavailableRedisFailsWithoutShowingItsPassword() {
    BenchOutput run = bench("-r", "redis://:s3cret@127.0.0.1:1", "-c", "2");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("luna-sender: --redis: ").doesNotContain("s3cret");
  }

  @Test
  void rejectedFilterFailsWithTheServersError() {
    BenchOutput run = bench("-c", "2", "-f", "gender=9");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("HTTP 400", "gender: 9 (expected: one of 0, 1)");
  }

  @Test
  void runWithSomeRejectedClientsContinuesAndFails() {
    BenchOutput run =
        bench("-c", "4", "-f", "gender=9", "-f", "", "-R", "50", "-W", "0s", "-d", "200ms", "-j");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().getJsonObject("handshakes").getJsonObject("failed").encode())
        .isEqualTo("{\"HTTP 400\":2}");
    assertThat(run.json().getJsonObject("deliveries").getInteger("count")).isEqualTo(20);
  }

  @Test
  void messagesWithoutASubscriberAreReported() {
    BenchOutput run = bench("-p", "other", "-c", "2", "-R", "50", "-W", "0s", "-d", "200ms");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.out()).contains("lost 20,", "10 messages had no subscriber in Redis");
  }

  /** Runs the command, and applies a fault to one of its messages in the middle of the run. */
  private BenchOutput benchWith(BiConsumer<String, String> fault, String... arguments)
      throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("-R", "1000", "-W", "0s", "-d", "1s", "--json"));
    Vertx vertx = Vertx.vertx();
    try {
      RedisConnection listener =
          await(Redis.createClient(vertx, "redis://127.0.0.1:" + service.redis().port()).connect());
      CompletableFuture<List<String>> seen = new CompletableFuture<>();
      AtomicBoolean second = new AtomicBoolean();
      listener.handler(
          push -> {
            // Not the first message, because each account must have received one before.
            if (push.size() == 4 && second.getAndSet(true)) {
              seen.complete(List.of(push.get(2).toString(), push.get(3).toString()));
            }
          });
      await(listener.send(Request.cmd(Command.PSUBSCRIBE).arg("luna-sender:*")));
      CompletableFuture<BenchOutput> run =
          CompletableFuture.supplyAsync(() -> bench(all.toArray(String[]::new)));
      List<String> message = seen.get(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      await(listener.close());
      fault.accept(message.get(0), message.get(1));
      return run.get(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      await(vertx.close());
    }
  }

  private void republish(String channel, String payload) {
    service.redis().command("PUBLISH", channel, payload);
  }

  private List<String> otherChannels(String channel) {
    List<String> others = new ArrayList<>();
    service
        .redis()
        .command("PUBSUB", "CHANNELS", "luna-sender:*")
        .forEach(name -> others.add(name.toString()));
    others.remove(channel);
    return others;
  }

  private BenchOutput bench(String... arguments) {
    List<String> all = new ArrayList<>();
    all.add("--url=ws://127.0.0.1:" + service.port() + "/2/ws");
    all.add("--redis=redis://127.0.0.1:" + service.redis().port());
    for (String argument : arguments) {
      // This option is given again below.
      if (argument.equals("-u") || argument.equals("--url")) {
        all.removeIf(given -> given.startsWith("--url="));
      }
      if (argument.equals("-r") || argument.equals("--redis")) {
        all.removeIf(given -> given.startsWith("--redis="));
      }
    }
    all.addAll(List.of(arguments));
    return BenchOutput.of(all.toArray(String[]::new));
  }
}
