package luna.sender.bridge.history;

import static luna.sender.testing.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import luna.sender.bridge.HistoryKeys;
import luna.sender.testing.TestCluster;
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
    return entries(redis.command("XRANGE", KEYS.stream(account), "-", "+"));
  }

  /** Reads a stream of a Cluster from the master that has it. */
  static List<Entry> read(TestCluster cluster, String account) {
    return cluster.nodes().stream()
        .map(node -> node.attempt("XRANGE", KEYS.stream(account), "-", "+"))
        .filter(Objects::nonNull)
        .findFirst()
        .map(RecordedStreams::entries)
        .orElse(List.of());
  }

  private static List<Entry> entries(Response range) {
    List<Entry> entries = new ArrayList<>();
    for (Response entry : range) {
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
  static void awaitLast(TestCluster cluster, NumberedPublisher publisher) {
    awaitLast(account -> read(cluster, account), publisher);
  }

  static void awaitLast(TestRedis redis, NumberedPublisher publisher) {
    awaitLast(account -> read(redis, account), publisher);
  }

  private static void awaitLast(Function<String, List<Entry>> read, NumberedPublisher publisher) {
    for (int i = 0; i < publisher.accounts.size(); i++) {
      String account = publisher.accounts.get(i);
      List<Integer> numbers = publisher.published.get(i);
      String last = numbers.get(numbers.size() - 1).toString();
      until(
          "the last payload is recorded",
          () -> read.apply(account).stream().anyMatch(entry -> entry.text().equals(last)));
    }
  }

  /** Checks that each payload is recorded exactly once and in order, and that nothing else is. */
  static void assertComplete(TestRedis redis, NumberedPublisher publisher) {
    assertComplete(account -> read(redis, account), publisher);
  }

  static void assertComplete(TestCluster cluster, NumberedPublisher publisher) {
    assertComplete(account -> read(cluster, account), publisher);
  }

  private static void assertComplete(
      Function<String, List<Entry>> read, NumberedPublisher publisher) {
    awaitLast(read, publisher);
    for (int i = 0; i < publisher.accounts.size(); i++) {
      List<Entry> entries = read.apply(publisher.accounts.get(i));
      assertThat(entries.stream().map(Entry::text))
          .containsExactlyElementsOf(
              publisher.published.get(i).stream().map(String::valueOf).toList());
      assertNumbered(entries);
    }
  }

  /** Checks that each payload is recorded once and in order, or that a gap is in its place. */
  static void assertCompleteExceptInGaps(
      Function<String, List<Entry>> read, NumberedPublisher publisher) {
    int missing = 0;
    for (int i = 0; i < publisher.accounts.size(); i++) {
      List<Entry> entries = read.apply(publisher.accounts.get(i));
      assertNumbered(entries);
      List<Integer> recorded =
          entries.stream()
              .filter(entry -> !entry.isGap())
              .map(e -> Integer.valueOf(e.text()))
              .toList();
      assertThat(recorded).isSorted().doesNotHaveDuplicates();
      Set<Integer> published = new HashSet<>(publisher.published.get(i));
      recorded.forEach(published::remove);
      for (int number : published) {
        assertThat(isInGap(entries, number)).as("%s is in a gap", number).isTrue();
      }
      missing += published.size();
    }
    System.out.printf("failover: %d of %d missing in gaps%n", missing, publisher.count());
  }

  /** Returns whether a gap is between the entries before and after a payload. */
  private static boolean isInGap(List<Entry> entries, int number) {
    boolean gap = false;
    for (Entry entry : entries) {
      if (entry.isGap()) {
        gap = true;
      } else if (Integer.parseInt(entry.text()) > number) {
        return gap;
      } else {
        gap = false;
      }
    }
    return gap;
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
