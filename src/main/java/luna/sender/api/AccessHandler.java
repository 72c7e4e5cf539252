package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.List;
import java.util.Locale;
import luna.sender.admission.LimitExceeded;
import luna.sender.auth.Grant;
import luna.sender.auth.Origins;
import luna.sender.auth.TokenCache;
import luna.sender.auth.TokenRejection;
import org.jspecify.annotations.Nullable;

/**
 * Authorizes requests for an account. It runs before parameter validation, so that a client without
 * a valid token learns nothing about the other parameters.
 *
 * <p>Shape: checks the origin of the web page first, then the token. Reads the token from headers
 * only.
 *
 * <p>Errors: {@link ApiError#ORIGIN_FORBIDDEN}, {@link ApiError#TOKEN_MISSING} and {@link
 * ApiError#TOKEN_REFUSED}, the last one with the header {@code WWW-Authenticate}; {@link
 * ApiError#UNAVAILABLE} while no token keys are available; {@link ApiError#TOO_MANY} while too many
 * tokens are waiting for verification.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 6750.
 */
final class AccessHandler implements Handler<RoutingContext> {
  static final String ACCOUNT_HEADER = "Luna-Account-Id";
  static final String ACCOUNT_PARAMETER = "account_id";

  private static final String GRANT = "luna.grant";
  private static final String CREDENTIALS = "luna.credentials";
  private static final String CHALLENGE = "Bearer realm=\"luna-sender\"";

  private final Operation operation;
  private final Origins origins;
  private final @Nullable TokenCache tokens;

  /**
   * @param tokens null if tokens are not required
   */
  AccessHandler(Operation operation, Origins origins, @Nullable TokenCache tokens) {
    this.operation = operation;
    this.origins = origins;
    this.tokens = tokens;
  }

  @Override
  public void handle(RoutingContext context) {
    context.put(ContractValidator.OPERATION, operation);
    HttpServerRequest request = context.request();
    List<String> pages = request.headers().getAll(HttpHeaders.ORIGIN);
    if (!origins.allow(pages, request.getHeader(HttpHeaders.HOST))) {
      throw new ApiException(
          ApiError.ORIGIN_FORBIDDEN,
          "Origin: "
              + ParameterError.shown(pages.get(0))
              + " (expected: the service's own origin, or one of ALLOWED_ORIGINS)");
    }
    Credentials credentials = Credentials.of(request.headers());
    context.put(CREDENTIALS, credentials);
    if (tokens == null) {
      context.next();
    } else {
      check(context, tokens, credentials.token());
    }
  }

  private static void check(RoutingContext context, TokenCache tokens, @Nullable String token) {
    if (token == null) {
      challenge(context, "");
      throw new ApiException(ApiError.TOKEN_MISSING);
    }
    Future<Grant> checked = tokens.check(token, AdmissionHandler.client(context));
    checked
        .onSuccess(
            grant -> {
              context.put(GRANT, grant);
              context.next();
            })
        .onFailure(failure -> reject(context, failure));
  }

  private static void reject(RoutingContext context, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    if (failure instanceof LimitExceeded refused) {
      context.fail(AdmissionHandler.failure(refused));
    } else if (!(failure instanceof TokenRejection refusal)) {
      context.fail(failure);
    } else if (refusal.isServerFault()) {
      context.fail(new ApiException(ApiError.UNAVAILABLE, why));
    } else {
      challenge(context, ", error=\"invalid_token\", error_description=\"" + why + "\"");
      context.fail(new ApiException(ApiError.TOKEN_REFUSED, why));
    }
  }

  /** Returns what the request's token grants access to, or null if tokens are not required. */
  static @Nullable Grant grant(RoutingContext context) {
    return context.get(GRANT);
  }

  static Credentials credentials(RoutingContext context) {
    return context.get(CREDENTIALS);
  }

  /**
   * Returns the account of the request as a lower-case UUID. The client names it in a header or,
   * because browsers cannot set headers, in the URL. If it names none, the token's account is used,
   * provided that the token grants exactly one.
   *
   * <p>Errors: {@link ApiError#REQUIRED_MISSING} without an account, {@link
   * ApiError#ACCOUNT_FORBIDDEN} for an account that the token does not grant.
   */
  static String account(RoutingContext context) {
    ValidatedRequest validated = context.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST);
    Grant grant = grant(context);
    String named = named(validated);
    String account = named != null || grant == null ? named : grant.onlyAccount();
    if (account == null) {
      throw new ApiException(ApiError.REQUIRED_MISSING, ACCOUNT_HEADER);
    }
    if (grant != null && !grant.accounts().contains(account)) {
      challenge(context, ", error=\"insufficient_scope\"");
      throw new ApiException(ApiError.ACCOUNT_FORBIDDEN, "account " + account);
    }
    return account;
  }

  private static @Nullable String named(ValidatedRequest validated) {
    String inHeader = lowerCase(validated.getHeaders().get(ACCOUNT_HEADER));
    String inQuery = lowerCase(validated.getQuery().get(ACCOUNT_PARAMETER));
    if (inHeader != null && inQuery != null && !inHeader.equals(inQuery)) {
      throw new ApiException(
          ApiError.BAD_QUERY,
          ACCOUNT_PARAMETER
              + ": "
              + inQuery
              + " (expected: the same as "
              + ACCOUNT_HEADER
              + ", "
              + inHeader
              + ")");
    }
    return inHeader == null ? inQuery : inHeader;
  }

  private static @Nullable String lowerCase(@Nullable RequestParameter parameter) {
    return parameter == null || parameter.isNull()
        ? null
        : parameter.getString().toLowerCase(Locale.ROOT);
  }

  private static void challenge(RoutingContext context, String why) {
    context.response().putHeader("WWW-Authenticate", CHALLENGE + why);
  }
}
