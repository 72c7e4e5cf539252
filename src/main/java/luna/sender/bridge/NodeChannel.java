package luna.sender.bridge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import luna.sender.config.RedisAddress;
import luna.sender.event.BusAddresses;
import luna.sender.event.Gap;
import luna.sender.log.RateLimitedLog;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import luna.sender.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Asks the other nodes of the same Redis for operators, and answers their questions.
 *
 * <p>How: all nodes subscribe to one channel, on which each announces itself regularly. A question
 * is published there, and each other node publishes its answer on the channel of the node that
 * asks. A node is expected to answer until it has not announced itself for {@link #FORGET}, so that
 * a frozen or dead node is named for a while.
 *
 * <p>Shape: JSON with a {@code kind}: {@code alive}, {@code left}, {@code question} or {@code
 * answer}.
 *
 * <p>Errors: without an answer, a node is named as one that has not answered. Other texts on the
 * channels are ignored.
 *
 * <p>Owner: confined to its event loop.
 */
public final class NodeChannel extends VerticleBase implements LinkListener {
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);
  private static final Duration FORGET = Duration.ofMinutes(1);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final RedisAddress address;
  private final String channel;
  private final String node;
  private final String host;
  private final Metrics metrics;
  private final FaultGuard guard;
  private final RateLimitedLog log = RateLimitedLog.of(NodeChannel.class);

  /** The other nodes, by their ids. */
  private final Map<String, Peer> peers = new HashMap<>();

  private final Map<Long, NodeQuestion> questions = new HashMap<>();
  private long asked;

  /** The channels whose subscription Redis has confirmed on this connection. */
  private final Set<String> confirmed = new HashSet<>();

  private boolean stopping;
  private @Nullable RedisLink link;

  private record Peer(String host, long seenNanos) {}

  /**
   * @param node the id of this node
   * @param host the name of its host, for users
   */
  public NodeChannel(RedisAddress address, String node, String host, Metrics metrics) {
    this.address = address;
    this.channel = address.channelPrefix() + ".nodes";
    this.node = node;
    this.host = host;
    this.metrics = metrics;
    this.guard = metrics.guard();
  }

  /** Returns the name of this host, or an empty text. Blocks. */
  public static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException unknown) {
      return "";
    }
  }

  @Override
  public Future<?> start() {
    RedisLink started =
        new RedisLink(
            vertx,
            guard,
            address,
            new RedisClients(vertx, address),
            RedisLink.Kind.SUBSCRIPTIONS,
            "nodes",
            metrics.gaps().clock(),
            this);
    link = started;
    guard.consumer(vertx, GuardedTask.OPERATOR, BusAddresses.ASK_NODES, this::ask);
    guard.periodic(vertx, GuardedTask.OPERATOR, HEARTBEAT, this::announce);
    started.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    return publish(channel, message("left"))
        .otherwiseEmpty()
        .onComplete(left -> Objects.requireNonNull(link).stop());
  }

  private JsonObject message(String kind) {
    return new JsonObject().put("kind", kind).put("node", node);
  }

  private void announce() {
    if (!isSubscribed() || stopping) {
      return;
    }
    long now = System.nanoTime();
    peers.values().removeIf(peer -> now - peer.seenNanos > FORGET.toNanos());
    publish(channel, message("alive").put("host", host));
  }

  /** Returns whether the other nodes are heard. Otherwise it is unknown which of them exist. */
  private boolean isSubscribed() {
    return confirmed.size() == 2;
  }

  private Future<?> publish(String to, JsonObject message) {
    return vertx
        .eventBus()
        .request(
            BusAddresses.PUBLISH,
            message.encode(),
            new DeliveryOptions(LOCAL).addHeader("channel", to));
  }

  private void ask(Message<JsonObject> message) {
    if (!isSubscribed()) {
      message.fail(0, "the channel to the other nodes is not subscribed");
      return;
    }
    Map<String, String> hosts = new HashMap<>();
    peers.forEach((id, peer) -> hosts.put(id, peer.host));
    NodeQuestion question = new NodeQuestion(message, hosts);
    if (question.isComplete()) {
      question.reply();
      return;
    }
    long id = ++asked;
    questions.put(id, question);
    JsonObject body = message.body();
    question.timer =
        guard.timer(
            vertx,
            GuardedTask.OPERATOR,
            Duration.ofMillis(body.getLong("wait_millis")),
            () -> finish(id));
    publish(
            channel,
            message("question").put("id", id).put("question", body.getJsonObject("question")))
        .onFailure(unpublished -> finish(id));
  }

  private void finish(long id) {
    NodeQuestion question = questions.remove(id);
    if (question != null) {
      vertx.cancelTimer(question.timer);
      question.reply();
    }
  }

  @Override
  public void connected() {
    RedisLink connected = Objects.requireNonNull(link);
    connected.subscribe(Command.SUBSCRIBE, channel);
    connected.subscribe(Command.SUBSCRIBE, channel + ":" + node);
  }

  /** The other nodes may have announced themselves meanwhile. */
  private void onSubscribed(String name) {
    confirmed.add(name);
    long now = System.nanoTime();
    peers.replaceAll((id, peer) -> new Peer(peer.host, now));
    announce();
  }

  @Override
  public void received(Response response) {
    if (response.type() == ResponseType.ERROR) {
      log.atWarn("subscribe")
          .addKeyValue("error", response.toString())
          .log("Redis rejects SUBSCRIBE; operators see only one node");
      return;
    }
    if (PushKind.of(response).equals("subscribe")) {
      onSubscribed(PushKind.channel(response));
    } else if (PushKind.of(response).equals("message")) {
      String text = new String(PushKind.payload(response), StandardCharsets.UTF_8);
      try {
        onMessage(new JsonObject(text));
      } catch (DecodeException | ClassCastException | NullPointerException invalid) {
        log.atWarn("message").log("Invalid message on the channel of the nodes; ignored");
      }
    }
  }

  private void onMessage(JsonObject message) {
    String from = Objects.requireNonNull(message.getString("node"));
    if (from.equals(node)) {
      return;
    }
    switch (message.getString("kind")) {
      case "alive" -> seen(from, Objects.requireNonNull(message.getString("host")));
      case "left" -> peers.remove(from);
      case "question" -> onQuestion(from, message);
      case "answer" -> onAnswer(from, message);
      default -> {
        // A later version may have other kinds.
      }
    }
  }

  private void seen(String from, String name) {
    boolean known = peers.put(from, new Peer(name, System.nanoTime())) != null;
    if (!known) {
      announce();
    }
  }

  private void onQuestion(String from, JsonObject message) {
    long id = message.getLong("id");
    DeliveryOptions options = new DeliveryOptions(LOCAL).setSendTimeout(ANSWER_LIMIT.toMillis());
    guard.ask(
        GuardedTask.OPERATOR,
        () ->
            vertx
                .eventBus()
                .<JsonObject>request(
                    BusAddresses.NODE_QUESTIONS, message.getJsonObject("question"), options),
        answered -> answer(from, id, answered));
  }

  private void answer(String from, long id, AsyncResult<Message<JsonObject>> answered) {
    if (answered.succeeded()) {
      publish(
          channel + ":" + from,
          message("answer").put("id", id).put("answer", answered.result().body()));
    }
  }

  private void onAnswer(String from, JsonObject message) {
    long id = message.getLong("id");
    NodeQuestion question = questions.get(id);
    JsonObject answer = Objects.requireNonNull(message.getJsonObject("answer"));
    if (question != null) {
      question.add(from, answer);
      if (question.isComplete()) {
        finish(id);
      }
    }
  }

  @Override
  public void lost(Gap.Cause cause) {
    confirmed.clear();
  }

  @Override
  public void rejected(RedisFailureReason reason, String why) {
    metrics.redis().rejected(reason.label());
  }
}
