package luna.sender.api;

import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ValidatedRequest;
import luna.sender.auth.Grant;
import luna.sender.event.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * The state of one request: what its handlers have found so far. Each handler sets its own part,
 * and later handlers, the error handler and the metrics read it.
 *
 * <p>Errors: {@link IllegalStateException} for a part that no earlier handler has set, which is a
 * bug in the order of handlers.
 *
 * <p>Owner: confined to its event loop; belongs to its routing context.
 */
final class RequestState {
  /** The only key of this package in a routing context. */
  private static final String KEY = "luna.request";

  private final String requestId;
  private @Nullable Operation operation;
  private @Nullable Long client;
  private @Nullable Credentials credentials;
  private @Nullable Grant grant;
  private @Nullable String operator;
  private @Nullable ValidatedRequest validated;
  private @Nullable String account;
  private boolean stream;
  private int errorCode;
  private @Nullable Runnable onAnswered;

  private RequestState(String requestId) {
    this.requestId = requestId;
  }

  /**
   * Returns the state of a request. The first call creates it and sets {@code Luna-Request-Id} on
   * the response, be it a 101 or an error. The other header fields of the 101 are set in {@code
   * socket.WebSocketUpgrade}.
   */
  static RequestState of(RoutingContext context) {
    RequestState state = context.get(KEY);
    if (state == null) {
      state = new RequestState(RequestId.of(context.request().getHeader(RequestId.HEADER)));
      context.put(KEY, state);
      context.response().putHeader(RequestId.HEADER, state.requestId);
    }
    return state;
  }

  String requestId() {
    return requestId;
  }

  /** Returns the operation, or null before it is known. An error handler has no route to get it. */
  @Nullable Operation operation() {
    return operation;
  }

  void operation(Operation operation) {
    this.operation = operation;
  }

  /** Returns the client address, encoded as by {@link luna.sender.admission.Admission#client}. */
  long client() {
    return required("client", client);
  }

  void client(long client) {
    this.client = client;
  }

  Credentials credentials() {
    return required("credentials", credentials);
  }

  void credentials(Credentials credentials) {
    this.credentials = credentials;
  }

  /** Returns what the request's token grants access to, or null if tokens are not required. */
  @Nullable Grant grant() {
    return grant;
  }

  void grant(Grant grant) {
    this.grant = grant;
  }

  /** Returns the name of the authenticated operator. */
  String operator() {
    return required("operator", operator);
  }

  void operator(String operator) {
    this.operator = operator;
  }

  ValidatedRequest validated() {
    return required("validated", validated);
  }

  void validated(ValidatedRequest validated) {
    this.validated = validated;
  }

  /** Returns the authorized account, a lower-case UUID. */
  String account() {
    return required("account", account);
  }

  void account(String account) {
    this.account = account;
  }

  /** Returns whether the client requests Server-Sent Events. */
  boolean isStream() {
    return stream;
  }

  void stream(boolean requested) {
    stream = requested;
  }

  /** Returns LUNA's code of the error that the request failed with, or 0. */
  int errorCode() {
    return errorCode;
  }

  void errorCode(int errorCode) {
    this.errorCode = errorCode;
  }

  /** Sets what to run once when the request is answered. */
  void onAnswered(Runnable task) {
    onAnswered = task;
  }

  /**
   * Marks the request as answered: its response has ended, or a stream of events has begun, which
   * over HTTP/2 is a response without an end.
   */
  void answered() {
    Runnable task = onAnswered;
    onAnswered = null;
    if (task != null) {
      task.run();
    }
  }

  private static <T> T required(String name, @Nullable T part) {
    if (part == null) {
      throw new IllegalStateException(name + ": not set (expected: set by an earlier handler)");
    }
    return part;
  }
}
