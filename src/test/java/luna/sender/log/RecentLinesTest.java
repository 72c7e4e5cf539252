package luna.sender.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RecentLinesTest {
  private final RecentLines lines = new RecentLines();

  @Test
  void oldestLinesAreDroppedAboveTheLimit() {
    for (int i = 1; i <= RecentLines.LIMIT + 2; i++) {
      lines.add(i, "line " + i);
    }
    assertThat(lines.all()).hasSize(RecentLines.LIMIT);
    assertThat(lines.all().get(0).text()).isEqualTo("line 3");
  }

  @Test
  void longLinesLeaveRoomForFewer() {
    String text = "x".repeat(2000);
    for (int i = 0; i < RecentLines.LIMIT; i++) {
      lines.add(i, text);
    }
    assertThat(lines.all()).hasSize(RecentLines.LIMIT_BYTES / 4000);
    assertThat(lines.all().get(lines.all().size() - 1).millis()).isEqualTo(RecentLines.LIMIT - 1);
  }

  @Test
  void oneLineCannotTakeAllOfTheRoom() {
    lines.add(1, "before");
    lines.add(2, "x".repeat(1_000_000));
    assertThat(lines.all()).hasSize(2);
    assertThat(lines.all().get(0).text()).isEqualTo("before");
    assertThat(lines.all().get(1).text()).endsWith("x [cut]").hasSize(4096);
  }
}
