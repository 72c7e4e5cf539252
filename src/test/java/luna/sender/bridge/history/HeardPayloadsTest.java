package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import luna.sender.bridge.HistoryKeys;
import org.junit.jupiter.api.Test;

final class HeardPayloadsTest {
  private static final Duration KEPT = Duration.ofNanos(100);

  private final HeardPayloads payloads = new HeardPayloads(new HistoryKeys("p"), KEPT, 1000);

  private HeardPayload add(String account, long nanos) {
    return payloads.add(payloads.account(account), new byte[100], false, nanos);
  }

  @Test
  void standbyRemovesPayloadsThatALeaderHasAppended() {
    add("a", 0);
    add("a", 50);
    payloads.removeOld(120);
    assertThat(payloads.account("a").payloads()).hasSize(1);
    assertThat(payloads.completeSince(-10)).isEqualTo(1);
    assertThat(payloads.completeSince(10)).isEqualTo(10);
  }

  @Test
  void standbyRemovesTheOldestPayloadsAboveTheLimit() {
    for (int i = 0; i < 5; i++) {
      add("a", i);
    }
    assertThat(payloads.isFull()).isTrue();
    payloads.removeOld(5);
    assertThat(payloads.isFull()).isFalse();
    assertThat(payloads.account("a").payloads().get(0).nanos).isEqualTo(2);
    assertThat(payloads.completeSince(0)).isEqualTo(2);
  }

  @Test
  void leaderKeepsPayloadsThatAreNotAppended() {
    HeardPayload first = add("a", 0);
    add("b", 1);
    payloads.removeAppended(1000);
    assertThat(payloads.oldestWaiting()).isSameAs(first);
    first.state = HeardPayload.State.APPENDED;
    payloads.removeAppended(1000);
    assertThat(payloads.accounts()).hasSize(1);
    assertThat(payloads.completeSince(0)).isZero();
  }

  @Test
  void droppedPayloadsOfAnAccountAreOneGapThatGrows() {
    ServerClock clock = new ServerClock();
    RecordedAccount account = payloads.account("a");
    add("a", 0);
    HeardPayload gap = Objects.requireNonNull(payloads.addLoss(account, clock, 1_000_000));
    String text = new String(gap.text, US_ASCII);
    assertThat(payloads.addLoss(account, clock, 900_000_000)).isNull();
    assertThat(new String(gap.text, US_ASCII))
        .startsWith(text.substring(0, text.indexOf(' ')))
        .isNotEqualTo(text);
    assertThat(account.payloads()).hasSize(2);
  }

  @Test
  void payloadsOfAnAccountThatCannotBeRecordedBecomeOneGap() {
    add("a", 0).state = HeardPayload.State.APPENDED;
    add("a", 10);
    add("a", 20);
    HeardPayload other = add("b", 30);
    payloads.dropAll(account -> account.id.equals("a"), new ServerClock());
    assertThat(payloads.account("a").payloads()).singleElement().matches(payload -> payload.gap);
    assertThat(payloads.account("b").payloads()).containsExactly(other);
    payloads.removeOld(1000);
    assertThat(payloads.accounts()).isEmpty();
    assertThat(payloads.isFull()).isFalse();
  }

  @Test
  void gapIsBeforeTheWaitingPayloadsThatCameAfterIt() {
    HeardPayload first = add("a", 0);
    HeardPayload second = add("a", 10);
    HeardPayload third = add("a", 20);
    first.state = HeardPayload.State.APPENDED;
    payloads.addGap(payloads.account("a"), new byte[0], 15);
    List<HeardPayload> all = payloads.account("a").payloads();
    assertThat(all).hasSize(4).startsWith(first, second).endsWith(third);
    assertThat(all.get(2).gap).isTrue();
  }

  @Test
  void lostConnectionMakesTheAnswersUnknown() {
    HeardPayload sent = add("a", 0);
    sent.state = HeardPayload.State.SENT;
    sent.account.prepared = true;
    payloads.forgetStreams(true);
    assertThat(sent.state).isEqualTo(HeardPayload.State.WAITING);
    assertThat(sent.account.prepared).isFalse();
  }
}
