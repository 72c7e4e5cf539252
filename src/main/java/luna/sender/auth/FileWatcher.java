package luna.sender.auth;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.Consumer;
import luna.sender.log.CauseText;
import luna.sender.metrics.FaultGuard;
import luna.sender.metrics.GuardedTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads configured files again when they change.
 *
 * <p>Errors: while files are invalid, what was read before stays in use, with one WARN per error.
 *
 * <p>Owner: confined to its event loop; reads files on worker threads.
 *
 * <p>Why a verticle: its timer ends before the worker threads do when the service stops.
 *
 * @param <T> what the files contain
 */
final class FileWatcher<T> extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FileWatcher.class);

  /** Reads files; blocks. */
  interface Reader<T> {
    /**
     * @param before what was read last
     * @return the same object if the files have not changed
     */
    T read(T before) throws Exception;
  }

  private final FaultGuard guard;
  private final Duration interval;
  private final String name;
  private final Reader<T> reader;
  private final Consumer<T> changed;
  private T current;
  private boolean checking;

  /** The error of the last check; empty if the files were valid. */
  private String unreadable = "";

  private boolean warned;

  /**
   * @param interval time between two checks
   * @param name of the contents, for the log
   * @param current what is in use
   * @param changed receives the contents of changed files
   */
  FileWatcher(
      FaultGuard guard,
      Duration interval,
      String name,
      Reader<T> reader,
      T current,
      Consumer<T> changed) {
    this.guard = guard;
    this.interval = interval;
    this.name = name;
    this.reader = reader;
    this.current = current;
    this.changed = changed;
  }

  @Override
  public Future<?> start() {
    guard.periodic(vertx, GuardedTask.KEY_FILES_CHECK, interval, this::check);
    return Future.succeededFuture();
  }

  private void check() {
    if (checking) {
      return;
    }
    T before = current;
    guard.ask(
        GuardedTask.KEY_FILES_CHECK,
        () -> {
          checking = true;
          return vertx.executeBlocking(() -> reader.read(before));
        },
        this::checked);
  }

  private void checked(AsyncResult<T> result) {
    checking = false;
    if (result.failed()) {
      reportUnreadable(result.cause());
      return;
    }
    unreadable = "";
    if (result.result() != current) {
      changed.accept(result.result());
      current = result.result();
      LOG.atInfo().addKeyValue("files", name).log("Files reloaded");
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
          .addKeyValue("files", name)
          .addKeyValue("cause", why)
          .log("New files are invalid; keeping what was read before");
    } else if (!why.equals(unreadable)) {
      warned = false;
      unreadable = why;
    }
  }
}
