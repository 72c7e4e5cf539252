package luna.sender.bridge;

import static luna.sender.testing.TestEvents.event;
import static luna.sender.testing.TestEvents.payload;
import static luna.sender.testing.Waiting.await;
import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import luna.sender.config.Config;
import luna.sender.config.ConfigLoader;
import luna.sender.event.BusAddresses;
import luna.sender.event.Event;
import luna.sender.event.Gap;
import luna.sender.event.IdentityCodec;
import luna.sender.event.SubscriptionRequest;
import luna.sender.metrics.Metrics;
import luna.sender.testing.OneWayWire;
import luna.sender.testing.Service;
import luna.sender.testing.TestContract;
import luna.sender.testing.TestRedis;
import luna.sender.trace.Traces;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a host name of Redis that gets another address while the old server still answers. */
final class MovedHostIT {
  private static final String NAME = "redis.test";

  @TempDir Path directory;

  @Test
  void eventsOfBothAddressesAreDeliveredOrInAGap() throws Exception {
    Path hosts = directory.resolve("hosts");
    Files.writeString(hosts, "127.0.0.2 " + NAME + "\n");
    String account = Service.account();
    try (TestRedis old = new TestRedis();
        TestRedis next = new TestRedis();
        OneWayWire first = new OneWayWire("127.0.0.2", 0, old.port());
        OneWayWire second = new OneWayWire("127.0.0.3", first.port(), next.port())) {
      Vertx vertx =
          Vertx.vertx(
              new VertxOptions()
                  .setAddressResolverOptions(
                      new AddressResolverOptions()
                          .setHostsPath(hosts.toString())
                          .setHostsRefreshPeriod(50)));
      IdentityCodec.register(vertx);
      Config config =
          ConfigLoader.load(
              null,
              Map.of(
                  "REDIS_DB_ADDRESS__HOST",
                  NAME,
                  "REDIS_DB_ADDRESS__PORT",
                  Integer.toString(first.port()),
                  "REDIS_DB_ADDRESS__PROBE_INTERVAL",
                  "0.2"));
      Metrics metrics = new Metrics(config.influx(), config.metrics());
      Traces traces = new Traces(config.tracing(), "test", metrics);
      List<Object> received = Collections.synchronizedList(new ArrayList<>());
      try {
        await(vertx.deployVerticle(new RedisCommands(config.redis(), metrics)));
        await(
            vertx.deployVerticle(
                new RedisBridge(
                    config.redis(),
                    config.history(),
                    config.ws(),
                    TestContract.EVENTS,
                    0,
                    "node",
                    metrics,
                    traces)));
        vertx
            .eventBus()
            .consumer(BusAddresses.events(account), message -> received.add(message.body()));
        until("it is ready", () -> metrics.redis().bridges().ready() == 1);
        await(
            vertx
                .eventBus()
                .request(
                    BusAddresses.subscriptionRequests(0),
                    new SubscriptionRequest(account, 0, true),
                    new DeliveryOptions().setLocalOnly(true)));
        Files.writeString(hosts, "127.0.0.3 " + NAME + "\n");
        until("the new address is subscribed", () -> subscribers(next, account) == 1);
        until("it is ready", () -> metrics.redis().bridges().ready() == 1);
        assertThat(subscribers(old, account)).isEqualTo(1);
        old.publish(account, payload(event("old")));
        until("the event of the old address arrives", () -> events(received) == 1);
        next.publish(account, payload(event("new")));
        until("the event of the new address arrives", () -> events(received) == 2);
        old.kill();
        until("the end of the old address is a gap", () -> gaps(received).size() == 2);
        assertThat(gaps(received)).containsExactly(Gap.Cause.REDIS_LOST, Gap.Cause.REDIS_CLOSED);
      } finally {
        await(vertx.close());
        traces.stop();
        metrics.close();
      }
    }
  }

  private static int subscribers(TestRedis redis, String account) {
    return redis.command("PUBSUB", "NUMSUB", "luna-sender:" + account).get(1).toInteger();
  }

  private static long events(List<Object> received) {
    return List.copyOf(received).stream().filter(Event.class::isInstance).count();
  }

  private static List<Gap.Cause> gaps(List<Object> received) {
    return List.copyOf(received).stream()
        .filter(Gap.class::isInstance)
        .map(gap -> ((Gap) gap).cause())
        .toList();
  }
}
