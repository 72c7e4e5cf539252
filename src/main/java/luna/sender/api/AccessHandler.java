package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.contract.Operation;
import luna.sender.auth.Grant;
import luna.sender.auth.Refusal;
import luna.sender.auth.Tokens;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a handshake is looked at: the first handler of operation {@code ws}, so that
 * whoever has no token learns nothing of what is right or wrong with the rest.
 *
 * <p>Errors: {@link ApiError#TOKEN_MISSING} and {@link ApiError#TOKEN_REFUSED}, with the header
 * {@code WWW-Authenticate}; later {@link ApiError#ACCOUNT_FORBIDDEN}.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 6750.
 */
final class AccessHandler implements Handler<RoutingContext> {
  private static final String GRANT = "luna.grant";
  private static final String CHALLENGE = "Bearer realm=\"luna-sender\"";

  private final Operation operation;
  private final @Nullable Tokens tokens;

  /**
   * @param tokens null if none are asked for
   */
  AccessHandler(Operation operation, @Nullable Tokens tokens) {
    this.operation = operation;
    this.tokens = tokens;
  }

  @Override
  public void handle(RoutingContext context) {
    context.put(ContractValidator.OPERATION, operation);
    if (tokens != null) {
      String token = Offer.of(context.request().headers()).token();
      if (token == null) {
        challenge(context, "");
        throw new ApiFailure(ApiError.TOKEN_MISSING);
      }
      try {
        context.put(GRANT, tokens.check(token));
      } catch (Refusal refusal) {
        challenge(
            context,
            ", error=\"invalid_token\", error_description=\"" + refusal.getMessage() + "\"");
        throw new ApiFailure(ApiError.TOKEN_REFUSED, String.valueOf(refusal.getMessage()));
      }
    }
    context.next();
  }

  /** What the request's token opens, or null where none was asked for. */
  static @Nullable Grant grant(RoutingContext context) {
    return context.get(GRANT);
  }

  /** Refuses an account that is none of the token's. */
  static void checkAccount(RoutingContext context, String account) {
    Grant grant = grant(context);
    if (grant != null && !grant.accounts().contains(account)) {
      challenge(context, ", error=\"insufficient_scope\"");
      throw new ApiFailure(ApiError.ACCOUNT_FORBIDDEN, "account " + account);
    }
  }

  private static void challenge(RoutingContext context, String why) {
    context.response().putHeader("WWW-Authenticate", CHALLENGE + why);
  }
}
