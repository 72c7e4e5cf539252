package luna.sender.auth;

import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import luna.sender.config.AuthSettings;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reloads the configured key files when they change.
 *
 * <p>Errors: while files are invalid, the current keys stay in use, with one WARN per error.
 *
 * <p>Owner: confined to the context that called {@link #start}; reads files on worker threads.
 */
final class KeyFileWatcher {
  private static final Logger LOG = LoggerFactory.getLogger(KeySource.class);

  private final Vertx vertx;
  private final FaultGuard guard;
  private final AuthSettings settings;
  private final Consumer<TokenVerifier> changed;

  /** The files at the last check. */
  private KeyFiles files;

  private boolean checking;

  /** The error of the last check; empty if the files were valid. */
  private String unreadable = "";

  private boolean warned;

  /**
   * @param files the files whose keys are in use
   * @param changed receives the verifier for changed files
   */
  KeyFileWatcher(
      Vertx vertx,
      FaultGuard guard,
      AuthSettings settings,
      KeyFiles files,
      Consumer<TokenVerifier> changed) {
    this.vertx = vertx;
    this.guard = guard;
    this.settings = settings;
    this.files = files;
    this.changed = changed;
  }

  /** Starts to check the files every {@code RELOAD_INTERVAL}. */
  void start() {
    guard.periodic(vertx, GuardedTask.KEY_FILES_CHECK, settings.reloadInterval(), this::check);
  }

  private void check() {
    if (checking) {
      return;
    }
    KeyFiles before = files;
    guard.ask(
        GuardedTask.KEY_FILES_CHECK,
        () -> {
          checking = true;
          return vertx.executeBlocking(() -> read(before));
        },
        this::checked);
  }

  private void checked(AsyncResult<FileCheck> result) {
    checking = false;
    if (result.succeeded()) {
      use(result.result());
    } else {
      reportUnreadable(result.cause());
    }
  }

  /** The current files, and a new verifier if they have changed. */
  private record FileCheck(KeyFiles files, @Nullable TokenVerifier verifier) {}

  private FileCheck read(KeyFiles before) throws JoseException {
    KeyFiles files = KeyFiles.read(settings);
    return new FileCheck(
        files, files.equals(before) ? null : new TokenVerifier(settings, files.ring(settings)));
  }

  private void use(FileCheck check) {
    unreadable = "";
    if (check.verifier != null) {
      changed.accept(check.verifier);
      files = check.files;
      LOG.info("Token keys reloaded");
    }
  }

  /**
   * Reports invalid files if two checks in a row fail with the same error, because files are not
   * written atomically.
   */
  private void reportUnreadable(Throwable failure) {
    String why = CauseText.of(failure);
    if (why.equals(unreadable) && !warned) {
      warned = true;
      LOG.atWarn()
          .addKeyValue("cause", why)
          .log("New token keys are invalid; keeping the current keys");
    } else if (!why.equals(unreadable)) {
      warned = false;
      unreadable = why;
    }
  }
}
