package luna.sender.bridge.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CandidacyTest {
  private final Candidacy candidacy = new Candidacy(Duration.ofSeconds(1));

  private boolean waitsAfter(long millis) {
    return candidacy.waits(0, Duration.ofMillis(millis).toNanos());
  }

  /** Records an answer that says that the lease has another owner. */
  private void seeLeader(String heard) {
    candidacy.seen(new RecorderLease.Answer(false, false, heard, Duration.ofSeconds(1)));
  }

  private void seeFreeLease(String heard) {
    candidacy.seen(new RecorderLease.Answer(false, false, heard, Duration.ZERO));
  }

  @Test
  void recorderWaitsAfterItHasSubscribed() {
    assertThat(waitsAfter(999)).isTrue();
    assertThat(waitsAfter(1000)).isFalse();
  }

  @Test
  void standbyWaitsLongerForTheFormerLeaderAfterTheConnectionWasLost() {
    seeLeader("1");
    candidacy.lost();
    seeFreeLease("1");
    assertThat(waitsAfter(4999)).isTrue();
    assertThat(waitsAfter(5000)).isFalse();
  }

  @Test
  void standbyThatHasSeenTheLeaderAgainWaitsNoLonger() {
    candidacy.lost();
    seeLeader("1");
    seeLeader("2");
    seeFreeLease("2");
    assertThat(waitsAfter(1000)).isFalse();
  }

  @Test
  void replicatedLeaseOfTheFormerMasterIsNoLeader() {
    candidacy.lost();
    seeLeader("1");
    seeFreeLease("1");
    assertThat(waitsAfter(1000)).isTrue();
  }

  @Test
  void formerLeaderDoesNotWaitAfterTheConnectionWasLost() {
    candidacy.leads();
    candidacy.lost();
    assertThat(waitsAfter(0)).isFalse();
  }

  @Test
  void formerLeaderWaitsAfterItsSubscriptionAloneWasLost() {
    candidacy.leads();
    assertThat(waitsAfter(999)).isTrue();
  }

  @Test
  void formerLeaderThatHasSeenAnotherOneWaitsLikeAStandby() {
    candidacy.leads();
    candidacy.lost();
    seeLeader("1");
    seeFreeLease("1");
    assertThat(waitsAfter(4999)).isTrue();
  }

  @Test
  void formerLeaderWaitsForALaterOneThatItHasNotSeen() {
    candidacy.leads();
    candidacy.writes("2");
    candidacy.lost();
    seeFreeLease("3");
    assertThat(waitsAfter(4999)).isTrue();
  }

  @Test
  void formerLeaderDoesNotWaitWhenTheNewMasterHasAnEarlierStateOfIts() {
    candidacy.leads();
    candidacy.writes("2");
    candidacy.writes("");
    candidacy.lost();
    seeFreeLease("1");
    assertThat(waitsAfter(0)).isFalse();
  }

  @Test
  void formerLeaderDoesNotWaitWhenTheNewMasterHasNoState() {
    candidacy.leads();
    candidacy.writes("2");
    candidacy.lost();
    seeFreeLease("");
    assertThat(waitsAfter(0)).isFalse();
  }
}
