package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PositionTest {
  @ParameterizedTest
  @ValueSource(strings = {"6a2b01c3f-17-1764432000123-0-2", "6a2b01c3f-17-1764432000123-0"})
  void textIsParsedToAnEqualText(String text) {
    assertThat(Position.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "----",
        "a",
        "-1-2-3-4",
        "a-1-2",
        "a-1-2-",
        "a-1-2-3-",
        "a-1-2-3-4-5",
        "a-1-2--3",
        "g-1-2-3",
        "A-1-2-3",
        "a-1-2-3 ",
        "a-1-2-b",
        "a-1-2-99999999999999999999",
        "a-1-2-3-99999999999",
        "a-+1-2-3",
        "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"
      })
  void otherTextIsNoPosition(String text) {
    assertThat(Position.parse(text)).isNull();
  }

  @Test
  void longTextIsNoPosition() {
    assertThat(Position.parse("a".repeat(200) + "-1-2-3")).isNull();
  }

  @Test
  void eventsOfAnEntryAreOrderedAndEndWithIt() {
    Position entry = new Position("a", 7, 1000, 0, Position.END);
    assertThat(entry.at(0)).isLessThan(entry.at(1));
    assertThat(entry.at(1)).isLessThan(entry);
    assertThat(entry).isLessThan(new Position("a", 8, 1000, 1, 0));
    assertThat(entry.at(3).end()).isEqualTo(entry);
  }

  @Test
  void positionsOfTwoEpochsAreNotComparable() {
    Position position = new Position("a", 7, 1000, 0, Position.END);
    assertThatThrownBy(() -> position.compareTo(new Position("b", 8, 1000, 0, 0)))
        .hasMessage("epoch: b (expected: a, as in the other position)");
  }
}
