package luna.sender.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StringIntMapTest {
  /** Returns one of 2^17 strings of 17 letters that all have the same hash code. */
  private static String colliding(int number) {
    StringBuilder text = new StringBuilder();
    for (int bit = 0; bit < 17; bit++) {
      text.append((number & 1 << bit) == 0 ? "Aa" : "BB");
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tableEqualsAMap(boolean collide) {
    Random random = new Random(5);
    StringIntMap table = new StringIntMap();
    Map<String, Integer> map = new HashMap<>();
    for (int round = 0; round < 100_000; round++) {
      int range = 1 + random.nextInt(round < 50_000 ? 2000 : 200);
      String text = collide ? colliding(random.nextInt(range)) : "text " + random.nextInt(range);
      if (random.nextBoolean()) {
        int value = random.nextInt();
        table.put(text, value);
        map.put(text, value);
      } else {
        table.remove(text);
        map.remove(text);
      }
      assertThat(table.get(text)).isEqualTo(map.getOrDefault(text, StringIntMap.ABSENT));
      assertThat(table.size()).isEqualTo(map.size());
    }
    map.forEach((text, value) -> assertThat(table.get(text)).isEqualTo(value));
  }

  @Test
  void tableReleasesMemory() {
    StringIntMap table = new StringIntMap();
    long empty = table.bytes();
    for (int i = 0; i < 100_000; i++) {
      table.put("text " + i, i);
    }
    for (int i = 0; i < 100_000; i++) {
      table.remove("text " + i);
    }
    assertThat(table.bytes()).isLessThanOrEqualTo(2 * empty);
  }

  /** If each lookup probed all earlier strings, this would take half a minute. */
  @Test
  void stringsWithEqualHashCodesAreNotSlower() {
    StringIntMap table = new StringIntMap();
    Duration start = cpuTime();
    for (int i = 0; i < 1 << 17; i++) {
      table.put(colliding(i), i);
    }
    for (int i = 0; i < 1 << 17; i++) {
      assertThat(table.get(colliding(i))).isEqualTo(i);
    }
    assertThat(cpuTime().minus(start)).isLessThan(Duration.ofSeconds(5));
  }

  private static Duration cpuTime() {
    return Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
  }
}
