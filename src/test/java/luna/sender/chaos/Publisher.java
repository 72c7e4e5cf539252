package luna.sender.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import luna.sender.testing.RedisWriter;
import luna.sender.testing.TestEvents;
import org.jspecify.annotations.Nullable;

/**
 * Publishes for its accounts in turn, and records what it has published.
 *
 * <p>Shape: a publisher that follows asks the Sentinel ten times a second for the master. One that
 * stays asks only when it connects, and publishes on that connection until Redis or the network
 * closes it, as most publishers do; so it also publishes at a replaced master.
 *
 * <p>Owner: its own thread; any thread can call {@link #flood} and {@link #spoil}.
 */
final class Publisher implements Runnable {
  private static final String PADDING = "x".repeat(1000);
  private static final int FLOOD_PAYLOADS = 200;
  private static final int FLOOD_EVENTS = 50;

  /** Whether it looks up the master periodically, or only when it connects. */
  enum Kind {
    FOLLOWS,
    STAYS
  }

  private final Kind kind;
  private final RedisPair redis;
  private final List<AccountLog> accounts;
  private final long pauseMillis;
  private final Random random = new Random(1);
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong uncertain = new AtomicLong();
  private final AtomicLong atReplaced = new AtomicLong();
  private volatile boolean ended;
  private volatile @Nullable AccountLog flooded;
  private volatile boolean spoils;
  private @Nullable RedisWriter connection;
  private int connectedTo = -1;
  private boolean isReplaced;
  private long nextLook;

  /**
   * @param pauseMillis between two rounds of one event for each account
   */
  Publisher(Kind kind, RedisPair redis, List<AccountLog> accounts, long pauseMillis) {
    this.kind = kind;
    this.redis = redis;
    this.accounts = accounts;
    this.pauseMillis = pauseMillis;
  }

  /** Publishes many events for the account at once. */
  void flood(AccountLog account) {
    flooded = account;
  }

  boolean publishes(AccountLog account) {
    return accounts.contains(account);
  }

  /** Publishes malformed payloads among the others. */
  void spoil() {
    spoils = true;
  }

  void end() {
    ended = true;
  }

  String summary() {
    return "publisher that %4$s: %1$,d events published, %2$,d at a former master, %3$,d without a reply"
        .formatted(
            published.get(),
            atReplaced.get(),
            uncertain.get(),
            kind.name().toLowerCase(Locale.ROOT));
  }

  @Override
  public void run() {
    try {
      while (!ended) {
        for (AccountLog account : accounts) {
          publish(account, 1);
        }
        AccountLog flood = flooded;
        if (flood != null) {
          flooded = null;
          for (int i = 0; i < FLOOD_PAYLOADS; i++) {
            publish(flood, FLOOD_EVENTS);
          }
        }
        if (spoils) {
          spoils = false;
          spoilAll();
        }
        Thread.sleep(pauseMillis);
      }
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  private void publish(AccountLog account, int count) {
    JsonArray events = new JsonArray();
    int first = -1;
    for (int i = 0; i < count; i++) {
      int age = random.nextInt(ChaosFilter.AGES);
      int gender = random.nextInt(2);
      int source = random.nextInt(ChaosFilter.SOURCES);
      int number = account.add(age, gender, source);
      first = first < 0 ? number : first;
      events.add(event(number, age, gender, source));
    }
    boolean done = send(account.account, TestEvents.payload(events.encode()));
    account.settle(first, done);
    (done ? published : uncertain).addAndGet(count);
    if (done && isReplaced) {
      atReplaced.addAndGet(count);
    }
  }

  private static JsonObject event(int number, int age, int gender, int source) {
    return new JsonObject()
        .put("event_id", Integer.toString(number))
        .put("source", "cam" + source)
        .put(
            "face_attributes",
            new JsonObject()
                .put("basic_attributes", new JsonObject().put("age", age).put("gender", gender)))
        .put("padding", PADDING);
  }

  private void spoilAll() {
    for (AccountLog account : accounts) {
      send(account.account, "{\"events\": [{\"event_id\": \"1\"");
      send(account.account, "\u0000\u0001 nothing");
      send(account.account, TestEvents.payload("[1, null, []]"));
    }
  }

  /** Returns false if it is unknown whether Redis has received it. */
  private boolean send(String account, String payload) {
    try {
      RedisWriter to = connect();
      to.publish("luna-sender:" + account, payload);
      return true;
    } catch (IOException away) {
      disconnect();
      return false;
    }
  }

  private RedisWriter connect() throws IOException {
    long now = System.currentTimeMillis();
    if (connection == null || now >= nextLook) {
      nextLook = now + 100;
      int master = redis.master();
      isReplaced = connection != null && master != connectedTo;
      if (connection == null || kind == Kind.FOLLOWS) {
        if (isReplaced) {
          disconnect();
        }
        connectedTo = master;
        isReplaced = false;
      }
    }
    RedisWriter open = connection;
    if (open == null) {
      open = new RedisWriter(redis.port(connectedTo), RedisPair.TIMEOUT);
      connection = open;
    }
    return open;
  }

  private void disconnect() {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (IOException gone) {
      // It is closed anyway.
    }
    connection = null;
    connectedTo = -1;
  }
}
