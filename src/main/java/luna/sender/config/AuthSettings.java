package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Settings of authentication: who may access the events of an account.
 *
 * <p>Errors: exactly one source of keys must be set. Keys without mode {@code jwt} are an error
 * too, because the operator expects that tokens are verified.
 *
 * @param algorithms the algorithms that a token may be signed with
 * @param pemFiles files with a public key or a certificate each
 * @param secretFile file with the secret; empty = none
 * @param jwksUrl URL of the issuer's key set; empty = none
 * @param jwksCaFile PEM file with the authorities trusted for that URL; empty = the JVM's trust
 *     store
 * @param jwksRefresh time between two fetches of the key set
 * @param reloadInterval time between two checks for changed key files; zero = never
 * @param issuer the required {@code iss}
 * @param audience the value that {@code aud} must be or contain
 * @param accountClaim the claim with the accounts that a token grants access to
 * @param leeway the allowed clock difference
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record AuthSettings(
    Mode mode,
    List<Algorithm> algorithms,
    List<String> pemFiles,
    Secret secret,
    String secretFile,
    String jwksUrl,
    String jwksCaFile,
    Duration jwksRefresh,
    Duration reloadInterval,
    String issuer,
    String audience,
    String accountClaim,
    Duration leeway) {
  private static final int SECRET_BYTES = 32;
  private static final int PEM_FILES_LIMIT = 8;
  private static final Duration LEEWAY_LIMIT = Duration.ofMinutes(5);

  public AuthSettings {
    algorithms = List.copyOf(algorithms);
    pemFiles = List.copyOf(pemFiles);
    Bounds.notEmpty("ACCOUNT_CLAIM", accountClaim);
    if (leeway.isNegative() || leeway.compareTo(LEEWAY_LIMIT) > 0) {
      throw Bounds.bad("LEEWAY", Seconds.format(leeway), "0..300 seconds");
    }
    Bounds.period("JWKS_REFRESH", jwksRefresh);
    Bounds.delay("RELOAD_INTERVAL", reloadInterval);
    SecretFile.check("SECRET", secret, "SECRET_FILE", secretFile);
    if (!jwksUrl.isEmpty()) {
      Bounds.url("JWKS_URL", jwksUrl);
    }
    List<String> sources = sources(pemFiles, secret, secretFile, jwksUrl);
    if (mode == Mode.NONE && !sources.isEmpty()) {
      throw Bounds.bad("MODE", mode, "jwt, because " + String.join(" and ", sources) + " is set");
    }
    if (mode == Mode.JWT) {
      checkKeys(sources, algorithms, pemFiles);
      if (sources.get(0).startsWith("SECRET")) {
        checkSecret(sources.get(0), secretFile, SecretFile.of(secret, "SECRET_FILE", secretFile));
      }
      Bounds.notEmpty("ISSUER", issuer);
      Bounds.notEmpty("AUDIENCE", audience);
    }
  }

  private static List<String> sources(
      List<String> pemFiles, Secret secret, String secretFile, String jwksUrl) {
    List<String> sources = new ArrayList<>();
    if (!pemFiles.isEmpty()) {
      sources.add("PEM_FILES");
    }
    if (!secret.isEmpty()) {
      sources.add("SECRET");
    }
    if (!secretFile.isEmpty()) {
      sources.add("SECRET_FILE");
    }
    if (!jwksUrl.isEmpty()) {
      sources.add("JWKS_URL");
    }
    return sources;
  }

  /** Returns the current shared secret. Blocks if it is in a file. */
  public Secret currentSecret() {
    String key = secretFile.isEmpty() ? "SECRET" : "SECRET_FILE";
    Secret current = SecretFile.of(secret, "LUNA_SENDER_AUTH." + key, secretFile);
    checkSecret("LUNA_SENDER_AUTH." + key, secretFile, current);
    return current;
  }

  /** Returns whether tokens are signed with a shared secret. */
  public boolean isShared() {
    return !secret.isEmpty() || !secretFile.isEmpty();
  }

  private static void checkSecret(String key, String file, Secret secret) {
    if (secret.value().getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES) {
      throw Bounds.bad(key, file.isEmpty() ? secret : file, SECRET_BYTES + " bytes or more");
    }
  }

  private static void checkKeys(
      List<String> sources, List<Algorithm> algorithms, List<String> pemFiles) {
    if (algorithms.isEmpty()) {
      throw Bounds.bad("ALGORITHMS", "[]", "the algorithms of the tokens, because MODE is jwt");
    }
    if (sources.size() != 1) {
      throw Bounds.bad(
          sources.isEmpty() ? "SECRET" : sources.get(0),
          sources.isEmpty() ? "none" : "not the only source",
          "one of PEM_FILES, SECRET, SECRET_FILE, JWKS_URL");
    }
    // If HS256 were allowed with a public key, anyone could sign a token with that key as the
    // secret.
    boolean shared = sources.get(0).startsWith("SECRET");
    if (algorithms.stream().anyMatch(each -> (each == Algorithm.HS256) != shared)) {
      throw Bounds.bad(
          "ALGORITHMS",
          algorithms,
          shared ? "only HS256 with " + sources.get(0) : "no HS256 with " + sources.get(0));
    }
    if (pemFiles.size() > PEM_FILES_LIMIT) {
      throw Bounds.bad(
          "PEM_FILES", pemFiles.size() + " files", "at most " + PEM_FILES_LIMIT + " files");
    }
  }

  /** How a client authenticates for an account. */
  public enum Mode {
    /** No authentication: the account named by the client is trusted. */
    NONE,
    /** With a token (RFC 7519) that contains its accounts. */
    JWT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Signature algorithms, named as in RFC 7518 and RFC 8037. */
  public enum Algorithm {
    HS256("HS256"),
    RS256("RS256"),
    ES256("ES256"),
    EDDSA("EdDSA");

    private final String text;

    Algorithm(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
