package luna.sender.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import luna.sender.config.AdminSettings;
import luna.sender.config.Operator;
import luna.sender.metrics.FaultGuard;
import org.jspecify.annotations.Nullable;

/**
 * The operators and their tokens, which are read again when their file changes.
 *
 * <p>Errors: {@link #load} fails with {@code IllegalArgumentException} and the configuration key if
 * the file is invalid.
 *
 * <p>Owner: thread-safe.
 */
public final class OperatorTokens {
  private volatile List<Entry> entries;

  /** The hashes are compared, so that the time of a comparison says nothing about the token. */
  private record Entry(Operator operator, byte[] hash) {}

  private OperatorTokens(List<Operator> operators) {
    this.entries = entries(operators);
  }

  public static Future<OperatorTokens> load(Vertx vertx, AdminSettings settings, FaultGuard guard) {
    return vertx
        .executeBlocking(settings::operators)
        .compose(
            operators -> {
              OperatorTokens tokens = new OperatorTokens(operators);
              return settings.reloadInterval().isZero()
                  ? Future.succeededFuture(tokens)
                  : vertx.deployVerticle(tokens.watcher(settings, guard, operators)).map(tokens);
            });
  }

  private FileWatcher<List<Operator>> watcher(
      AdminSettings settings, FaultGuard guard, List<Operator> operators) {
    return new FileWatcher<>(
        guard,
        settings.reloadInterval(),
        "operators' tokens",
        before -> unlessEqual(before, settings.operators()),
        operators,
        changed -> entries = entries(changed));
  }

  private static List<Operator> unlessEqual(List<Operator> before, List<Operator> now) {
    return now.equals(before) ? before : now;
  }

  private static List<Entry> entries(List<Operator> operators) {
    return operators.stream()
        .map(operator -> new Entry(operator, hash(operator.token().value())))
        .toList();
  }

  /** Returns the operator with this token, or null if there is none. */
  public @Nullable Operator find(String token) {
    byte[] hash = hash(token);
    Operator found = null;
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.hash, hash)) {
        found = entry.operator;
      }
    }
    return found;
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
