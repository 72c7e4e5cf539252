package luna.sender.auth;

/**
 * Why a token opens nothing.
 *
 * <p>Shape: the message is for the client: fixed words, never a part of the token.
 *
 * <p>Owner: immutable; has no stack trace, for clients cause it at will.
 */
public final class TokenRejection extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Cause cause;

  private enum Cause {
    TOKEN,
    /** No later time and no other client makes it good; other keys may. */
    SIGNATURE,
    /** It may have been added since ours were read. */
    UNKNOWN_KEY,
    /** We could not get any. */
    NO_KEYS
  }

  private TokenRejection(String message, Cause cause) {
    super(message, null, false, false);
    this.cause = cause;
  }

  TokenRejection(String message) {
    this(message, Cause.TOKEN);
  }

  static TokenRejection ofForm() {
    return new TokenRejection("the token is not a signed JWT");
  }

  static TokenRejection ofSignature() {
    return new TokenRejection("the signature of the token is wrong", Cause.SIGNATURE);
  }

  static TokenRejection ofUnknownKey() {
    return new TokenRejection(
        "the token is signed with a key that is not known", Cause.UNKNOWN_KEY);
  }

  static TokenRejection withoutKeys() {
    return new TokenRejection("The keys of tokens could not be fetched", Cause.NO_KEYS);
  }

  /** Whether the same token is refused as long as the keys are the same. */
  boolean isOfSignature() {
    return cause == Cause.SIGNATURE;
  }

  boolean isOfUnknownKey() {
    return cause == Cause.UNKNOWN_KEY;
  }

  /** Whether the token may be good: it is us who cannot tell at the moment. */
  public boolean isOurs() {
    return cause == Cause.NO_KEYS;
  }
}
