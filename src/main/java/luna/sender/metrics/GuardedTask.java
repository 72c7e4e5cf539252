package luna.sender.metrics;

import java.util.Arrays;
import java.util.Collection;

/**
 * A piece of background work that {@link FaultGuard} runs: where a fault can occur outside of the
 * hubs, and what it is counted under.
 */
public enum GuardedTask {
  /** Opening a connection to Redis. */
  REDIS_CONNECT("redis_connect"),
  /** Taking a new connection into use. */
  REDIS_CONNECTED("redis_connect"),
  /** Giving up a connection, and closing it. */
  REDIS_LOST("redis_lost"),
  /** Reporting that a connection is lost. */
  REDIS_REPORT("redis_lost"),
  /** Sending a command. */
  REDIS_SEND("redis_send"),
  /** Reading what Redis sent. */
  REDIS_RECEIVE("redis_receive"),
  /** Checking deadlines of a connection. */
  REDIS_TICK("redis_tick"),
  /** Probing a connection. */
  REDIS_PROBE("redis_probe"),
  /** Asking whether another server is the master. */
  REDIS_MOVED("redis_moved"),
  /** Receiving from a master that was replaced. */
  REDIS_FORMER("redis_former"),
  /** Asking which node of a Cluster serves which slots. */
  REDIS_SLOTS("redis_slots"),
  /** Answering for the connection for commands. */
  REDIS_COMMAND("redis_command"),
  /** Parsing a payload and publishing its events on the bus. */
  PAYLOAD("payload"),
  /** Keeping an event for those who ask for it later. */
  KEEP("keep"),
  /** Subscribing an account, or giving it up. */
  DEMAND("demand"),
  /** Finding a kept event. */
  RECALL("recall"),
  /** The periodic check of rights and subscriptions. */
  SUBSCRIPTIONS("subscriptions"),
  /** Sending a canary. */
  CANARY_SEND("canary"),
  /** Handling a canary that has arrived. */
  CANARY_ARRIVED("canary"),
  /** Writing points to InfluxDB. */
  INFLUX_WRITE("points"),
  /** Handling InfluxDB's answer. */
  INFLUX_ANSWER("points"),
  /** The periodic start of the writing. */
  INFLUX_FLUSH("points"),
  /** Looking for a new certificate. */
  TLS_LOOK("tls"),
  /** Warning of a certificate that expires. */
  TLS_EXPIRY("tls"),
  /** Fetching the issuer's keys. */
  KEYS_FETCH("keys"),
  /** Looking for new key files. */
  KEYS_LOOK("keys"),
  /** The periodic check of the issuer's keys and of key files. */
  KEYS_TICK("keys"),
  /** Finding a thread for work beside the event loops. */
  WORKERS("workers"),
  /** A handshake that has a place. */
  HANDSHAKE("handshake"),
  /** Cutting connections whose time is over. */
  HTTP_SWEEP("http_sweep"),
  /** Checking whether a request's body makes progress. */
  HTTP_BODY("http_body"),
  /** The steps of a stop. */
  STOP("stop"),
  /** What no other guard has caught. */
  UNGUARDED("unguarded");

  private final String label;

  GuardedTask(String label) {
    this.label = label;
  }

  /** The value of the metric's label. */
  public String label() {
    return label;
  }

  static Collection<String> labels() {
    return Arrays.stream(values()).map(GuardedTask::label).distinct().toList();
  }
}
