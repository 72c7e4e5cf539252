package luna.sender.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import luna.sender.admission.LimitExceeded;
import luna.sender.auth.Grant;
import luna.sender.auth.Origins;
import luna.sender.auth.TokenAuthenticator;
import luna.sender.auth.TokenRejection;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates requests for an account. It runs before parameter validation, so that a client
 * without a valid token learns nothing about the other parameters. {@link
 * AccountAuthorizationHandler} checks the account after it.
 *
 * <p>How: checks the origin of the web page first, then the token. Reads the token from headers
 * only.
 *
 * <p>Errors: {@link ApiError#ORIGIN_FORBIDDEN}, {@link ApiError#TOKEN_MISSING} and {@link
 * ApiError#TOKEN_REFUSED}, the last one with the header {@code WWW-Authenticate}; {@link
 * ApiError#UNAVAILABLE} while no token keys are available ({@link TokenAuthenticator} decides
 * that); {@link LimitExceeded} while the queue of token verifications is full.
 *
 * <p>Owner: confined to its event loop.
 *
 * <p>Source: RFC 6750.
 */
final class AuthenticationHandler implements Handler<RoutingContext> {
  private final Origins origins;
  private final @Nullable TokenAuthenticator tokens;

  /**
   * @param tokens null if tokens are not required
   */
  AuthenticationHandler(Origins origins, @Nullable TokenAuthenticator tokens) {
    this.origins = origins;
    this.tokens = tokens;
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    requireAllowedOrigin(origins, request);
    Credentials credentials = Credentials.of(request.headers());
    RequestState.of(context).credentials(credentials);
    if (tokens == null) {
      context.next();
    } else {
      check(context, tokens, credentials.token());
    }
  }

  static void requireAllowedOrigin(Origins origins, HttpServerRequest request) {
    List<String> pages = request.headers().getAll(HttpHeaders.ORIGIN);
    if (!origins.allow(pages, host(request))) {
      throw new ApiException(
          ApiError.ORIGIN_FORBIDDEN,
          "Origin: "
              + ParameterError.shown(pages.get(0))
              + " (expected: the service's own origin, or one of ALLOWED_ORIGINS)");
    }
  }

  /** Returns the host of the request as its client names it; HTTP/2 has no {@code Host}. */
  static @Nullable String host(HttpServerRequest request) {
    HostAndPort authority = request.version() == HttpVersion.HTTP_2 ? request.authority() : null;
    return authority == null ? request.getHeader(HttpHeaders.HOST) : authority.toString();
  }

  private static void check(
      RoutingContext context, TokenAuthenticator tokens, @Nullable String token) {
    if (token == null) {
      Credentials.challenge(context.response(), "");
      throw new ApiException(ApiError.TOKEN_MISSING);
    }
    RequestState state = RequestState.of(context);
    Future<Grant> checked = tokens.check(token, state.client());
    checked
        .onSuccess(
            grant -> {
              state.grant(grant);
              context.next();
            })
        .onFailure(failure -> reject(context, failure));
  }

  private static void reject(RoutingContext context, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    if (!(failure instanceof TokenRejection refusal)) {
      context.fail(failure);
    } else if (refusal.isServerFault()) {
      context.fail(new ApiException(ApiError.UNAVAILABLE, why));
    } else {
      Credentials.challenge(
          context.response(), ", error=\"invalid_token\", error_description=\"" + why + "\"");
      context.fail(new ApiException(ApiError.TOKEN_REFUSED, why));
    }
  }
}
