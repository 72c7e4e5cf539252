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
 * The first handler of operation {@code ws}: too many handshakes are turned away before they cost
 * anything. What else is limited is asked for when the account is known.
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
      admission.ask(client);
    } catch (LimitExceeded refused) {
      throw failure(refused);
    }
    context.next();
  }

  /** Takes a place for a handshake of an account that may be seen. */
  static Place enter(Admission admission, RoutingContext context, String account, Needs needs) {
    try {
      return admission.enter(account, client(context), needs);
    } catch (LimitExceeded refused) {
      throw failure(refused);
    }
  }

  /** The address that a request comes from, as {@link Admission#client} names it. */
  static long client(RoutingContext context) {
    return context.get(CLIENT);
  }

  static ApiException failure(LimitExceeded refused) {
    return switch (refused.limit()) {
      case CONNECTIONS, HTTP_CONNECTIONS ->
          new ApiException(
              ApiError.FULL, "This node has all the clients that it takes", refused.waitAtLeast());
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
              ApiError.TOO_MANY,
              "Handshakes come too fast from the address",
              refused.waitAtLeast());
      case TOKEN_CHECKS ->
          new ApiException(
              ApiError.TOO_MANY, "Too many tokens wait to be checked", refused.waitAtLeast());
      case EXPLANATIONS ->
          new ApiException(
              ApiError.FULL, "Too many explanations wait to be made", refused.waitAtLeast());
      case FILTER_VALUES_PER_CONNECTION ->
          new ApiException(
              ApiError.BAD_QUERY, "the filters list more values than one connection may have");
      case FILTER_BYTES_PER_ACCOUNT ->
          new ApiException(
              ApiError.TOO_MANY,
              "The filters of the account's connections take too much memory",
              refused.waitAtLeast());
      case FILTER_BYTES ->
          new ApiException(
              ApiError.FULL,
              "The filters of all connections take too much memory",
              refused.waitAtLeast());
    };
  }
}
