package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import luna.sender.config.WsSettings;
import luna.sender.testing.TestContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SessionListTest {
  private static final int PARTS = 20;

  private final SessionList sessionList = new SessionList();
  private final List<Session> present = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 19, 20, 21, 1000, 1999})
  void iterationInPartsVisitsEachSessionOnce(int sessions) {
    for (int i = 0; i < sessions; i++) {
      enter();
    }
    List<Session> met = new ArrayList<>();
    int calls = 0;
    while (met.size() < sessions) {
      int before = met.size();
      sessionList.advance(PARTS, met::add);
      assertThat(met.size() - before).isLessThanOrEqualTo((sessions + PARTS - 1) / PARTS);
      calls++;
    }
    assertThat(calls).isLessThanOrEqualTo(PARTS);
    assertThat(met).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(present);
  }

  /** A session that is in the list during a whole iteration is visited. */
  @Test
  void iterationSkipsNoSessionWhileOthersAreAddedAndRemoved() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      while (present.size() < 100) {
        enter();
      }
      Set<Session> there = new HashSet<>(present);
      Set<Session> met = new HashSet<>();
      // The first call may finish the current iteration.
      for (int part = 0; part < 2 * PARTS; part++) {
        sessionList.advance(PARTS, met::add);
        for (int i = random.nextInt(4); i > 0; i--) {
          enter();
        }
        for (int i = random.nextInt(4); i > 0; i--) {
          Session leaving = present.remove(random.nextInt(present.size()));
          sessionList.remove(leaving);
          there.remove(leaving);
        }
      }
      assertThat(met).containsAll(there);
    }
  }

  @Test
  void listIsEmptyAfterTheLastRemoval() {
    enter();
    enter();
    sessionList.remove(present.get(0));
    assertThat(sessionList.isEmpty()).isFalse();
    sessionList.remove(present.get(1));
    assertThat(sessionList.isEmpty()).isTrue();
    sessionList.advance(
        PARTS,
        nobody -> {
          throw new AssertionError();
        });
  }

  private static final SubscribeOptions TERMS =
      new SubscribeOptions(
          TestContract.FILTERS.filter(new JsonObject()),
          WsSettings.SlowPolicy.CLOSE,
          false,
          false,
          false,
          Start.LIVE);

  @SuppressWarnings("NullAway") // The test only uses the index in the list.
  private void enter() {
    Session session = new Session(null, null, TERMS, "id", null, 0, () -> {});
    present.add(session);
    sessionList.add(session);
  }
}
