package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import luna.sender.admission.Admission;
import luna.sender.admission.Admission.Needs;
import luna.sender.admission.Admission.Place;
import luna.sender.admission.LimitExceeded;

/**
 * Enforces connection limits: the first handler of operations {@code ws} and {@code explain}. It
 * rejects clients that exceed their handshake rate before a request costs anything. Limits per
 * account are checked later, in {@link #enter}, when the account is known.
 *
 * <p>Errors: {@link ApiError#FULL}, {@link ApiError#TOO_MANY}.
 *
 * <p>Owner: immutable.
 */
final class AdmissionHandler implements Handler<RoutingContext> {
  private static final String CLIENT = "luna.client";

  private final Admission admission;
  private final Operation operation;

  AdmissionHandler(Admission admission, Operation operation) {
    this.admission = admission;
    this.operation = operation;
  }

  @Override
  public void handle(RoutingContext context) {
    context.put(ContractValidator.OPERATION, operation);
    HttpServerRequest request = context.request();
    long client = admission.client(request.remoteAddress(), request.headers());
    context.put(CLIENT, client);
    try {
      admission.checkHandshakeRate(client);
    } catch (LimitExceeded refused) {
      throw failure(refused);
    }
    context.next();
  }

  /** Reserves a place for an authorized handshake. */
  static Place enter(Admission admission, RoutingContext context, String account, Needs needs) {
    try {
      return admission.enter(account, client(context), needs);
    } catch (LimitExceeded refused) {
      throw failure(refused);
    }
  }

  /** Returns the client address of a request, encoded as by {@link Admission#client}. */
  static long client(RoutingContext context) {
    return context.get(CLIENT);
  }

  static ApiException failure(LimitExceeded refused) {
    return switch (refused.limit()) {
      case CONNECTIONS, HTTP_CONNECTIONS ->
          new ApiException(ApiError.FULL, "Connection limit reached", refused.waitAtLeast());
      case CONNECTIONS_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY, "The account has too many connections", refused.waitAtLeast());
      case CONNECTIONS_PER_ADDRESS ->
          new ApiException(
              ApiError.TOO_MANY, "The address has too many connections", refused.waitAtLeast());
      case STATS_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY,
              "The account has too many connections with stats=1",
              refused.waitAtLeast());
      case HANDSHAKES_PER_SECOND ->
          new ApiException(
              ApiError.TOO_MANY, "Too many handshakes from this address", refused.waitAtLeast());
      case TOKEN_CHECKS ->
          new ApiException(
              ApiError.TOO_MANY,
              "Too many tokens are waiting for verification",
              refused.waitAtLeast());
      case EXPLANATIONS ->
          new ApiException(
              ApiError.FULL, "Too many explain requests are waiting", refused.waitAtLeast());
      case FILTER_VALUES_PER_CONNECTION ->
          new ApiException(
              ApiError.BAD_QUERY, "the filters have more values than a connection may use");
      case FILTER_BYTES_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY,
              "The filters of this account use too much memory",
              refused.waitAtLeast());
      case FILTER_BYTES ->
          new ApiException(
              ApiError.FULL,
              "The filters of all connections use too much memory",
              refused.waitAtLeast());
    };
  }
}
