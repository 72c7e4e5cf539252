package luna.sender.auth;

/**
 * Signals that a token is rejected.
 *
 * <p>Shape: the message is for the client: fixed text, never a part of the token.
 *
 * <p>See: {@link TokenVerifier} and {@link TokenAuthenticator} decide; {@code
 * api.AuthenticationHandler} maps it to a response.
 *
 * <p>Why it has no stack trace: clients can trigger it at will.
 */
public final class TokenRejection extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Cause cause;

  private enum Cause {
    TOKEN,
    /** The token stays invalid at any time and for any client, unless the keys change. */
    SIGNATURE,
    /** The key may have been added since our keys were fetched. */
    UNKNOWN_KEY,
    /** No keys could be fetched. */
    NO_KEYS
  }

  private TokenRejection(String message, Cause cause) {
    super(message, null, false, false);
    this.cause = cause;
  }

  TokenRejection(String message) {
    this(message, Cause.TOKEN);
  }

  static TokenRejection malformed() {
    return new TokenRejection("the token is not a signed JWT");
  }

  static TokenRejection ofSignature() {
    return new TokenRejection("the token signature is invalid", Cause.SIGNATURE);
  }

  static TokenRejection ofUnknownKey() {
    return new TokenRejection("the token is signed with an unknown key", Cause.UNKNOWN_KEY);
  }

  static TokenRejection withoutKeys() {
    return new TokenRejection("The token keys could not be fetched", Cause.NO_KEYS);
  }

  /** Returns whether the token stays invalid as long as the keys stay the same. */
  boolean isOfSignature() {
    return cause == Cause.SIGNATURE;
  }

  boolean isOfUnknownKey() {
    return cause == Cause.UNKNOWN_KEY;
  }

  /** Returns whether the token may be valid, but cannot be verified at the moment. */
  public boolean isServerFault() {
    return cause == Cause.NO_KEYS;
  }
}
