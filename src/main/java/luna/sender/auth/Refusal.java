package luna.sender.auth;

/**
 * Why a token opens nothing.
 *
 * <p>Shape: the message is for the client: fixed words, never a part of the token.
 *
 * <p>Owner: immutable; has no stack trace, for clients cause it at will.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  Refusal(String message) {
    super(message, null, false, false);
  }
}
