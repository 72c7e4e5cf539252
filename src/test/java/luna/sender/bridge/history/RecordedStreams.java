package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import luna.sender.bridge.HistoryKeys;
import luna.sender.testing.TestRedis;

/** The histories of a publisher's accounts, read from Redis. */
final class RecordedStreams {
  private static final HistoryKeys KEYS = new HistoryKeys("luna-sender");

  /**
   * An entry of a stream.
   *
   * @param text the payload; the times of a gap begin with a {@code #}
   */
  record Entry(String id, long number, String text) {
    boolean isGap() {
      return text.startsWith("#");
    }

    long millis() {
      return Long.parseLong(id.substring(0, id.indexOf('-')));
    }
  }

  private RecordedStreams() {}

  static List<Entry> read(TestRedis redis, String account) {
    List<Entry> entries = new ArrayList<>();
    for (Response entry : redis.command("XRANGE", KEYS.stream(account), "-", "+")) {
      Response fields = entry.get(1);
      entries.add(
          new Entry(
              entry.get(0).toString(),
              fields.get(1).toLong(),
              (fields.get(2).toString().equals("g") ? "#" : "") + fields.get(3)));
    }
    return entries;
  }

  /** Waits until the last payload of each account is recorded. */
  static void awaitLast(TestRedis redis, NumberedPublisher publisher) {
    for (int i = 0; i < publisher.accounts.size(); i++) {
      String account = publisher.accounts.get(i);
      List<Integer> numbers = publisher.published.get(i);
      String last = numbers.get(numbers.size() - 1).toString();
      until(
          "the last payload is recorded",
          () -> read(redis, account).stream().anyMatch(entry -> entry.text().equals(last)));
    }
  }

  /** Checks that each payload is recorded exactly once and in order, and that nothing else is. */
  static void assertComplete(TestRedis redis, NumberedPublisher publisher) {
    awaitLast(redis, publisher);
    for (int i = 0; i < publisher.accounts.size(); i++) {
      List<Entry> entries = read(redis, publisher.accounts.get(i));
      assertThat(entries.stream().map(Entry::text))
          .containsExactlyElementsOf(
              publisher.published.get(i).stream().map(String::valueOf).toList());
      assertNumbered(entries);
    }
  }

  /** Checks that the entries are numbered without holes. */
  static void assertNumbered(List<Entry> entries) {
    for (int i = 1; i < entries.size(); i++) {
      assertThat(entries.get(i).number()).isEqualTo(entries.get(0).number() + i);
    }
  }

  /** Returns the longest time between two entries of any account, in milliseconds. */
  static long longestPause(TestRedis redis, NumberedPublisher publisher) {
    long longest = 0;
    for (String account : publisher.accounts) {
      List<Entry> entries = read(redis, account);
      for (int i = 1; i < entries.size(); i++) {
        longest = Math.max(longest, entries.get(i).millis() - entries.get(i - 1).millis());
      }
    }
    return longest;
  }
}
