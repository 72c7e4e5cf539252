package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one slot of a Cluster. Those for one key are executed in their order, also while
 * the slot moves to another node.
 *
 * <p>How: commands are pipelined, but those without an answer are all at the same node. After a
 * redirect, the next ones wait until all are answered. The redirected ones are then sent again, one
 * after another, before all others. While the slot is moved key by key, commands stay one after
 * another, because the next one may have to ask the other node.
 *
 * <p>Errors: a redirected command is sent again for the command timeout, and then fails with the
 * redirect. It fails at once if a later command for its key may have been executed.
 *
 * <p>Owner: confined to its link's event loop.
 */
final class SlotQueue {
  /** Between two attempts of a command that no node accepts. */
  static final Duration RETRY_DELAY = Duration.ofMillis(20);

  /** How long after the last redirect to a single command the commands stay one after another. */
  private static final Duration MIGRATION = Duration.ofSeconds(1);

  private final int slot;
  private final FaultGuard guard;
  private final Duration timeout;
  private final Nodes nodes;
  private final Deque<Pending> waiting = new ArrayDeque<>();
  private final List<Pending> redirected = new ArrayList<>();

  private int unanswered;
  private boolean resuming;

  /** The node that has the commands without an answer. */
  private @Nullable Node current;

  /** Whether commands were redirected, and none has succeeded since. */
  private boolean moving;

  /** Until when the slot is assumed to be moved key by key. */
  private long migrationEndNanos = System.nanoTime();

  /** A node of the Cluster. */
  interface Node {
    String hostAndPort();

    boolean isConnected();

    /** Returns whether its first connection is being established. */
    boolean isNew();

    Future<Response> send(Request request);
  }

  /** The nodes of the Cluster. */
  interface Nodes {
    /** Returns the master that serves the slot, or null if none is known. */
    @Nullable Node owner(int slot);

    /** Returns a node that another one has named. */
    Node named(String hostAndPort);

    /** Records that a node has named another owner of the slot. */
    void moved(int slot, String owner);

    /** Calls {@link SlotQueue#resume} after {@link #RETRY_DELAY}. */
    void resumeLater(SlotQueue queue);

    /** Returns why a slot has no node. */
    String fault();
  }

  /** A command without an answer. */
  private static final class Pending {
    final String key;
    final Request request;
    final Promise<Response> answer = Promise.promise();
    final long sinceNanos = System.nanoTime();
    int redirects;
    long dueNanos = sinceNanos;

    /** The node that this attempt must ask; empty for the owner of the slot. */
    String asked = "";

    Pending(String key, Request request) {
      this.key = key;
      this.request = request;
    }
  }

  SlotQueue(int slot, FaultGuard guard, Duration timeout, Nodes nodes) {
    this.slot = slot;
    this.guard = guard;
    this.timeout = timeout;
    this.nodes = nodes;
  }

  /**
   * @param key the first key of the command; commands with the same one keep their order
   */
  Future<Response> send(String key, Request request) {
    Pending added = new Pending(key, request);
    waiting.add(added);
    resume();
    return added.answer.future();
  }

  /** Returns whether the queue has no state. */
  boolean isIdle() {
    return waiting.isEmpty() && unanswered == 0 && System.nanoTime() - migrationEndNanos >= 0;
  }

  /** Sends what can be sent. */
  void resume() {
    if (resuming) {
      return; // a command has failed at once
    }
    resuming = true;
    try {
      Pending next = waiting.peek();
      while (next != null && resume(next)) {
        next = waiting.peek();
      }
    } finally {
      resuming = false;
    }
  }

  /** Handles the first waiting command. Returns false if it must wait. */
  private boolean resume(Pending next) {
    long now = System.nanoTime();
    if (now - next.sinceNanos >= timeout.toNanos() && next.redirects > 0) {
      return removeFailed("no answer within the timeout: redirected " + next.redirects + " times");
    }
    Node node = next.asked.isEmpty() ? nodes.owner(slot) : nodes.named(next.asked);
    if (unanswered > 0 && (node != current || isOneByOne(now))) {
      return false;
    }
    if (node == null) {
      return removeFailed(nodes.fault());
    }
    if (now - next.dueNanos < 0 || (!node.isConnected() && (next.redirects > 0 || node.isNew()))) {
      nodes.resumeLater(this);
      return false;
    }
    waiting.remove();
    transmit(next, node);
    return true;
  }

  private boolean removeFailed(String why) {
    waiting.remove().answer.tryFail(why);
    return true;
  }

  private boolean isOneByOne(long now) {
    return moving || now - migrationEndNanos < 0;
  }

  private void transmit(Pending pending, Node node) {
    current = node;
    unanswered++;
    if (!pending.asked.isEmpty()) {
      // Applies to the next command on the connection only.
      node.send(Request.cmd(Command.ASKING));
    }
    pending.asked = "";
    guard.ask(
        GuardedTask.REDIS_SEND,
        () -> node.send(pending.request),
        answer -> answered(pending, node, answer));
  }

  private void answered(Pending pending, Node node, AsyncResult<Response> answer) {
    unanswered--;
    try {
      SlotRedirect redirect =
          answer.succeeded()
              ? null
              : SlotRedirect.parse(String.valueOf(answer.cause().getMessage()), node.hostAndPort());
      if (redirect == null) {
        failRedirected(pending.key);
        moving &= answer.failed();
        pending.answer.handle(answer);
      } else {
        redirect(pending, redirect);
      }
    } finally {
      if (unanswered == 0) {
        for (int i = redirected.size() - 1; i >= 0; i--) {
          waiting.addFirst(redirected.get(i));
        }
        redirected.clear();
        moving &= !waiting.isEmpty();
      }
      resume();
    }
  }

  /**
   * Fails the redirected commands for a key, because the node has perhaps executed a later one.
   * Sent again, they would be executed after it.
   */
  private void failRedirected(String key) {
    List<Pending> failed = redirected.stream().filter(each -> each.key.equals(key)).toList();
    redirected.removeAll(failed);
    failed.forEach(each -> each.answer.tryFail("redirected (expected: the owner of the slot)"));
  }

  private void redirect(Pending pending, SlotRedirect redirect) {
    moving = true;
    redirected.add(pending);
    long now = System.nanoTime();
    if (redirect.onlyThisCommand()) {
      migrationEndNanos = now + MIGRATION.toNanos();
      pending.asked = redirect.target();
    } else {
      nodes.moved(slot, redirect.target());
    }
    pending.redirects++;
    if (pending.redirects > 1 || redirect.target().isEmpty()) {
      pending.dueNanos = now + RETRY_DELAY.toNanos();
    }
  }
}
