package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.TestEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the objects that cross the bus, and their addresses. */
final class EventTest {
  private static final DualTimestamp EPOCH = new DualTimestamp(Instant.EPOCH, 0);
  private static final String ACCOUNT = "6d071cca-fda5-4a03-84d5-5bea65904480";
  private static final Event EVENT =
      new Event(ACCOUNT, TestEvents.NOTHING, 42, "{\"event\":1}".getBytes(StandardCharsets.UTF_8));

  @Test
  void eventHasTheValuesItWasCreatedWith() {
    assertThat(EVENT.account()).isEqualTo(ACCOUNT);
    assertThat(EVENT.attributes()).isSameAs(TestEvents.NOTHING);
    assertThat(EVENT.receivedNanos()).isEqualTo(42);
    assertThat(EVENT.textBytes()).isEqualTo(11);
    ByteBuf target = Unpooled.buffer().writeByte('>');
    EVENT.writeText(target);
    assertThat(target.toString(StandardCharsets.UTF_8)).isEqualTo(">{\"event\":1}");
  }

  @Test
  void eventShowsItsSizeAndNeverItsContent() {
    assertThat(EVENT).hasToString("Event[account=" + ACCOUNT + ", textBytes=11]");
  }

  @ParameterizedTest
  @EnumSource(Gap.Cause.class)
  void gapTextHasItsTimesToTheMillisecondAndItsCause(Gap.Cause cause) {
    Instant from = Instant.parse("2026-01-02T03:04:05.678901Z");
    Gap gap =
        new Gap(new DualTimestamp(from, 1), new DualTimestamp(Instant.EPOCH, 2_000_000), cause, 7);
    assertThat(new String(gap.text(), StandardCharsets.US_ASCII))
        .isEqualTo(
            "{\"gap\":{\"from\":\"2026-01-02T03:04:05.678Z\",\"to\":\"2026-01-02T03:04:05.680Z\","
                + "\"cause\":\""
                + cause.name().toLowerCase(Locale.ROOT)
                + "\",\"dropped\":7}}");
  }

  @Test
  void gapOfAnUnknownNumberHasNull() {
    Gap gap = new Gap(EPOCH, EPOCH, Gap.Cause.REDIS_LOST, Gap.UNKNOWN);
    assertThat(new String(gap.text(), StandardCharsets.US_ASCII)).contains("\"dropped\":null}");
  }

  @Test
  void addressesDiffer() {
    assertThat(
            List.of(
                BusAddresses.events(ACCOUNT),
                BusAddresses.subscriptionRequests(1),
                BusAddresses.canary(1)))
        .containsExactly("luna.events." + ACCOUNT, "luna.subscription_requests.1", "luna.canary.1");
  }

  @Test
  void accountHasOneBridgeAndEachBridgeHasAccounts() {
    int[] accounts = new int[4];
    for (int i = 0; i < 1000; i++) {
      // Many of these have a negative hash.
      String account = "account-" + i * 7919;
      int bridge = BusAddresses.bridgeOf(account, 4);
      assertThat(bridge).isBetween(0, 3).isEqualTo(BusAddresses.bridgeOf(account, 4));
      accounts[bridge]++;
    }
    assertThat(accounts).doesNotContain(0);
  }

  @Test
  void busDeliversTheSameInstance() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      IdentityCodec.register(vertx);
      BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();
      vertx.eventBus().localConsumer("here", message -> arrived.add(message.body()));
      List<Object> sent = new ArrayList<>();
      sent.add(EVENT);
      sent.add(new Gap(EPOCH, EPOCH, Gap.Cause.SLOW, 1));
      sent.add(new Interruption(EPOCH, Gap.Cause.OVERLOAD));
      sent.add(new SubscriptionRequest(ACCOUNT, 1, true));
      for (Object each : sent) {
        vertx.eventBus().send("here", each);
        assertThat(arrived.poll(15, TimeUnit.SECONDS)).isSameAs(each);
      }
    } finally {
      vertx.close().await(15, TimeUnit.SECONDS);
    }
  }

  @Test
  void nothingIsSentToAnotherNode() {
    MessageCodec<Event, Event> codec = new IdentityCodec<>(Event.class);
    assertThat(codec.name()).isEqualTo("luna.Event");
    // The methods that a codec of users must implement.
    assertThat(codec.systemCodecID()).isEqualTo((byte) -1);
    assertThatThrownBy(() -> codec.encodeToWire(Buffer.buffer(), EVENT))
        .hasMessage("luna.Event: on the wire (expected: only local messages)");
    assertThatThrownBy(() -> codec.decodeFromWire(0, Buffer.buffer()))
        .hasMessage("luna.Event: on the wire (expected: only local messages)");
  }
}
