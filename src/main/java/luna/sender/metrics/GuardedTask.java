package luna.sender.metrics;

import java.util.Arrays;
import java.util.Collection;

/**
 * A kind of background work that {@link FaultGuard} runs, outside of the hubs. Faults are counted
 * by its label.
 */
public enum GuardedTask {
  /** Opening a connection to Redis. */
  REDIS_CONNECT("redis_connect"),
  /** Starting to use a new connection. */
  REDIS_CONNECTED("redis_connect"),
  /** Discarding a connection and closing it. */
  REDIS_LOST("redis_lost"),
  /** Reporting the loss of a connection. */
  REDIS_REPORT("redis_lost"),
  /** Sending a command. */
  REDIS_SEND("redis_send"),
  /** Reading what Redis sent. */
  REDIS_RECEIVE("redis_receive"),
  /** Checking deadlines of a connection. */
  REDIS_TICK("redis_tick"),
  /** Probing a connection. */
  REDIS_PROBE("redis_probe"),
  /** Checking whether another server has become the master. */
  REDIS_MOVED("redis_moved"),
  /** Receiving from a master that was replaced. */
  REDIS_FORMER("redis_former"),
  /** Reading the slot map of a Cluster. */
  REDIS_SLOTS("redis_slots"),
  /** Serving requests on the connection for commands. */
  REDIS_COMMAND("redis_command"),
  /** Parsing a payload and publishing its events on the bus. */
  PAYLOAD("payload"),
  /** Storing an event for later requests. */
  STORE_EVENT("store_event"),
  /** Handling a request to subscribe or unsubscribe an account. */
  SUBSCRIPTION_REQUEST("subscribe"),
  /** Finding a stored event. */
  FIND_EVENT("find_event"),
  /** The periodic check of permissions and subscriptions. */
  SUBSCRIPTIONS("subscriptions"),
  /** Recording events into the history. */
  RECORDER("recorder"),
  /** Sending a canary. */
  CANARY_SEND("canary"),
  /** Handling an arrived canary. */
  CANARY_ARRIVED("canary"),
  /** Reading the history of an account. */
  HISTORY_READ("history_read"),
  /** Writing points to InfluxDB. */
  INFLUX_WRITE("influx"),
  /** Handling InfluxDB's response. */
  INFLUX_ANSWER("influx"),
  /** The periodic flush to InfluxDB. */
  INFLUX_FLUSH("influx"),
  /** Checking for a new certificate. */
  TLS_CHECK("tls"),
  /** Warning about a certificate that expires. */
  TLS_EXPIRY("tls"),
  /** The periodic rotation of the keys of session tickets. */
  TLS_TICKETS("tls"),
  /** Fetching the issuer's keys. */
  KEYS_FETCH("keys"),
  /** Checking for new key files. */
  KEY_FILES_CHECK("keys"),
  /** The periodic check of the issuer's keys and of key files. */
  KEYS_TICK("keys"),
  /** Starting work on a worker thread. */
  WORKERS("workers"),
  /** An admitted handshake. */
  HANDSHAKE("handshake"),
  /** Closing connections, and ending requests, that timed out. */
  HTTP_SWEEP("http_sweep"),
  /** Checking the progress of a request body. */
  HTTP_BODY("http_body"),
  /** A request of an operator. */
  OPERATOR("operator"),
  /** The steps of a shutdown. */
  STOP("stop"),
  /** Any fault that no other guard caught. */
  UNGUARDED("unguarded");

  private final String label;

  GuardedTask(String label) {
    this.label = label;
  }

  /** Returns the value of the metric's label. */
  public String label() {
    return label;
  }

  static Collection<String> labels() {
    return Arrays.stream(values()).map(GuardedTask::label).distinct().toList();
  }
}
