package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Lua script of the history. Its file documents keys, arguments and result.
 *
 * <p>How: it is called by its digest. If the server does not know it, the call is repeated with the
 * text, which the server then keeps.
 *
 * <p>Owner: immutable.
 */
enum Script {
  APPEND("append.lua"),
  FENCE("fence.lua"),
  HEAD("head.lua"),
  LEASE("lease.lua"),
  RESTORE("restore.lua");

  private static final Pattern FENCE_OF_ACCOUNT = Pattern.compile("STALE .* is (\\d+)");

  private final String text;
  private final String digest;

  Script(String file) {
    try (InputStream in = Script.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": missing (expected: packaged)");
      }
      byte[] bytes = in.readAllBytes();
      text = new String(bytes, UTF_8);
      digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (IOException unread) {
      throw new UncheckedIOException(unread);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns the text, for publishers that call the script themselves. */
  String text() {
    return text;
  }

  /**
   * Calls the script. Calls on one connection run in their order, except when the server does not
   * know the script; {@link #load} it first where the order matters.
   *
   * @param send sends a command
   * @param arguments each a {@code String} or a {@code byte[]}
   */
  Future<Response> call(
      Function<Request, Future<Response>> send, List<String> keys, List<Object> arguments) {
    return send.apply(request(Command.EVALSHA, digest, keys, arguments))
        .recover(
            failure ->
                isMissing(failure)
                    ? send.apply(request(Command.EVAL, text, keys, arguments))
                    : Future.failedFuture(failure));
  }

  /** Returns whether a master does not have the script. */
  static boolean isMissing(Throwable failure) {
    return String.valueOf(failure.getMessage()).startsWith("NOSCRIPT");
  }

  /** Returns whether a script found that the lease has another owner. */
  static boolean isStale(Throwable failure) {
    // The failure of a batch begins with the index of the command.
    return String.valueOf(failure.getMessage()).matches("(ERR \\[\\d+] )?STALE .*");
  }

  /** Returns the fence that a {@link #isStale stale} call met in a Cluster; 0 if there is none. */
  static long fence(Throwable failure) {
    Matcher found = FENCE_OF_ACCOUNT.matcher(String.valueOf(failure.getMessage()));
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }

  /** Loads the script into the server. */
  Future<Response> load(Function<Request, Future<Response>> send) {
    return send.apply(Request.cmd(Command.SCRIPT).arg("LOAD").arg(text));
  }

  /** Returns a call by digest, which fails with NOSCRIPT if the script is not loaded. */
  Request request(List<String> keys, List<Object> arguments) {
    return request(Command.EVALSHA, digest, keys, arguments);
  }

  private static Request request(
      Command command, String script, List<String> keys, List<Object> arguments) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    for (Object argument : arguments) {
      if (argument instanceof byte[] bytes) {
        request.arg(bytes);
      } else {
        request.arg(argument.toString());
      }
    }
    return request;
  }
}
