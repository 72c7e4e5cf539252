package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import luna.sender.admission.Admission;
import luna.sender.auth.OperatorTokens;
import luna.sender.auth.Origins;
import luna.sender.config.Operator;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates requests of operators, before their parameters are validated. Only requests without
 * an operator's token count against the handshake rate of their address, so that operators get in
 * while their address is busy.
 *
 * <p>Errors: {@link ApiError#NOT_FOUND} without an operators' API, {@link
 * ApiError#ORIGIN_FORBIDDEN}, {@link ApiError#TOKEN_MISSING} and {@link ApiError#TOKEN_REFUSED},
 * and {@link ApiError#SCOPE_MISSING} for an operator that may only read.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 6750.
 */
final class OperatorAuthenticationHandler implements Handler<RoutingContext> {
  private final Admission admission;
  private final Operation operation;
  private final Origins origins;
  private final @Nullable OperatorTokens tokens;
  private final boolean closes;

  /**
   * @param tokens null without an operators' API
   * @param closes whether the operation closes connections
   */
  OperatorAuthenticationHandler(
      Admission admission,
      Operation operation,
      Origins origins,
      @Nullable OperatorTokens tokens,
      boolean closes) {
    this.admission = admission;
    this.operation = operation;
    this.origins = origins;
    this.tokens = tokens;
    this.closes = closes;
  }

  @Override
  public void handle(RoutingContext context) {
    if (tokens == null) {
      throw new ApiException(ApiError.NOT_FOUND);
    }
    RequestState state = RequestState.of(context);
    state.operation(operation);
    HttpServerRequest request = context.request();
    AuthenticationHandler.requireAllowedOrigin(origins, request);
    String token = Credentials.of(request.headers()).token();
    Operator operator = token == null ? null : tokens.find(token);
    if (operator == null) {
      admission.checkHandshakeRate(admission.client(request.remoteAddress(), request.headers()));
    }
    if (token == null) {
      Credentials.challenge(context.response(), "");
      throw new ApiException(ApiError.TOKEN_MISSING);
    }
    if (operator == null) {
      String why = "the token is not one of an operator";
      Credentials.challenge(
          context.response(), ", error=\"invalid_token\", error_description=\"" + why + "\"");
      throw new ApiException(ApiError.TOKEN_REFUSED, why);
    }
    if (closes && !operator.mayClose()) {
      Credentials.challenge(context.response(), ", error=\"insufficient_scope\", scope=\"close\"");
      throw new ApiException(ApiError.SCOPE_MISSING, "close");
    }
    state.operator(operator.name());
    context.next();
  }
}
