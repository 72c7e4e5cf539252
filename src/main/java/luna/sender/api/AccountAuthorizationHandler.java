package luna.sender.api;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.Locale;
import luna.sender.auth.Grant;
import org.jspecify.annotations.Nullable;

/**
 * Selects the account of a validated request, and checks that its token grants access to it.
 *
 * <p>How: the client names the account in a header or, because browsers cannot set headers, in the
 * URL. If it names none, the token's account is used, provided that the token grants exactly one.
 *
 * <p>Errors: {@link ApiError#REQUIRED_MISSING} without an account, {@link ApiError#BAD_QUERY} for
 * two different ones, {@link ApiError#ACCOUNT_FORBIDDEN} for an account that the token does not
 * grant.
 */
final class AccountAuthorizationHandler implements Handler<RoutingContext> {
  static final String HEADER = "Luna-Account-Id";
  static final String PARAMETER = "account_id";

  @Override
  public void handle(RoutingContext context) {
    RequestState state = RequestState.of(context);
    Grant grant = state.grant();
    String named = named(state.validated());
    String account = named != null || grant == null ? named : grant.onlyAccount();
    if (account == null) {
      throw new ApiException(ApiError.REQUIRED_MISSING, HEADER);
    }
    if (grant != null && !grant.accounts().contains(account)) {
      Credentials.challenge(context.response(), ", error=\"insufficient_scope\"");
      throw new ApiException(ApiError.ACCOUNT_FORBIDDEN, "account " + account);
    }
    state.account(account);
    context.next();
  }

  private static @Nullable String named(ValidatedRequest validated) {
    String inHeader = lowerCase(validated.getHeaders().get(HEADER));
    String inQuery = lowerCase(validated.getQuery().get(PARAMETER));
    if (inHeader != null && inQuery != null && !inHeader.equals(inQuery)) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          PARAMETER + ": " + inQuery + " (expected: the same as " + HEADER + ", " + inHeader + ")");
    }
    return inHeader == null ? inQuery : inHeader;
  }

  private static @Nullable String lowerCase(@Nullable RequestParameter parameter) {
    return parameter == null || parameter.isNull()
        ? null
        : parameter.getString().toLowerCase(Locale.ROOT);
  }
}
